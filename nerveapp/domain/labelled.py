"""An image with the nerve traced in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nerveapp.domain.annotation import FrameKey
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.view import View


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One image and the nerve traced in it.

    Parameters
    ----------
    name : str
        File name without its suffix.
    group : str
        Person (or set of duplicate exports) the image belongs to; a group is never split.
    grey : ndarray of uint8, (H, W)
        Luminance.
    nerve : ndarray of bool, (H, W)
        True inside the nerve.
    vessel : ndarray of bool, (H, W), or None
        True inside a vessel; None where nobody traced vessels, which says nothing about whether there are any.
    clip : str
        Hash of the clip it is a frame of; "" for a still.
    frame : int
        Index of the decoded frame in the clip.
    view : View or None
        Nerve, site and side, where they are known.

    Raises
    ------
    ValueError
        If a mask has another size than the image.
    """

    name: str
    group: str
    grey: npt.NDArray[np.uint8]
    nerve: Mask
    vessel: Mask | None = None
    clip: str = ""
    frame: int = 0
    view: View | None = None

    def __post_init__(self) -> None:
        for mask in (self.nerve, self.vessel):
            if mask is not None and mask.shape != self.grey.shape:
                raise ValueError(f"expected a mask of shape {self.grey.shape} for {self.name}, got {mask.shape}")

    def traced(self, structure: str) -> Mask | None:
        """Give the mask of "nerve" or "vessel"; None where it was not traced."""
        return {"nerve": self.nerve, "vessel": self.vessel}[structure]

    @property
    def frame_key(self) -> FrameKey:
        """Clip and frame; a still is a clip of its own."""
        return self.clip or self.name, self.frame

    @property
    def height(self) -> int:
        """Rows of the image."""
        return int(self.grey.shape[0])

    @property
    def width(self) -> int:
        """Columns of the image."""
        return int(self.grey.shape[1])
