"""Following a nerve from frame to frame: where to look next, and whether what is seen there is still the same nerve."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.transforms import FloatMap, Grey, Window, place_of
from nerveapp.domain.segmentation import Mask, PredictedMask

SMOOTHING = 0.5
"""Weight of the probabilities of the frame before, moved along with the tissue: each edge is averaged over about two
frames, which takes trembling away and moves no edge to one side."""

RECENTRED = 0.04
"""The window moves with the nerve once it is off its middle by this share of the window's width: not for every pixel,
since a window that trembles makes an outline that trembles."""

RESIZED = 1.15
"""The window is drawn anew once the nerve is so many times as large or as small as when it was drawn."""

LARGEST_CHANGE = 2.2
"""A nerve that is so many times as large or as small (in area) as where it was followed from is another structure."""

LEAST_OVERLAP = 0.5
"""Dice with the outline of the frame before, moved along: a nerve does not jump out of the moving tissue."""

LARGEST_GREY_STEP = 1.2
"""Change of the contrast between inside and surroundings, in deviations of the grey around."""


@dataclass(frozen=True, slots=True)
class NerveAppearance:
    """What a nerve looks like.

    Parameters
    ----------
    area : float
        Px² of the source grid.
    contrast : float
        Mean grey inside less mean grey of the ring around, in standard deviations of the grey of both.
    """

    area: float
    contrast: float


@dataclass(frozen=True, slots=True)
class Track:
    """A nerve as it was followed up to one frame; following it into the next gives another.

    Parameters
    ----------
    outline : PredictedMask
        On the source grid.
    window : Window
        What was looked at.
    seen : ndarray of uint8, (height, width)
        The frame in that window, on the network's grid.
    probabilities : ndarray of float32, (height, width)
        Of the nerve there, smoothed over the frames before.
    start : NerveAppearance
        Of the nerve where it was followed from.
    """

    outline: PredictedMask
    window: Window
    seen: Grey
    probabilities: FloatMap
    start: NerveAppearance


def appearance(seen: Grey, inside: Mask, *, zoom: float) -> NerveAppearance:
    """Describe a nerve in its window.

    Parameters
    ----------
    seen : ndarray of uint8, (height, width)
    inside : ndarray of bool, (height, width)
        Not empty.
    zoom : float
        Network pixels per source pixel.
    """
    area = float(np.count_nonzero(inside))
    reach = max(3, int(0.25 * np.sqrt(area))) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    ring = (cv2.dilate(inside.astype(np.uint8), kernel) > 0) & ~inside
    within, around = seen[inside].astype(np.float32), seen[ring].astype(np.float32)
    if not len(around):
        return NerveAppearance(area / zoom**2, 0.0)
    spread = float(np.concatenate([within, around]).std())
    return NerveAppearance(area / zoom**2, float(within.mean() - around.mean()) / max(spread, 1.0))


def moved(probabilities: FloatMap, before: Grey, now: Grey) -> FloatMap:
    """Take probabilities along with the tissue from one frame to the next (optical flow, Kroeger 2016).

    Parameters
    ----------
    probabilities : ndarray of float32, (height, width)
        Of the frame before.
    before, now : ndarray of uint8, (height, width)
        Both frames in one and the same window.
    """
    flow_of = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    flow = np.asarray(flow_of.calc(now, before, np.zeros((*now.shape, 2), np.float32)), np.float32)
    x, y = _grid(*now.shape)
    gone = cv2.remap(probabilities, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)
    return np.asarray(gone, np.float32)


@lru_cache(maxsize=8)
def _grid(height: int, width: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x, y


def next_window(window: Window, inside: Mask, *, reach: float) -> Window:
    """Say where to look in the next frame: at the same place, unless the nerve moved or grew too far for it.

    Parameters
    ----------
    window : Window
        Of the frame before.
    inside : ndarray of bool, (height, width)
        Where the nerve is expected in it; not empty.
    reach : float
        Width of a window in square roots of the nerve's area.
    """
    x, y, size = place_of(inside)
    off_x, off_y = x - window.width / 2, y - window.height / 2
    wanted = reach * size / window.zoom
    apart = float(np.hypot(off_x, off_y)) / window.width
    grown = max(wanted / window.span, window.span / wanted)
    if apart <= RECENTRED and grown <= RESIZED:
        return window
    span = wanted if grown > RESIZED else window.span
    return Window(window.x + off_x / window.zoom, window.y + off_y / window.zoom, span, window.height, window.width)


def reframed(values: FloatMap, old: Window, new: Window) -> FloatMap:
    """Bring values of one window into another."""
    if new == old:
        return values
    back = np.vstack([old.matrix, [0, 0, 1]])
    forth = np.vstack([new.matrix, [0, 0, 1]])
    matrix = (forth @ np.linalg.inv(back))[:2]
    return np.asarray(cv2.warpAffine(values, matrix, (new.width, new.height)), np.float32)


def same_nerve(start: NerveAppearance, now: NerveAppearance, *, expected: Mask, seen: Mask) -> bool:
    """Say whether what is seen is still the nerve that is followed.

    Parameters
    ----------
    start, now : NerveAppearance
        Where it was followed from, and here.
    expected, seen : ndarray of bool, (height, width)
        Its outline moved along with the tissue, and what the network outlines, in one window.
    """
    return alike(start, now) and dice(expected, seen) >= LEAST_OVERLAP


def alike(one: NerveAppearance, other: NerveAppearance) -> bool:
    """Say whether two nerves may be one, by their size and by how they stand out from what is around them."""
    if not (one.area and other.area):
        return False
    change = max(one.area / other.area, other.area / one.area)
    return change <= LARGEST_CHANGE and abs(one.contrast - other.contrast) <= LARGEST_GREY_STEP
