"""What a click, a box or a first outline means, and what outlines drawn about it come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.analysis.outline import keep_main_components
from nerveapp.analysis.transforms import Box, FloatMap, Pixel, Window, place_of
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import Pointed

MOST_COMPONENTS, LARGEST_GAP = 2, 0.5
"""One nerve, bifid perhaps."""

CLICK_SHARE, CLICK_SHARPNESS = 0.4, 5
"""About a click, a pixel is nerve where so much of the outlines drawn in these windows holds it, each counted by this
power of its mean Dice with the others."""

CLICK_SLACK, SLACK_SPAN = 0.15, 4
"""A hand may click so many square roots of the nerve's area beside it; windows are about so many wide."""

SIZE_STEP = 1.2
LEAST_ALIKE, LEAST_SURE, MOST_OUTGROWN = 3, 0.5, 1.35
"""What a click may mean is told apart where the roots of its areas differ by so much; what fewer windows show (one of
them alone, and mirrored), or less surely than this share of the surest, is not told. Windows do not count in which it
is so many times as large as what they were meant for: they may cut it off."""

LEAST_INSIDE = 0.5
"""An outline is of the nerve in a box if so much of it lies there."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a network is shown what is pointed at.

    Parameters
    ----------
    size : float
        Of a nerve that would be seen as in training: the square root of its area, px.
    mirrored : bool
        Left and right are changed over.
    """

    size: float
    mirrored: bool = False

    def turned(self, values: npt.NDArray[Pixel]) -> npt.NDArray[Pixel]:
        """Change an (height, width) picture over for this look, or what the network answers back."""
        return np.ascontiguousarray(values[:, ::-1]) if self.mirrored else values

    def holds(self, mask: Mask) -> bool:
        """Say whether an outline drawn in its window is not far larger than what the window was meant for."""
        return bool(np.sqrt(np.count_nonzero(mask)) <= MOST_OUTGROWN * self.size)


class Meant(Protocol):
    """What outlines are to be of: they are drawn in windows about its middle, px of the source grid."""

    @property
    def x(self) -> float:
        """Its middle, px."""
        ...

    @property
    def y(self) -> float:
        """Its middle, px."""
        ...

    def in_window(self, window: Window) -> Mask:
        """Say where in a window about it the nerve must be met; (window.height, window.width)."""
        ...

    def is_meant(self, mask: Mask) -> bool:
        """Say whether an outline, (H, W), is of it."""
        ...


@dataclass(frozen=True, slots=True)
class FirstOutline:
    """A nerve that another network outlined.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        Its inside; not empty.
    x, y : float
        Its middle, px of the source grid.
    size : float
        The square root of its area, px.
    """

    mask: Mask
    x: float
    y: float
    size: float

    @classmethod
    def of(cls, mask: Mask) -> FirstOutline:
        """Measure a mask, (H, W) and not empty."""
        return cls(mask, *place_of(mask))

    def in_window(self, window: Window) -> Mask:
        """Say where it was outlined in a window; (window.height, window.width)."""
        return window.place_mask(self.mask)

    def is_meant(self, mask: Mask) -> bool:
        """Say whether an outline, (H, W), meets it."""
        return bool((mask & self.mask).any())


@dataclass(frozen=True, slots=True)
class Target:
    """What is pointed at: a click, or a box.

    Parameters
    ----------
    x, y : float
        The click, or the middle of the box, px of the source grid.
    extent : (float, float) or None
        Width and height of the box, px.
    slack : float
        So many square roots of the nerve's area may a click lie beside it.
    """

    x: float
    y: float
    extent: tuple[float, float] | None = None
    slack: float = 0.0

    def in_window(self, window: Window) -> Mask:
        """Say where in a window about it the nerve must be met: where it was clicked, or in the middle half of the box.

        Returns
        -------
        ndarray of bool, (window.height, window.width)
        """
        row, column = window.height // 2, window.width // 2
        here = np.zeros((window.height, window.width), np.bool_)
        if self.extent is None:
            return _disc(here, column, row, self.slack * window.width / SLACK_SPAN)
        across, down = (side / 4 * window.zoom for side in self.extent)
        here[max(0, row - int(down)) : row + int(down) + 1, max(0, column - int(across)) : column + int(across) + 1] = (
            True
        )
        return here

    def is_meant(self, mask: Mask) -> bool:
        """Say whether an outline, (H, W), is at the click, or lies in the box for the most part."""
        height, width = mask.shape
        if self.extent is None:
            column, row = min(int(self.x), width - 1), min(int(self.y), height - 1)
            if mask[row, column] or not self.slack:
                return bool(mask[row, column])
            near = self.slack * np.sqrt(np.count_nonzero(mask))
            return bool((mask & _disc(np.zeros_like(mask), column, row, near)).any())
        return bool(np.count_nonzero(self._box(*self.extent).of(mask)) >= LEAST_INSIDE * np.count_nonzero(mask))

    def filled_by(self, mask: Mask) -> float:
        """Say how well an outline, (H, W), fills the box: overlap by union of it and the box around the outline."""
        around = Box.around(mask)
        if around is None or self.extent is None:
            return 0.0
        box = self._box(*self.extent)
        across = min(around.right, box.right) - max(around.left, box.left)
        down = min(around.bottom, box.bottom) - max(around.top, box.top)
        common = max(0, across) * max(0, down)
        return common / (around.width * around.height + box.width * box.height - common)

    def _box(self, across: float, down: float) -> Box:
        left, top = max(0, int(self.x - across / 2)), max(0, int(self.y - down / 2))
        return Box(left, top, int(np.ceil(self.x + across / 2)), int(np.ceil(self.y + down / 2)))


