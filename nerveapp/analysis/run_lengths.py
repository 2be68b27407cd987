"""Masks as run lengths: how the browser's editor and the server exchange them, exact and small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerveapp.domain.segmentation import Mask


def run_lengths(mask: Mask) -> list[int]:
    """Lengths of the runs of a mask in row-major order, outside first (its first length may be 0).

    Parameters
    ----------
    mask : ndarray of bool, (H, W)

    Returns
    -------
    list of int
        Sums to H x W.
    """
    flat = mask.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    bounds = np.concatenate([[0] if not flat[:1].any() else [0, 0], changes, [flat.size]])
    return [int(length) for length in np.diff(bounds)]


def mask_from_runs(lengths: Sequence[int], height: int, width: int) -> Mask:
    """Give back the (height, width) mask.

    Raises
    ------
    ValueError
        If the lengths are negative or do not sum to the grid's size: they come from a browser.
    """
    # Each by itself first: a sum of huge ones may wrap round to the right size.
    if not all(0 <= length <= height * width for length in lengths) or sum(lengths) != height * width:
        raise ValueError(f"expected run lengths that sum to {height * width}")
    inside = np.arange(len(lengths)) % 2 == 1
    return np.repeat(inside, np.asarray(lengths, np.int64)).reshape(height, width)
