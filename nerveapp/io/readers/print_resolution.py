"""Spacings that are a resolution for paper or a screen, and mean nothing in tissue."""

from __future__ import annotations

_DOTS_PER_INCH = (
    72, 75, 90, 92, 96, 100, 120, 144, 150, 180, 192, 200, 220, 240, 288, 300, 350, 360, 400, 450, 500, 600, 720, 800,
    1200, 2400, 4800,
)  # fmt: skip
_MM_PER_INCH = 25.4
_TOLERANCE = 2e-3  # programs round when they turn inches into centimetres


def print_dpi(row_mm: float, column_mm: float) -> int | None:
    """Return whether square pixels of this size are those of a print resolution.

    Parameters
    ----------
    row_mm, column_mm : float
        Spacing in mm.

    Returns
    -------
    int or None
        Dots per inch; None where it is none of the usual ones.
    """
    if not (row_mm > 0 and column_mm > 0 and abs(row_mm - column_mm) <= _TOLERANCE * row_mm):
        return None
    dpi = _MM_PER_INCH / row_mm
    return next((usual for usual in _DOTS_PER_INCH if abs(dpi - usual) <= _TOLERANCE * usual), None)
