"""Strokes and polygons drawn by hand, onto a mask: a pixel is touched when its centre is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerveapp.domain.segmentation import Mask

Point = tuple[float, float]
"""(x, y) in px from the frame's top left corner; pixel (column, row) has its centre at (column + 0.5, row + 0.5)."""


def with_stroke(mask: Mask, points: Sequence[Point], *, radius: float, value: bool) -> Mask:
    """Draw a stroke of a round brush: every pixel whose centre lies within a radius of the line gets a value.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
    points : sequence of (x, y)
        The line; one point is a dot.
    radius : float
        Of the brush, px.
    value : bool
        True adds, False takes away.

    Returns
    -------
    ndarray of bool, (H, W)
        A new mask.
    """
    drawn = mask.copy()
    height, width = mask.shape
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[-1]], strict=True):
        left, right = max(0, int(min(ax, bx) - radius)), min(width, int(max(ax, bx) + radius) + 2)
        top, bottom = max(0, int(min(ay, by) - radius)), min(height, int(max(ay, by) + radius) + 2)
        if left >= right or top >= bottom:
            continue
        x, y = np.arange(left, right) + 0.5 - ax, (np.arange(top, bottom) + 0.5 - ay)[:, None]
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        along = np.clip((x * dx + y * dy) / length2, 0, 1) if length2 else 0.0
        near = (x - along * dx) ** 2 + (y - along * dy) ** 2 <= radius**2
        drawn[top:bottom, left:right][near] = value
    return drawn


def polygon_mask(points: Sequence[Point], height: int, width: int) -> Mask:
    """Fill a polygon: every pixel whose centre lies inside it, by the even-odd rule.

    Parameters
    ----------
    points : sequence of (x, y)
        Its corners; fewer than three enclose nothing.
    height, width : int
        The grid.

    Returns
    -------
    ndarray of bool, (height, width)
    """
    rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
    inside = np.zeros((height, width), np.bool_)
    for (ax, ay), (bx, by) in zip(points, [*points[1:], *points[:1]], strict=True):
        crossed = (ay > rows) != (by > rows)
        if not crossed.any():
            continue
        at = ax + (rows[crossed] - ay) / (by - ay) * (bx - ax)
        inside[crossed] ^= columns[None, :] > at[:, None]
    return inside
