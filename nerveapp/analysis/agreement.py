"""How far two masks of one frame agree."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from nerveapp.domain.segmentation import Mask


def dice(first: Mask, second: Mask) -> float:
    """Dice coefficient 2|A∩B| / (|A|+|B|) of two (H, W) masks, 0 to 1; two empty masks agree fully (1)."""
    _same_grid(first, second)
    total = np.count_nonzero(first) + np.count_nonzero(second)
    return 1.0 if total == 0 else 2 * np.count_nonzero(first & second) / total


def iou(first: Mask, second: Mask) -> float:
    """Intersection over union (Jaccard index) of two (H, W) masks, 0 to 1; two empty masks agree fully (1)."""
    _same_grid(first, second)
    union = np.count_nonzero(first | second)
    return 1.0 if union == 0 else np.count_nonzero(first & second) / union


def surface_distances(
    first: Mask, second: Mask, spacing: tuple[float, float] = (1.0, 1.0)
) -> tuple[float, float] | tuple[None, None]:
    """Find how far two masks' boundaries are apart.

    Parameters
    ----------
    first, second : ndarray of bool, (H, W)
    spacing : tuple of float
        Row and column spacing; the results are in its unit (px by default).

    Returns
    -------
    hd95, assd : float or None
        95th percentile of the distances, both directions pooled, and their mean, the average symmetric surface
        distance; None if either mask is empty.
    """
    distances = boundary_distances(first, second, spacing)
    return (float(np.percentile(distances, 95)), float(distances.mean())) if len(distances) else (None, None)


def boundary_distances(first: Mask, second: Mask, spacing: tuple[float, float] = (1.0, 1.0)) -> npt.NDArray[np.float64]:
    """Distance of every boundary pixel of each mask to the other's nearest boundary pixel.

    Returns
    -------
    ndarray of float64, (N,)
        In the unit of `spacing`; empty if either mask is.
    """
    _same_grid(first, second)
    if not first.any() or not second.any():
        return np.empty(0)
    first, second = _crop_to_both(first, second)
    boundaries = [mask & ~ndimage.binary_erosion(mask) for mask in (first, second)]
    fields = [ndimage.distance_transform_edt(~one, sampling=spacing) for one in boundaries]
    return np.concatenate([fields[1][boundaries[0]], fields[0][boundaries[1]]])


def _crop_to_both(first: Mask, second: Mask) -> tuple[Mask, Mask]:
    rows, columns = np.nonzero(first | second)
    window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return np.pad(first[window], 1), np.pad(second[window], 1)


def _same_grid(first: Mask, second: Mask) -> None:
    if first.shape != second.shape:
        raise ValueError(f"expected masks on one grid, got {first.shape} and {second.shape}")
