"""What a page shows of a frame while its clip is still being analysed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EarlyOutline:
    """A frame just outlined: enough to draw and to say how large, not to measure by.

    Parameters
    ----------
    time_s : float
        Presentation time from the first frame.
    area_px : float or None
        In px²; None where no nerve was found.
    parts : tuple of tuple of int
        Per part of the nerve, ``x0, y0, x1, y1, ...``: source pixel indices, within a pixel of the outline.
    """

    time_s: float
    area_px: float | None
    parts: tuple[tuple[int, ...], ...]
