"""Settings, and the only place where adapters are chosen."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from nerveapp import __version__
from nerveapp.domain.exam import Exam
from nerveapp.domain.model import ModelCard
from nerveapp.domain.promotion import Role
from nerveapp.errors import ModelError, SettingsError
from nerveapp.io.model_store import FolderModelStore
from nerveapp.ports import AnnotationStore, JobRunner, ModelRegistry, Proposer, Segmenter, Trainer, Workers

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from nerveapp.io.store.jobs import SqlJobStore
    from nerveapp.network.segmenter import Engine as NetworkEngine


class EngineName(StrEnum):
    """What may be asked to compute; auto takes what suits the machine."""

    AUTO = "auto"
    OPENVINO = "openvino"
    TORCH = "torch"


class DeviceName(StrEnum):
    """Where may be asked to compute; auto takes CUDA or MPS where present."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What a host may set, from the environment.

    Parameters
    ----------
    weights : Path
        Folder of models (NERVEAPP_WEIGHTS).
    upload_limit_mb : int
        Largest clip accepted (NERVEAPP_UPLOAD_LIMIT_MB).
    session_limit_mb : int
        Most that one session may upload at a time (NERVEAPP_SESSION_LIMIT_MB).
    clips_limit_mb : int
        Most that all sessions together may keep on disk (NERVEAPP_CLIPS_LIMIT_MB).
    session_patience_s : int
        How long a session that lost its connection keeps its clip (NERVEAPP_SESSION_PATIENCE_S).
    database : str
        Where annotations are kept (NERVEAPP_DATABASE): sqlite:///PATH or postgresql+pg8000://…
    jobs : Path
        Folder of trainings (NERVEAPP_JOBS).
    training_threads : int
        CPU threads of a training (NERVEAPP_TRAINING_THREADS); one leaves the app a core of two.
    cluster : str
        Ray cluster that trains (RAY_ADDRESS); "" trains on this machine.
    cluster_workers : int
        Processes of it that train one network together (NERVEAPP_RAY_WORKERS).
    """

    weights: Path = REPOSITORY / "weights"
    upload_limit_mb: int = 2048
    session_limit_mb: int = 4096
    clips_limit_mb: int = 20_480
    session_patience_s: int = 30
    database: str = f"sqlite:///{quote(str(REPOSITORY / 'data' / 'nerveapp.db'))}"
    jobs: Path = REPOSITORY / "data" / "jobs"
    training_threads: int = 1
    cluster: str = ""
    cluster_workers: int = 2

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the environment; what is not set keeps its default.

        Raises
        ------
        SettingsError
            If what is to be a number is none.
        """
        default = cls()
        return cls(
            weights=Path(os.environ.get("NERVEAPP_WEIGHTS", default.weights)),
            upload_limit_mb=_number("NERVEAPP_UPLOAD_LIMIT_MB", default.upload_limit_mb),
            session_limit_mb=_number("NERVEAPP_SESSION_LIMIT_MB", default.session_limit_mb),
            clips_limit_mb=_number("NERVEAPP_CLIPS_LIMIT_MB", default.clips_limit_mb),
            session_patience_s=_number("NERVEAPP_SESSION_PATIENCE_S", default.session_patience_s),
            database=os.environ.get("NERVEAPP_DATABASE", default.database),
            jobs=Path(os.environ.get("NERVEAPP_JOBS", default.jobs)).resolve(),
            training_threads=_number("NERVEAPP_TRAINING_THREADS", default.training_threads),
            cluster=os.environ.get("RAY_ADDRESS", default.cluster),
            cluster_workers=_number("NERVEAPP_RAY_WORKERS", default.cluster_workers),
        )


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SettingsError(f"{name} is {text!r}.", f"Set it to a whole number from 1 up, such as {default}.")
    return int(text)


def model_store() -> FolderModelStore:
    """Give the models of this installation."""
    return FolderModelStore(Settings.from_environment().weights)


