"""A clip as a stream of frames with their presentation times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from nerveapp.domain.calibration import Calibration

Image: TypeAlias = npt.NDArray[np.uint8]
"""(H, W) grey or (H, W, 3) RGB, 0 to 255."""

Affine: TypeAlias = tuple[tuple[float, float, float, float], ...]
"""Four rows of a 4 x 4 matrix."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame.

    Parameters
    ----------
    index : int
        Position among the decoded frames, from 0. Frame k is the k-th decoded frame everywhere.
    time_s : float
        Presentation time in seconds from the first frame.
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
        Pixels on the source grid, upright (rotation flags applied), read-only by convention.
    """

    index: int
    time_s: float
    image: Image


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What is known of a clip before its frames are decoded.

    Parameters
    ----------
    name : str
        A short name to show (the file's own name; never written into exports of other people's data).
    sha256 : str
        Hash of the file's bytes (of all members, in order, for a selection of stills); identifies the clip.
    format : str
        What the content was recognised as, such as "H.264 in MP4" or "DICOM ultrasound multi-frame".
    width, height : int
        Size of the source grid in pixels, after rotation flags.
    frame_count : int or None
        Number of frames the container announces; None where it does not. An announcement, not a promise.
    calibration : Calibration or None
        Pixel spacing found in the file.
    timed : bool
        Whether the times are the file's own. Stills and stacks without times are numbered at 1 frame per second.
    notes : tuple of str
        Remarks for the user, such as a second calibrated region that was not used.
    names : tuple of str
        Of stills: the name of each frame's own file, in the order of the frames (in a ZIP with its folders). Outlines
        that bear such a name belong to that frame. () for other clips.
    regions : tuple of Calibration
        All calibrations the file gives, each with its box, where it gives several: each holds in its own region.
    suggestion : Calibration or None
        A spacing that the file states but that may well mean nothing (a default, or one for print); never used before
        a person confirms it.
    affine : tuple of tuple of float, or None
        4 x 4, row by row: maps (column, row, frame, 1) of the frames as shown to mm in the world of NIfTI (x to the
        right, y to the front, z to the head of the patient). None where the file has no such world.
    details : tuple of (str, str)
        What else the file says of its making: transfer syntax, machine, depth.
    """

    name: str
    sha256: str
    format: str
    width: int
    height: int
    frame_count: int | None
    calibration: Calibration | None = None
    timed: bool = True
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    regions: tuple[Calibration, ...] = ()
    suggestion: Calibration | None = None
    affine: Affine | None = None
    details: tuple[tuple[str, str], ...] = ()

    @property
    def one_movement(self) -> bool:
        """Whether its frames follow one another; separate stills may even be of different people."""
        return self.timed or not self.names


class Clip(Protocol):
    """A readable clip. Every call of `frames` decodes anew from the first frame and holds one frame at a time."""

    @property
    def info(self) -> ClipInfo:
        """What is known without decoding all frames."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Decode the frames in presentation order.

        Raises
        ------
        ClipError
            If not a single frame can be decoded.
        """
        ...

    @property
    def truncation(self) -> str | None:
        """After `frames` has been exhausted: why decoding ended early, in words, or None if it was complete."""
        ...
