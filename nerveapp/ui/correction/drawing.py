"""Reading what the drawing canvas reports."""

from __future__ import annotations

from typing import Any

from nerveapp.analysis.strokes import polygon_mask, with_stroke
from nerveapp.domain.segmentation import Mask


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
