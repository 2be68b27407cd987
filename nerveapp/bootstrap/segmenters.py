"""Which engine computes a model on this machine."""

from __future__ import annotations

import platform
import shutil
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from nerveapp.bootstrap.settings import Settings
from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.domain.model import ModelCard
from nerveapp.errors import ModelError
from nerveapp.io.model_store import FolderModelStore
from nerveapp.ports import ModelStore, Segmenter, Segmenters

if TYPE_CHECKING:
    from nerveapp.network.stage import Engine as NetworkEngine


def load_segmenter(
    name: str,
    *,
    device: DeviceName = DeviceName.AUTO,
    engine: EngineName = EngineName.AUTO,
    flip: bool = False,
    store: ModelStore | None = None,
) -> Segmenter:
    """Load a model on the engine that suits this machine.

    Parameters
    ----------
    name : str
        A model of the store.
    device : DeviceName
    engine : EngineName
        Auto takes OpenVINO on a CPU if the model has files for it, else torch.
    flip : bool
        Test-time flip.
    store : ModelStore, optional
        Where the model is kept; this installation's by default.

    Raises
    ------
    ModelError
        If the model cannot be loaded as wanted.
    """
    from nerveapp.network.segmenter import UNetSegmenter  # noqa: PLC0415
    from nerveapp.network.stage import Stage  # noqa: PLC0415

    store = store or FolderModelStore(Settings.from_environment().weights)
    card = store.card(name)
    asks_gpu = device in (DeviceName.CUDA, DeviceName.MPS)
    gpu = asks_gpu or (device is DeviceName.AUTO and _gpu_likely())
    on_openvino = engine is EngineName.OPENVINO or (engine is EngineName.AUTO and not gpu and bool(card.cpu_weights))
    if on_openvino and asks_gpu:
        raise ModelError("The engine openvino computes on the CPU only.", "Choose the device cpu or engine torch.")

    def load(one: ModelCard) -> Stage:
        return Stage(one, _openvino_engine(one, store) if on_openvino else _torch_engine(one, store, device))

    return UNetSegmenter(load(card), load(store.refinement_card(card)) if card.refinement else None, flip)


def _openvino_engine(card: ModelCard, store: ModelStore) -> NetworkEngine:
    from nerveapp.network.openvino_engine import OpenVinoEngine  # noqa: PLC0415 - without torch: starts fast

    weights = store.cpu_weights(card.name)
    if weights is None:
        raise ModelError(f"{card.name} has no files for the engine openvino.", "Choose the engine torch.")
    return OpenVinoEngine.from_files(weights.cpu_xml, weights.cpu_bin, precision=card.cpu_precision)


def _torch_engine(card: ModelCard, store: ModelStore, device: DeviceName) -> NetworkEngine:
    from nerveapp.network.torch_engine import TorchEngine, best_device, load_network  # noqa: PLC0415

    chosen = best_device(device)
    return TorchEngine.on(load_network(card, store.weights(card.name).safetensors), chosen)


def cached_segmenter(
    name: str,
    *,
    store: ModelStore,
    flip: bool = False,
    device: DeviceName = DeviceName.AUTO,
    engine: EngineName = EngineName.AUTO,
) -> Segmenter:
    """Load a model as `load_segmenter` does, once per process, store and weights."""
    return _segmenter_of(name, store.card(name).sha256, store, flip, device, engine)


@lru_cache(maxsize=4)
def _segmenter_of(
    name: str, _sha256: str, store: ModelStore, flip: bool, device: DeviceName, engine: EngineName
) -> Segmenter:
    return load_segmenter(name, flip=flip, device=device, engine=engine, store=store)


def _gpu_likely() -> bool:
    """Whether asking torch for a GPU is worth the seconds its import takes."""
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return apple or shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia").exists()


class StoredSegmenters:
    """Models of any store, loaded anew each time (the `Segmenters` port).

    Parameters
    ----------
    store : ModelStore
    """

    def __init__(self, store: ModelStore) -> None:
        self._store = store

    def segmenter(
        self,
        model: str,
        *,
        test_time_flip: bool = False,
        device: DeviceName = DeviceName.AUTO,
        engine: EngineName = EngineName.AUTO,
    ) -> Segmenter:
        """Give a model's segmenter; see the port."""
        return load_segmenter(model, flip=test_time_flip, device=device, engine=engine, store=self._store)

    def of(self, store: ModelStore) -> Segmenters:
        """Give the segmenters of another store's models; see the port."""
        return StoredSegmenters(store)


class CachedSegmenters(StoredSegmenters):
    """Models of a store, each loaded once per process and weights (the `Segmenters` port).

    Parameters
    ----------
    store : ModelStore
    """

    def segmenter(
        self,
        model: str,
        *,
        test_time_flip: bool = False,
        device: DeviceName = DeviceName.AUTO,
        engine: EngineName = EngineName.AUTO,
    ) -> Segmenter:
        """Give a model's segmenter; see the port."""
        return cached_segmenter(model, store=self._store, flip=test_time_flip, device=device, engine=engine)
