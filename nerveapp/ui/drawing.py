"""Reading what the drawing canvas reports."""

from __future__ import annotations

import math
from typing import Any

Line = tuple[tuple[float, float], tuple[float, float]]


def last_line(drawing: dict[str, object] | None, *, shortest: float = 0.0) -> Line | None:
    """Find the ends of the line drawn last; slips of the hand, shorter than `shortest`, do not count.

    Parameters
    ----------
    drawing : dict or None
        What the canvas reports (Fabric.js JSON): a line's ends are given relative to its centre.
    shortest : float
        In canvas pixels.

    Returns
    -------
    pair of (x, y) or None
        In canvas pixels; None where no line has been drawn.
    """
    objects = drawing.get("objects") if drawing else None
    found = [_ends(one) for one in objects if one.get("type") == "Line"] if isinstance(objects, list) else []
    return next((line for line in reversed(found) if math.dist(*line) >= shortest), None)


def _ends(line: dict[str, Any]) -> Line:
    x_centre, y_centre = float(line["left"]), float(line["top"])
    if line.get("originX") == "left":
        x_centre += line["width"] / 2
    if line.get("originY") == "top":
        y_centre += line["height"] / 2
    return (
        (x_centre + line["x1"], y_centre + line["y1"]),
        (x_centre + line["x2"], y_centre + line["y2"]),
    )
