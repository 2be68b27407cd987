"""How much an area trembles from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


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
