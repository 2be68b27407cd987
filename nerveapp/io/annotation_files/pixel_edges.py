"""The outline of a mask along the edges of its pixels, from which the mask can be filled again exactly."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nerveapp.domain.segmentation import Mask

Corners: TypeAlias = npt.NDArray[np.int32]
"""(N, 2), corners (x, y) of one closed loop in px, of which only those where it turns."""

_STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # east, south, west, north; the next one is a right turn


def trace(mask: Mask) -> list[Corners]:
    """Trace all loops of a mask, the inside on their right hand (clockwise on the screen), holes the other way.

    Parts that touch at a corner only get a loop each; filling all loops by the even-odd rule gives the mask.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)

    Returns
    -------
    list of ndarray of int32, (N, 2)
        Corner coordinates: pixel (column c, row r) covers c to c+1 and r to r+1.
    """
    leaving = _edges_by_start(mask)
    loops = []
    for start in list(leaving):
        while leaving.get(start):
            loops.append(_follow(leaving, start))
    return loops


def _edges_by_start(mask: Mask) -> dict[tuple[int, int], list[int]]:
    """Directions (indices of `_STEPS`) in which an edge leaves a corner; the top edges first, in reading order."""
    padded = np.pad(mask, 1)
    inside = padded[1:-1, 1:-1]
    sides = (
        (inside & ~padded[:-2, 1:-1], 0, 0),  # top, from its left end east
        (inside & ~padded[1:-1, 2:], 1, 0),  # right, from its upper end south
        (inside & ~padded[2:, 1:-1], 1, 1),  # bottom, from its right end west
        (inside & ~padded[1:-1, :-2], 0, 1),  # left, from its lower end north
    )
    leaving: dict[tuple[int, int], list[int]] = {}
    for direction, (side, right, down) in enumerate(sides):
        rows, columns = np.nonzero(side)
        for x, y in zip((columns + right).tolist(), (rows + down).tolist(), strict=True):
            leaving.setdefault((x, y), []).append(direction)
    return leaving


def _follow(leaving: dict[tuple[int, int], list[int]], start: tuple[int, int]) -> Corners:
    """Take one loop's edges out of `leaving`.

    The first edge goes east and no other edge of its loop arrives from the west, so that the start is a corner.
    """
    corners = [start]
    place, direction = start, leaving[start].pop(0)
    while True:
        x, y = place
        place = (x + _STEPS[direction][0], y + _STEPS[direction][1])
        if place == start:
            return np.array(corners, np.int32)
        choices = leaving[place]
        # Where two parts touch at a corner, the right turn stays with the same part.
        right = (direction + 1) % 4
        turn = right if right in choices else choices[0]
        choices.remove(turn)
        if turn != direction:
            corners.append(place)
        direction = turn
