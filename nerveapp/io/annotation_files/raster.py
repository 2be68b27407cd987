"""From outlines in corner coordinates to masks: a pixel is inside when its centre is.

Coordinates are (x, y) in px; pixel (column c, row r) covers c to c+1 and r to r+1, as in ImageJ and COCO. A centre that
lies exactly on an outline belongs to the side right of or below it, so that neighbouring shapes share no pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nerveapp.domain.segmentation import Mask
from nerveapp.io.annotation_files.json_values import ShapeError

Points: TypeAlias = npt.NDArray[np.float64]
"""(N, 2), corner coordinates (x, y) in px of one closed loop, its first point not repeated."""

FARTHEST_PX = 1e6
MAX_POINTS = 1_000_000
_CROSSINGS_AT_ONCE = 2**20


def checked_points(points: npt.NDArray[np.generic]) -> Points:
    """Check the points of a closed loop.

    Raises
    ------
    ShapeError
        If they are fewer than 3, too many, or lie far outside of any frame.
    """
    loop = np.asarray(points, np.float64).reshape(-1, 2)
    if len(loop) < 3:
        raise ShapeError(f"has {len(loop)} points; an outline needs at least 3")
    if len(loop) > MAX_POINTS:
        raise ShapeError(f"has more than {MAX_POINTS} points")
    if not (np.abs(loop) <= FARTHEST_PX).all():  # false for what is not a number, too
        raise ShapeError("has points far outside of the frame")
    return loop


def fill_loops(loops: Sequence[Points], height: int, width: int) -> Mask:
    """Fill closed loops by the even-odd rule, so that a loop within a loop is a hole.

    Parameters
    ----------
    loops : sequence of ndarray of float64, (N, 2)
    height, width : int
        The grid; what lies outside of it is cut off.

    Returns
    -------
    ndarray of bool, (height, width)
    """
    turns = np.zeros((height, width + 1), np.uint8)
    for loop in loops:
        edges = np.concatenate([loop, np.roll(loop, -1, axis=0)], axis=1)
        edges = edges[edges[:, 1] != edges[:, 3]]
        # An edge crosses at most every row: this many edges at once keep memory bounded.
        for start in range(0, len(edges), step := max(1, _CROSSINGS_AT_ONCE // height)):
            _toggle(turns, edges[start : start + step])
    return np.asarray(np.bitwise_xor.accumulate(turns, axis=1)[:, :width], np.bool_)


def _toggle(turns: npt.NDArray[np.uint8], edges: npt.NDArray[np.float64]) -> None:
    """Mark, for each row an edge crosses, the first pixel whose centre is not left of the crossing."""
    height, beyond = turns.shape
    x1, y1, x2, y2 = edges.T
    # The centre of row r is at r + 0.5.
    first = np.clip(np.ceil(np.minimum(y1, y2) - 0.5), 0, height).astype(np.int64)
    after = np.clip(np.ceil(np.maximum(y1, y2) - 0.5), 0, height).astype(np.int64)
    counts = after - first
    edge = np.repeat(np.arange(len(edges)), counts)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    x = x1[edge] + (row + 0.5 - y1[edge]) * ((x2 - x1) / (y2 - y1))[edge]
    column = np.clip(np.ceil(x - 0.5), 0, beyond - 1).astype(np.int64)
    np.bitwise_xor.at(turns, (row, column), np.uint8(1))


def fill_ellipse(left: float, top: float, across: float, down: float, *, height: int, width: int) -> Mask:
    """Fill the ellipse in the box from (left, top), `across` px wide and `down` px high.

    Returns
    -------
    ndarray of bool, (height, width)

    Raises
    ------
    ShapeError
        If the box is empty or far outside.
    """
    if not (across > 0 and down > 0):
        raise ShapeError("has no area")
    if not max(abs(left), abs(top), across, down) <= FARTHEST_PX:
        raise ShapeError("lies far outside of the frame")
    x = (np.arange(width) + 0.5 - left - across / 2) / (across / 2)
    y = (np.arange(height) + 0.5 - top - down / 2) / (down / 2)
    return np.asarray(x[None, :] ** 2 + y[:, None] ** 2 <= 1, np.bool_)


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """Give the corners of a rectangle as a loop."""
    return checked_points(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]))
