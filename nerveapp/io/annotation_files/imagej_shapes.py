"""The areas that ROIs of ImageJ enclose, in ImageJ's own convention: a pixel is inside when its centre is."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence

import numpy as np
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from nerveapp.domain.segmentation import Mask
from nerveapp.io.annotation_files.json_values import ShapeError
from nerveapp.io.annotation_files.raster import MAX_POINTS, Points, box, checked_points, fill_ellipse, fill_loops

_OUTLINES = (ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED)
_NOT_AREAS = {ROI_SUBTYPE.TEXT: "text", ROI_SUBTYPE.ARROW: "arrow", ROI_SUBTYPE.IMAGE: "image"}
_TAKEN = "polygons, freehand and traced outlines, rectangles, ovals, ellipses and composites are taken"
_WIDTH_OFFSET = 52  # of a rotated rectangle, where other ROIs keep their arrow's style
_CURVES = (2, 3)  # quadratic and cubic
_CURVE_STEPS = 16


def roi_mask(roi: ImagejRoi, data: bytes, height: int, width: int) -> Mask:
    """Fill a ROI.

    Parameters
    ----------
    roi : ImagejRoi
    data : bytes
        What it was read from, for the fields that roifile does not give.
    height, width : int
        The clip's grid.

    Returns
    -------
    ndarray of bool, (height, width)

    Raises
    ------
    ShapeError
        If it encloses no area, or lies outside of the frame.
    """
    subtype = _NOT_AREAS.get(roi.subtype)
    if subtype is not None:
        raise ShapeError(f"is of the kind {subtype}; {_TAKEN}")
    if roi.composite and roi.roitype is ROI_TYPE.RECT:
        mask = fill_loops(_composite(roi), height, width)
    elif roi.roitype is ROI_TYPE.OVAL:
        mask = fill_ellipse(*_bounds(roi), height=height, width=width)
    else:
        mask = fill_loops([_loop(roi, data)], height, width)
    if not mask.any():
        raise ShapeError("lies outside of the frame or encloses no pixel")
    return mask


def _loop(roi: ImagejRoi, data: bytes) -> Points:
    if roi.roitype is ROI_TYPE.RECT:
        return _rectangle(roi)
    if roi.roitype not in _OUTLINES:
        raise ShapeError(f"is of the kind {roi.roitype.name.lower()}; {_TAKEN}")
    if ROI_OPTIONS.SPLINE_FIT in roi.options:
        raise ShapeError("is a fitted spline; turn it into an outline with Edit > Selection > Interpolate")
    # An ellipse is a freehand outline of 72 stored points; a rotated rectangle stores its middle line and its width.
    if roi.subtype is ROI_SUBTYPE.ROTATED_RECT:
        return _rotated(roi, struct.unpack_from(">f", data, _WIDTH_OFFSET)[0])
    return polygon_points(roi)


def polygon_points(roi: ImagejRoi) -> Points:
    """Give the corners of a polygon, freehand or traced outline, or of an ellipse.

    Raises
    ------
    ShapeError
        If it has none.
    """
    if roi.subpixel_coordinates is not None:
        return checked_points(roi.subpixel_coordinates)
    if roi.integer_coordinates is None:
        raise ShapeError("has no points")
    return checked_points(roi.integer_coordinates + np.array([roi.left, roi.top]))


def _bounds(roi: ImagejRoi) -> tuple[float, float, float, float]:
    """Left, top, width and height."""
    if roi.subpixelrect:
        return roi.xd, roi.yd, roi.widthd, roi.heightd
    return roi.left, roi.top, roi.right - roi.left, roi.bottom - roi.top


def _rectangle(roi: ImagejRoi) -> Points:
    if roi.rounded_rect_arc_size > 0:
        raise ShapeError("is a rectangle with rounded corners; turn it into a polygon first")
    left, top, across, down = _bounds(roi)
    return box(left, top, left + across, top + down)


def _rotated(roi: ImagejRoi, across: float) -> Points:
    along = (roi.x2 - roi.x1, roi.y2 - roi.y1)
    length = math.hypot(*along)
    if not (length > 0 and across > 0):
        raise ShapeError("has no area")
    aside = np.array([-along[1], along[0]]) * (across / 2 / length)
    first, last = np.array([roi.x1, roi.y1]), np.array([roi.x2, roi.y2])
    return checked_points(np.array([first + aside, last + aside, last - aside, first - aside]))


def _composite(roi: ImagejRoi) -> list[Points]:
    if roi.multi_coordinates is None:
        raise ShapeError("has no points")
    return [checked_points(np.array(loop)) for loop in composite_paths(roi.multi_coordinates.tolist()) if len(loop) > 2]


def composite_paths(values: Sequence[float]) -> list[list[tuple[float, float]]]:
    """Give the closed loops of a composite: steps of java.awt.geom.PathIterator, each followed by its points.

    Raises
    ------
    ShapeError
        If it is damaged.
    """
    loops: list[list[tuple[float, float]]] = []
    for step, points in _steps(values):
        if step == 0:
            loops.append([])
        if not loops or (step != 0 and not loops[-1]):
            raise ShapeError("is damaged")
        loops[-1].extend(_curve([loops[-1][-1], *points]) if step in _CURVES else points)
    if sum(len(loop) for loop in loops) > MAX_POINTS:
        raise ShapeError(f"has more than {MAX_POINTS} points")
    return loops


def _steps(values: Sequence[float]) -> Iterator[tuple[int, list[tuple[float, float]]]]:
    at = 0
    while at < len(values):
        count = {0.0: 1, 1.0: 1, 2.0: 2, 3.0: 3, 4.0: 0}.get(values[at])
        if count is None or at + 2 * count >= len(values):
            raise ShapeError("is damaged")
        numbers = values[at + 1 : at + 1 + 2 * count]
        yield int(values[at]), list(zip(numbers[::2], numbers[1::2], strict=True))
        at += 1 + 2 * count


def _curve(controls: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points along a Bezier curve, without its first."""
    degree = len(controls) - 1
    t = np.linspace(0, 1, _CURVE_STEPS + 1)[1:, None]
    weights = [math.comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)]
    points = sum(weight * np.array(control) for weight, control in zip(weights, controls, strict=True))
    return [(float(x), float(y)) for x, y in np.asarray(points)]
