"""What finds the nerve in frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.ports.tracker import Tracker


class Segmenter(Protocol):
    """Finds the nerve in frames. Safe to call from as many threads at once as `workers` says."""

    @property
    def card(self) -> ModelCard:
        """The model behind it."""
        ...

    @property
    def engine(self) -> str:
        """What computes, such as "OpenVINO int8 on CPU"; written into provenance."""
        ...

    @property
    def batch_size(self) -> int:
        """Frames per call that suit the device."""
        ...

    @property
    def workers(self) -> int:
        """Calls at a time that suit the device."""
        ...

    @property
    def tracker(self) -> Tracker | None:
        """What follows what was found; None where every frame is outlined by itself."""
        ...

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        """Outline the nerve in each (H, W) or (H, W, 3) frame, on the frame's own grid."""
        ...