def _disc(grid: Mask, column: int, row: int, radius: float) -> Mask:
    drawn = cv2.circle(grid.view(np.uint8), (column, row), round(radius), 1, cv2.FILLED)
    return np.asarray(drawn, np.uint8).view(np.bool_)


def agreement(outlines: Sequence[PredictedMask]) -> float:
    """Say how well outlines of one nerve agree: the mean of their Dice with each other, 0 to 1; of one alone, 1."""
    count = len(outlines)
    if count < 2:
        return 1.0
    _, _, dices = _overlaps(outlines)
    return float((dices.sum() - count) / (count * (count - 1)))


def _overlaps(outlines: Sequence[PredictedMask]) -> tuple[Box, FloatMap, FloatMap]:
    """Give the box about outlines that are not empty, their masks in it as rows, and the Dice of each with each."""
    height, width = outlines[0].mask.shape
    around = Box.around(np.logical_or.reduce([one.mask for one in outlines]))
    if around is None:
        raise ValueError("expected outlines, got empty ones")
    box = around.grown(1, height, width)
    held = np.stack([box.of(one.mask).ravel() for one in outlines]).astype(np.float32)
    areas = held.sum(axis=1)
    return box, held, np.asarray(2 * held @ held.T / (areas[:, None] + areas), np.float32)


def agreed(outlines: Sequence[PredictedMask], target: Meant) -> PredictedMask:
    """Bring outlines of one nerve to one, on which most agree.

    Parameters
    ----------
    outlines : sequence of PredictedMask
        One at least, none empty, all of (H, W) and each meant by the target.
    target : Meant

    Returns
    -------
    PredictedMask
        As sure as the one that agrees best with the others.
    """
    box, held, dices = _overlaps(outlines)
    agreements = dices.mean(axis=1)
    weights = agreements**CLICK_SHARPNESS
    share = (weights @ held / weights.sum()).reshape(box.height, box.width)
    part, components = keep_main_components(share >= CLICK_SHARE, max_components=MOST_COMPONENTS, max_gap=LARGEST_GAP)
    surest = outlines[int(np.argmax(agreements))]
    mask = np.zeros(outlines[0].mask.shape, np.bool_)
    box.of(mask)[...] = part
    return PredictedMask(mask, surest.confidence, components) if target.is_meant(mask) else surest


def by_size(seen: Sequence[tuple[Look, PredictedMask]], target: Target) -> Pointed:
    """Tell what a click may mean: what most outlines agree on, and what those of other sizes agree on.

    On 269 held-out nerves (usgra-nerves) clicked on the middle, what is meant has a mean Dice of 0.768, the best of it
    and its two neighbours 0.811, and the best of all three that are told 0.816. Sizes that two windows show, however
    narrow, would be told twice as often for 0.813 and 0.826: most are pieces of a nerve that the windows cut off.

    Parameters
    ----------
    seen : sequence of (Look, PredictedMask)
        One at least: outlines, all of (H, W) and each meant by the target, and how each was seen.
    target : Target
    """
    outlines = [one for _, one in seen]
    meant = agreed(outlines, target)
    told, least = [meant], LEAST_SURE * max(one.confidence for one in outlines)
    whole = [one for look, one in seen if look.holds(one.mask)]
    ratios = np.array([np.count_nonzero(one.mask) for one in whole]) / np.count_nonzero(meant.mask)
    steps = np.rint(np.log(ratios) / (2 * np.log(SIZE_STEP)))
    for step in set(steps.tolist()) - {0.0}:
        alike = [one for one, at in zip(whole, steps, strict=True) if at == step]
        if len(alike) >= LEAST_ALIKE and (other := agreed(alike, target)).confidence >= least:
            told.append(other)
    told.sort(key=lambda one: np.count_nonzero(one.mask))
    return Pointed(tuple(told), next(at for at, one in enumerate(told) if one is meant))
