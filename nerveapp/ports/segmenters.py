"""What loads models on the engine that suits the machine."""

from __future__ import annotations

from typing import Protocol

from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.ports.model_store import ModelStore
from nerveapp.ports.segmenter import Segmenter


class Segmenters(Protocol):
    """Gives segmenters by the names of their models, each loaded once per process and weights.

    Raises
    ------
    ModelError
        By every method: if the model cannot be loaded as wanted.
    """

    def segmenter(
        self,
        model: str,
        *,
        test_time_flip: bool = False,
        device: DeviceName = DeviceName.AUTO,
        engine: EngineName = EngineName.AUTO,
    ) -> Segmenter:
        """Give a model's segmenter; auto takes OpenVINO on a CPU if the model has files for it, else torch."""
        ...

    def of(self, store: ModelStore) -> Segmenters:
        """Give the segmenters of another store's models, such as those of a training's folds; they are loaded anew."""
        ...