def annotation_store() -> AnnotationStore:
    """Give the store of annotations of this installation; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.annotations import SqlAnnotationStore  # noqa: PLC0415 - only correcting needs a database

    return SqlAnnotationStore(database(Settings.from_environment().database))


def annotation_store_if_there() -> AnnotationStore | None:
    """Give the store of annotations where there is one, and make none; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.connection import is_there  # noqa: PLC0415 - only where outlines may be stored

    return annotation_store() if is_there(Settings.from_environment().database) else None


def job_runner() -> JobRunner:
    """Give what runs trainings outside of the page: processes of this machine, or jobs of the cluster named."""
    settings = Settings.from_environment()
    if settings.cluster:
        from nerveapp.io.ray_cluster import RayJobRunner  # noqa: PLC0415

        return RayJobRunner(settings.jobs, job_store(), settings.cluster)
    from nerveapp.io.jobs import LocalJobRunner  # noqa: PLC0415 - only the training page needs it

    return LocalJobRunner(settings.jobs, job_store())


def workers(*, on_ray: bool) -> Workers:
    """Give who does independent pieces of work: this process, or Ray on the cluster named or on this machine's cores.

    Raises
    ------
    ClusterError
        If the cluster is not reached.
    """
    if on_ray:
        from nerveapp.io.ray_cluster import RayWorkers  # noqa: PLC0415

        return RayWorkers(Settings.from_environment().cluster)
    from nerveapp.io.workers import HereWorkers  # noqa: PLC0415

    return HereWorkers()


def model_registry() -> ModelRegistry:
    """Give what is locked and in use here; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.registry import SqlModelRegistry  # noqa: PLC0415

    return SqlModelRegistry(database(Settings.from_environment().database))


def job_store() -> SqlJobStore:
    """Give what knows how trainings stand; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.jobs import SqlJobStore  # noqa: PLC0415

    return SqlJobStore(database(Settings.from_environment().database))


@lru_cache(maxsize=2)
def database(url: str) -> Engine:
    """Open a database, once per process; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.connection import open_database  # noqa: PLC0415

    return open_database(url)


def default_model(exam: Exam, names: Sequence[str]) -> str:
    """Choose the model that fits an exam best among those present.

    Raises
    ------
    ModelError
        If there is no model at all.
    StoreError
        If it cannot be told which was promoted.
    """
    if not names:
        raise ModelError("No model is installed.", "Put a model's card and weights into weights/.")
    role = Role.of(exam)
    return next((name for name in (model_in_use(role), role.shipped) if name in names), names[0])


def model_in_use(role: Role) -> str:
    """Give the model that was promoted for a role, as long as it is unchanged; else the shipped one.

    Where there is no store yet, none was promoted, and none is made.

    Raises
    ------
    StoreError
        If there is a store that cannot be read: another model must not measure in place of the promoted one.
    """
    from nerveapp.io.store.connection import is_there  # noqa: PLC0415 - only where a model is chosen
    from nerveapp.workflows import judge  # noqa: PLC0415

    if not is_there(Settings.from_environment().database):
        return role.shipped
    return judge.model_in_use(role, model_registry(), model_store())


def import_model(data: bytes) -> ModelCard:
    """Add a packed model to this installation; see `unpack_model`."""
    from nerveapp.io.model_zip import unpack_model  # noqa: PLC0415
    from nerveapp.network.trainer import rebuilt  # noqa: PLC0415

    return unpack_model(data, model_store(), rebuild=rebuilt)


def load_segmenter(
    name: str,
    *,
    device: DeviceName = DeviceName.AUTO,
    engine: EngineName = EngineName.AUTO,
    flip: bool = False,
    store: FolderModelStore | None = None,
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
        Average with the mirrored frame.
    store : FolderModelStore, optional
        Where the model is kept; this installation's by default.

    Raises
    ------
    ModelError
        If the model cannot be loaded as wanted.
    """
    from nerveapp.network.segmenter import Network, UNetSegmenter  # noqa: PLC0415

    store = store or model_store()
    card = store.card(name)
    asks_gpu = device in (DeviceName.CUDA, DeviceName.MPS)
    gpu = asks_gpu or (device is DeviceName.AUTO and _gpu_likely())
    on_openvino = engine is EngineName.OPENVINO or (engine is EngineName.AUTO and not gpu and bool(card.cpu_weights))
    if on_openvino and asks_gpu:
        raise ModelError("The engine openvino computes on the CPU only.", "Choose the device cpu or engine torch.")

    def load(one: ModelCard) -> Network:
        return Network(one, _openvino_engine(one, store) if on_openvino else _torch_engine(one, store, device))

    return UNetSegmenter(load(card), load(store.close_up_card(card)) if card.close_up else None, flip)


