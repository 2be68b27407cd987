"""What outlines the nerve in frames, and where somebody points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PredictedMask


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

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        """Outline the nerve in each (H, W) or (H, W, 3) frame, on the frame's own grid."""
        ...


@runtime_checkable
class Proposer(Protocol):
    """Outlines the nerve that somebody points at."""

    def propose(self, image: Image, x: float, y: float) -> PredictedMask | None:
        """Outline what lies around a point.

        Parameters
        ----------
        image : ndarray of uint8, (H, W) or (H, W, 3)
        x, y : float
            The point, px from the top left corner.

        Returns
        -------
        PredictedMask or None
            A part that holds the point; None where nothing like a nerve does.
        """
        ...
