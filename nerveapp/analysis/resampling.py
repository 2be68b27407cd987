"""Intervals that respect that images of one person are not independent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RESAMPLES = 2000


def group_bootstrap_interval(
    values: Sequence[float], groups: Sequence[str], *, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """95 % percentile interval of a mean, resampling whole groups (cluster bootstrap, Field and Welsh 2007).

    Parameters
    ----------
    values : sequence of float
        One per image.
    groups : sequence of str
        The group of each image.
    seed, resamples : int
        Seed of the resampling and how often it is done.

    Returns
    -------
    tuple of float
        Lower and upper end; NaN if there are no values.
    """
    if not values:
        return float("nan"), float("nan")
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(index, weights=np.asarray(values, float))
    counts = np.bincount(index)
    drawn = np.random.default_rng(seed).integers(0, len(names), (resamples, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
