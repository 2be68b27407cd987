"""Polygons to masks by the pixel-centre rule."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nerveapp.phantom.canvas import Points


def polygon_mask(polygon_px: Points, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Pixels whose centre is inside a closed polygon.

    cv2.fillPoly also fills every pixel the outline touches, which makes small shapes too large by several per cent.

    Parameters
    ----------
    polygon_px : ndarray of float, (N, 2)
        Corners as (column, row); the centre of the first pixel is (0, 0).
    shape : tuple of int
        Rows and columns of the mask.
    """
    rows, columns = shape
    start, end = polygon_px, np.roll(polygon_px, -1, axis=0)
    grid_rows = np.arange(rows)[:, None]
    above, below = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    row, edge = np.nonzero((grid_rows >= above) & (grid_rows < below))
    slope = (end[edge, 0] - start[edge, 0]) / (end[edge, 1] - start[edge, 1])
    crossing = start[edge, 0] + (row - start[edge, 1]) * slope
    column = np.clip(np.ceil(crossing), 0, columns).astype(np.intp)
    flips = np.zeros((rows, columns + 1), np.int32)
    np.add.at(flips, (row, column), 1)
    return np.asarray(np.cumsum(flips, axis=1)[:, :columns] % 2 == 1)
