"""LabelMe JSON, one file per frame; only read."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import cv2
import numpy as np

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Known, Preview
from nerveapp.domain.segmentation import Mask
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.json_values import ShapeError, numbers, objects, whole
from nerveapp.io.annotation_files.labels import check_one_nerve, is_nerve, unknown_label
from nerveapp.io.annotation_files.placing import Named, of_this_clip, place
from nerveapp.io.annotation_files.raster import box, checked_points, fill_ellipse, fill_loops
from nerveapp.io.mask_decoding import MaskError, decode, size_of

File = tuple[str, Mapping[str, object]]
"""Name, with its folders in a ZIP, and parsed content."""


def is_labelme(content: Mapping[str, object]) -> bool:
    """Tell whether parsed JSON is LabelMe's."""
    return "shapes" in content


def preview_labelme(files: Sequence[File], clip: ClipRecord, known: Known) -> Preview:
    """Read polygons, circles, rectangles and masks; several shapes of one frame are parts of its nerve.

    The frame is the still that `imagePath`, or else the file itself, bears the name of; for a clip without names the
    digits at the end of these, counted from 0.

    Raises
    ------
    AnnotationError
        If the JSON has another shape.
    """
    found = Gathering(clip, known)
    items = [_named(*file) for file in files]
    own = of_this_clip(found, items)
    files = [file for file, mine in zip(files, own, strict=True) if mine]
    check_one_nerve((str(one.get("label")) for _, content in files for one in _shapes(content)), clip)
    bases = [PurePosixPath(name).name for name, _ in files]
    frames = place(found, [item for item, mine in zip(items, own, strict=True) if mine])
    for (_, content), base, frame in zip(files, bases, frames, strict=True):
        sides = (("imageWidth", clip.width), ("imageHeight", clip.height))
        size = [whole(clip_side if content.get(key) is None else content[key]) for key, clip_side in sides]
        if not found.fits(size[0] or 0, size[1] or 0, base) or frame is None:
            continue
        shapes = _shapes(content)
        if not shapes:
            found.problem(f"{base} outlines nothing; leave it out, and mark a frame without nerve in the app.")
            continue
        found.check_sides({frame: [str(one.get("label")) for one in shapes if is_nerve(str(one.get("label")), clip)]})
        mask = _united(found, shapes, base)
        if mask.any():
            found.add(frame, mask, base)
    return found.preview()


def _shapes(content: Mapping[str, object]) -> list[dict[str, object]]:
    return objects(content.get("shapes"), "shapes")


def _named(name: str, content: Mapping[str, object]) -> Named:
    path = content.get("imagePath")
    return Named(PurePosixPath(name).name, (path, name) if isinstance(path, str) and path else (name,))


def _united(found: Gathering, shapes: Sequence[Mapping[str, object]], name: str) -> Mask:
    mask = np.zeros((found.clip.height, found.clip.width), np.bool_)
    for at, shape in enumerate(shapes, 1):
        where = f"Shape {at} of {name}"
        if not is_nerve(str(shape.get("label")), found.clip):
            found.problem(unknown_label(shape.get("label"), where, found.clip))
            continue
        try:
            mask |= _checked(_mask(shape, found.clip.height, found.clip.width))
        except ShapeError as error:
            found.problem(f"{where} {error}.")
    return mask


def _checked(part: Mask) -> Mask:
    if not part.any():
        raise ShapeError("lies outside of the frame or encloses no pixel")
    return part


def _mask(shape: Mapping[str, object], height: int, width: int) -> Mask:
    points = _points(shape.get("points"))
    match shape.get("shape_type") or "polygon":
        case "polygon":
            return fill_loops([checked_points(np.array(points))], height, width)
        case "rectangle" | "rotation" | "oriented_rectangle" if len(points) == 4:  # it may be turned
            corners = cv2.convexHull(checked_points(np.array(points)).astype(np.float32)).reshape(-1, 2)
            return fill_loops([corners.astype(np.float64)], height, width)
        case "rectangle" if len(points) == 2:
            (xs, ys) = zip(*points, strict=True)
            return fill_loops([box(min(xs), min(ys), max(xs), max(ys))], height, width)
        case "circle" if len(points) == 2:
            # Its centre, and a point on it.
            radius = math.dist(points[0], points[1])
            left, top = points[0][0] - radius, points[0][1] - radius
            return fill_ellipse(left, top, 2 * radius, 2 * radius, height=height, width=width)
        case "mask" if len(points) == 2:
            return _painted(shape.get("mask"), points[0], height, width)
        case "rectangle" | "circle" | "mask":
            raise ShapeError(f"has {len(points)} points; it needs 2")
        case kind:
            raise ShapeError(f"is a {str(kind)[:30]}; polygons, circles, rectangles and masks are taken")


def _painted(data: object, corner: tuple[float, float], height: int, width: int) -> Mask:
    """Draw a painted shape: a picture in base64, not 0 inside, whose first pixel lies in the corner."""
    try:
        picture = base64.b64decode(str(data), validate=True)
        across, down = size_of(picture)
        left, top = (round(coordinate) for coordinate in corner)
        if not (0 <= left <= width - across and 0 <= top <= height - down):
            raise ShapeError("lies outside of the frame")
        values = decode(picture).values
    except (ValueError, OverflowError, MaskError) as error:
        raise ShapeError("holds no mask that can be read") from error
    mask = np.zeros((height, width), np.bool_)
    mask[top : top + down, left : left + across] = values.any(axis=-1) if values.ndim > 2 else values > 0
    return mask


def _points(value: object) -> list[tuple[float, float]]:
    if not isinstance(value, list):
        raise ShapeError("has no list of points")
    points = [numbers(point) for point in value]
    if any(len(point) != 2 for point in points):
        raise ShapeError("has points that are no pairs of numbers")
    return [(point[0], point[1]) for point in points]
