"""Reading what the drawing canvas reports."""

from __future__ import annotations

import math
from typing import Any

from nerveapp.analysis.strokes import polygon_mask, with_stroke
from nerveapp.domain.segmentation import Mask

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


def scaled(line: Line, by: float) -> Line:
    """Give a line in other pixels."""
    (x1, y1), (x2, y2) = line
    return (x1 * by, y1 * by), (x2 * by, y2 * by)


def line_drawing(line: Line, scale: float, *, colour: str) -> dict[str, object]:
    """Give what makes the canvas show a line, of which `last_line` finds the ends again.

    Parameters
    ----------
    line : pair of (x, y)
        In px of the frame.
    scale : float
        Canvas pixels per pixel of the frame.
    colour : str
    """
    (x1, y1), (x2, y2) = scaled(line, scale)
    x_centre, y_centre = (x1 + x2) / 2, (y1 + y2) / 2
    shown = {
        "type": "Line", "originX": "center", "originY": "center", "left": x_centre, "top": y_centre,
        "x1": x1 - x_centre, "y1": y1 - y_centre, "x2": x2 - x_centre, "y2": y2 - y_centre,
        "width": abs(x2 - x1), "height": abs(y2 - y1), "stroke": colour, "strokeWidth": 1,
    }  # fmt: skip
    return {"objects": [shown]}


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


def mask_from_drawing(
    drawing: dict[str, object] | None, start: Mask, *, scale: float, erasing_colour: str
) -> Mask | None:
    """Replay what was drawn on a canvas onto a mask; what no stroke touches stays as it is, bit for bit.

    Parameters
    ----------
    drawing : dict or None
        What the canvas reports (Fabric.js JSON). Free lines add, or take away where they have the erasing colour; a
        polygon replaces the outline.
    start : ndarray of bool, (H, W)
        The outline drawn upon.
    scale : float
        Canvas pixels per source pixel.
    erasing_colour : str
        As in the JSON.

    Returns
    -------
    ndarray of bool or None
        None where nothing has been drawn.
    """
    objects = drawing.get("objects") if drawing else None
    drawn = [one for one in objects if one.get("type") in ("Path", "Polygon")] if isinstance(objects, list) else []
    if not drawn:
        return None
    mask = start
    for one in drawn:
        if one["type"] == "Polygon":
            mask = polygon_mask([(x / scale, y / scale) for x, y in _corners(one)], *start.shape)
        else:
            points = [(x / scale, y / scale) for x, y in _line(one["path"])]
            radius = float(one["strokeWidth"]) / 2 / scale
            erases = str(one.get("stroke", "")).lower() == erasing_colour.lower()
            mask = with_stroke(mask, points, radius=radius, value=not erases)
    return mask


def _corners(polygon: dict[str, Any]) -> list[tuple[float, float]]:
    """Give a polygon's corners where they are shown: its points are its own, its place may have been moved."""
    points = [(float(point["x"]), float(point["y"])) for point in polygon["points"]]
    middle_x = (min(x for x, _ in points) + max(x for x, _ in points)) / 2
    middle_y = (min(y for _, y in points) + max(y for _, y in points)) / 2
    if polygon.get("originX") != "center":
        return points
    moved_x, moved_y = float(polygon["left"]) - middle_x, float(polygon["top"]) - middle_y
    across, down = float(polygon.get("scaleX", 1)), float(polygon.get("scaleY", 1))
    return [
        (middle_x + moved_x + (x - middle_x) * across, middle_y + moved_y + (y - middle_y) * down) for x, y in points
    ]


_CURVE_STEPS = 8


def _line(path: list[list[Any]]) -> list[tuple[float, float]]:
    """Flatten a path of moves, lines and quadratic curves."""
    points: list[tuple[float, float]] = []
    for kind, *numbers in path:
        values = [float(number) for number in numbers]
        if kind == "Q" and points:
            (x0, y0), (cx, cy, x1, y1) = points[-1], values
            for step in range(1, _CURVE_STEPS + 1):
                t = step / _CURVE_STEPS
                points.append(
                    (
                        (1 - t) ** 2 * x0 + 2 * t * (1 - t) * cx + t**2 * x1,
                        (1 - t) ** 2 * y0 + 2 * t * (1 - t) * cy + t**2 * y1,
                    )
                )
        elif kind in ("M", "L") and len(values) == 2:
            points.append((values[0], values[1]))
    return points
