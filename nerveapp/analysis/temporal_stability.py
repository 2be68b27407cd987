"""How much an area trembles from frame to frame, and smoothing that takes the trembling away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SMOOTHING_FRAMES = 5


def jitter(areas: Sequence[float]) -> float:
    """Root mean square of the frame-to-frame change of an area, as a share of the mean area.

    Parameters
    ----------
    areas : sequence of float
        One per frame, in any unit; NaN where nothing was outlined.

    Returns
    -------
    float
        NaN where no two neighbouring frames have an area.
    """
    values = np.asarray(areas, float)
    steps = np.diff(values)
    known = steps[np.isfinite(steps)]
    return float(np.sqrt(np.mean(known**2)) / np.nanmean(values)) if len(known) else float("nan")


def smoothed(areas: npt.ArrayLike, *, frames: int = SMOOTHING_FRAMES) -> npt.NDArray[np.float64]:
    """Take the running median over an odd number of frames; at the ends over those there are."""
    values = np.asarray(areas, float)
    half = frames // 2
    return np.array([np.median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))])
