"""How an outline came about: found by a model, followed from another frame, pointed at, drawn, or lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nerveapp.domain.clip import Frame
from nerveapp.domain.segmentation import PredictedMask


class How(StrEnum):
    """How the outline of one frame came about."""

    FOUND = "found"
    FOLLOWED = "followed"
    POINTED = "pointed at"
    CORRECTED = "corrected"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Point:
    """Where somebody pointed at a nerve.

    Parameters
    ----------
    frame : int
        Index of the decoded frame.
    x, y : float
        Px of the source grid from its top left corner.
    """

    frame: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class NerveOutline:
    """The outline of one of the nerves in a frame.

    Parameters
    ----------
    nerve : int
        Which nerve of the clip it is, from 0: the same number in every frame.
    predicted : PredictedMask
        Empty where the nerve was lost.
    how : How
    source : int or None
        The frame it was followed from; None where it was not followed.
    """

    nerve: int
    predicted: PredictedMask
    how: How
    source: int | None = None


@dataclass(frozen=True, slots=True)
class OutlinedFrame:
    """A frame and the nerves in it.

    Parameters
    ----------
    frame : Frame
    nerves : tuple of NerveOutline
        By number, each at most once.
    """

    frame: Frame
    nerves: tuple[NerveOutline, ...]
