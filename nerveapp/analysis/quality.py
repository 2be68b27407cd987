"""Which frames are flagged for review, and why."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerveapp.domain.segmentation import Flag, Mask

JUMP_FRACTION = 0.25
"""An area that differs by more than this share from the median of its neighbours is flagged."""

JUMP_NEIGHBOURS = 5
"""Outlined frames on each side that an area is compared with."""


def frame_flags(mask: Mask, *, confidence: float, flag_below: float, components: int) -> tuple[Flag, ...]:
    """Flag what can be seen in one frame alone.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
    confidence, flag_below : float
        0 to 1; a confidence below the model's own limit is flagged.
    components : int
        Connected parts of the mask.
    """
    if components == 0:
        return (Flag.NO_NERVE,)
    border = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
    found = (
        (Flag.SEVERAL_COMPONENTS, components > 1),
        (Flag.TOUCHES_BORDER, bool(border)),
        (Flag.LOW_CONFIDENCE, confidence < flag_below),
    )
    return tuple(flag for flag, raised in found if raised)


def area_jumps(areas: Sequence[float | None]) -> list[bool]:
    """Find frames whose area departs from the median of their outlined neighbours.

    Parameters
    ----------
    areas : sequence of float or None
        Area per frame in any one unit; None where no nerve was found.

    Returns
    -------
    list of bool
        Per frame; False where there is no area or fewer than two outlined neighbours.
    """
    values = np.array([np.nan if area is None else area for area in areas])
    jumps = []
    for i, value in enumerate(values):
        around = np.r_[values[max(0, i - JUMP_NEIGHBOURS) : i], values[i + 1 : i + 1 + JUMP_NEIGHBOURS]]
        around = around[~np.isnan(around)]
        usable = not np.isnan(value) and len(around) >= 2
        jumps.append(bool(usable and abs(value - np.median(around)) > JUMP_FRACTION * np.median(around)))
    return jumps
