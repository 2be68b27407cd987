"""How an outline came about: found by a model, followed from another frame, pointed at, drawn, or lost."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Self

import numpy as np

from nerveapp.domain.clip import Frame
from nerveapp.domain.segmentation import PredictedMask


class How(StrEnum):
    """How the outline of one frame came about."""

    FOUND = "found"
    FOLLOWED = "followed"
    POINTED = "pointed at"
    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    """A person looked at the model's outline and left it as it was."""
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Point:
    """Where somebody pointed at a nerve: by a click on it, or by a box around it.

    Parameters
    ----------
    frame : int
        Index of the decoded frame.
    x, y : float
        Px of the source grid from its top left corner; the middle of a box.
    width, height : float or None
        Of the box, px; None for a click.
    area : float or None
        Of the nerve, px: of all that may be meant, what comes next to it; None for what is meant most likely.

    Raises
    ------
    ValueError
        If one of width and height is there without the other, or a box is empty, or the area is.
    """

    frame: int
    x: float
    y: float
    width: float | None = None
    height: float | None = None
    area: float | None = None

    def __post_init__(self) -> None:
        if self.area is not None and not 0 < self.area < math.inf:
            raise ValueError(f"expected an area above 0 px, got {self.area}")
        sides = (self.width, self.height)
        if sides != (None, None) and not all(side is not None and side > 0 for side in sides):
            raise ValueError(f"expected no box, or one wider and taller than 0 px, got {sides}")

    @classmethod
    def in_box(cls, frame: int, left: float, top: float, right: float, bottom: float) -> Self:
        """Point at the nerve in a box, given by its sides; raises ValueError if it is empty."""
        return cls(frame, (left + right) / 2, (top + bottom) / 2, right - left, bottom - top)

    @property
    def extent(self) -> tuple[float, float] | None:
        """Width and height of the box, px; None for a click."""
        return None if self.width is None or self.height is None else (self.width, self.height)

    @property
    def told(self) -> dict[str, float]:
        """What somebody told of it, by the names of its fields: without the box or the area where there is none."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def in_words(self) -> str:
        """Where it is, for the remarks of a file."""
        box = "" if self.extent is None else ", in a box of {:.1f} x {:.1f} px".format(*self.extent)
        area = "" if self.area is None else f", the nerve of about {self.area:.0f} px"
        return f"frame {self.frame}, x {self.x:.1f} px, y {self.y:.1f} px{box}{area}"


@dataclass(frozen=True, slots=True)
class Pointed:
    """What somebody may have pointed at: a fascicle, the nerve, or the nerve with what wraps it.

    Parameters
    ----------
    outlines : tuple of PredictedMask
        From the smallest to the largest, one at least, none empty.
    meant : int
        Which of them is meant.
    """

    outlines: tuple[PredictedMask, ...]
    meant: int = 0

    @property
    def outline(self) -> PredictedMask:
        """The one that is meant."""
        return self.outlines[self.meant]

    @property
    def areas(self) -> tuple[int, ...]:
        """Of the outlines, px."""
        return tuple(int(np.count_nonzero(one.mask)) for one in self.outlines)

    def of_area(self, area: float | None) -> Self:
        """Mean the one whose area is next to this one, as a ratio; the same as before for None."""
        if area is None:
            return self
        apart = [abs(math.log(own / area)) for own in self.areas]
        return replace(self, meant=apart.index(min(apart)))

    def beside(self, area: int, larger: int) -> Self | None:
        """Mean the one that comes so many sizes after an area, before it for less than 0; None where none is left."""
        known = sorted({*self.areas, area})
        at = known.index(area) + larger
        return self.of_area(known[at]) if 0 <= at < len(known) else None


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
    found_with : float
        The Dice to expect where it was found, in the surest of the frames it was found in; 1 where somebody pointed.
    """

    nerve: int
    predicted: PredictedMask
    how: How
    source: int | None = None
    found_with: float = 1.0

    def confidence(self, *, flag_below: float) -> float:
        """Give the Dice to expect: no more than where it was found, if that is below `flag_below`.

        However smoothly something is followed, it may be no nerve.
        """
        own = self.predicted.confidence
        return min(own, self.found_with) if self.found_with < flag_below else own


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