def _openvino_engine(card: ModelCard, store: FolderModelStore) -> NetworkEngine:
    from nerveapp.network.openvino_engine import OpenVinoEngine  # noqa: PLC0415 - without torch: starts fast

    weights = store.cpu_weights(card.name)
    if weights is None:
        raise ModelError(f"{card.name} has no files for the engine openvino.", "Choose the engine torch.")
    return OpenVinoEngine.from_files(weights.cpu_xml, weights.cpu_bin, precision=card.cpu_precision)


def _torch_engine(card: ModelCard, store: FolderModelStore, device: DeviceName) -> NetworkEngine:
    from nerveapp.network.torch_engine import TorchEngine, best_device, load_network  # noqa: PLC0415

    chosen = best_device(device)
    return TorchEngine.on(load_network(card, store.weights(card.name).safetensors), chosen)


def proposer(name: str) -> Proposer:
    """Give what outlines the nerve that somebody points at: a model's own network, looking closely."""
    found = cached_segmenter(name)
    if not isinstance(found, Proposer):
        raise TypeError(f"expected a segmenter that proposes, got {type(found).__name__}")
    return found


def cached_segmenter(
    name: str, *, flip: bool = False, device: DeviceName = DeviceName.AUTO, engine: EngineName = EngineName.AUTO
) -> Segmenter:
    """Load a model as `load_segmenter` does, once per process and weights."""
    return _segmenter_of(name, model_store().card(name).sha256, flip, device, engine)


@lru_cache(maxsize=4)
def _segmenter_of(name: str, _sha256: str, flip: bool, device: DeviceName, engine: EngineName) -> Segmenter:
    return load_segmenter(name, flip=flip, device=device, engine=engine)


def _gpu_likely() -> bool:
    """Whether asking torch for a GPU is worth the seconds its import takes."""
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return apple or shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia").exists()


def trainer(*, device: DeviceName = DeviceName.AUTO, threads: int = 1, encoder_weights: Path | None = None) -> Trainer:
    """Give the trainer of this machine, or of the cluster named.

    Raises
    ------
    ModelError
        If the device is not there.
    ClusterError
        If the cluster is not reached.
    """
    from nerveapp.network.torch_engine import best_device  # noqa: PLC0415
    from nerveapp.network.trainer import UNetTrainer  # noqa: PLC0415

    settings, here = Settings.from_environment(), best_device(device)
    if not settings.cluster:
        return UNetTrainer(here, threads=threads, encoder_weights=encoder_weights)
    from nerveapp.io.ray_cluster import connect  # noqa: PLC0415

    connect(settings.cluster)
    from nerveapp.network.ray_learning import learn_on_ray  # noqa: PLC0415

    learn = partial(learn_on_ray, workers=settings.cluster_workers, storage=str(settings.jobs / "ray"))
    return UNetTrainer(here, threads=threads, encoder_weights=encoder_weights, learn=learn)


def software_versions() -> tuple[tuple[str, str], ...]:
    """Versions of what decides a result, for cards and provenance."""
    packages = ("torch", "segmentation-models-pytorch", "openvino", "opencv-python", "numpy", "av", "pydicom")
    found = [("nerveapp", __version__), ("python", platform.python_version())]
    for package in packages:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            found.append((package, "not installed"))
    return tuple(found)


def keep_a_decoder_ready() -> None:
    """Have a decoder's process started before the first clip comes, for a server; a command starts its own."""
    from nerveapp.io.readers.decoders.pool import POOL  # noqa: PLC0415 - commands that read no clip need it not

    POOL.warm_up()
