import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import read_roi
from hypothesis import given, settings
from matplotlib.path import Path as Outline
from roifile import ROI_TYPE, ImagejRoi

from nerveapp import NOTICE
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Format, Preview
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import export, preview
from nerveapp.io.annotation_files.imagej_shapes import composite_paths, polygon_points
from tests.io.annotation_files.samples import CLIP, EMPTY, HEIGHT, VERSIONS, WIDTH, blob, centres, chosen, masks, same
from tests.real_data import ROOT

ROIS = ROOT / "imagej-roi"
needs_rois = pytest.mark.skipif(not ROIS.is_dir(), reason="no ROIs of ImageJ here: set NERVEAPP_DATA to their folder")
BIG = ClipRecord("b" * 64, 260, 200, 1)
NOT_AREAS = {"line1": "line", "line2": "line", "freeline": "freeline", "polyline": "polyline",
             "point": "point", "multipoint": "point"}  # fmt: skip
AREAS = [
    "composite-brush-donut", "composite-brush-yin-yang", "composite-oval-in-rect", "composite-rect-in-rect",
    "composite-two-ellipses", "composite-two-ovals", "ellipse", "ellipse-left", "ellipse-top", "freehand", "oval",
    "oval-left", "oval-top", "polygon", "polygon-left", "polygon-top", "rectangle",
]  # fmt: skip


def inside(points: Any, height: int, width: int) -> Mask:
    """Fill with matplotlib; centres on an outline go to the side right of and below it."""
    columns, rows = centres(height, width)
    closed = [*points, points[0]]
    grid = np.stack([columns.ravel() + 1e-7, rows.ravel() + 1e-9], axis=1)
    return np.asarray(Outline(closed).contains_points(grid).reshape(height, width))


def expected_mask(values: dict[str, Any], height: int, width: int) -> Mask:
    columns, rows = centres(height, width)
    match values:
        case {"paths": paths}:
            mask = np.zeros((height, width), np.bool_)
            for path in paths:
                mask ^= inside(path, height, width)
            return mask
        case {"x": x, "y": y}:
            return inside(list(zip(x, y, strict=True)), height, width)
        case {"ex1": x1, "ey1": y1, "ex2": x2, "ey2": y2, "aspect_ratio": ratio}:
            half = np.hypot(x2 - x1, y2 - y1) / 2
            across, down = columns - (x1 + x2) / 2, rows - (y1 + y2) / 2
            along = (across * (x2 - x1) + down * (y2 - y1)) / (2 * half)
            aside = (down * (x2 - x1) - across * (y2 - y1)) / (2 * half)
            return np.asarray((along / half) ** 2 + (aside / (half * ratio)) ** 2 <= 1)
        case {"type": "oval", "left": left, "top": top, "width": w, "height": h}:
            distance = ((columns - left - w / 2) / (w / 2)) ** 2 + ((rows - top - h / 2) / (h / 2)) ** 2
            return np.asarray(distance <= 1)
        case {"left": left, "top": top, "width": w, "height": h}:
            across = (columns > left) & (columns < left + w)
            return np.asarray(across & (rows > top) & (rows < top + h))
        case _:
            raise AssertionError(values)


def one(data: bytes, name: str = "a.roi", clip: ClipRecord = BIG) -> Preview:
    return preview(data, name=name, clip=clip)


def values_of(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROIS / f"{name}.json").read_text())[name]
    return content


@needs_rois
@pytest.mark.parametrize("name", AREAS)
def test_areas_of_imagej_are_filled_as_their_values_say(name: str) -> None:
    found = one((ROIS / f"{name}.roi").read_bytes())
    assert found.problems == ()
    np.testing.assert_array_equal(
        found.outlines[0].mask.unpack(), expected_mask(values_of(name), BIG.height, BIG.width)
    )


@needs_rois
@pytest.mark.parametrize("name", AREAS)
def test_numbers_of_imagej_are_read_right(name: str) -> None:
    roi, values = ImagejRoi.frombytes((ROIS / f"{name}.roi").read_bytes()), values_of(name)
    if "paths" in values:
        assert roi.multi_coordinates is not None
        loops = composite_paths(roi.multi_coordinates.tolist())
        assert loops == [[tuple(point) for point in path] for path in values["paths"]]
    elif "x" in values:
        assert polygon_points(roi).tolist() == [list(p) for p in zip(values["x"], values["y"], strict=True)]
    elif "ex1" in values:
        # The stored points start at one end of the long axis and pass the other one half way round.
        points = polygon_points(roi)
        assert points[0].tolist() == [values["ex2"], values["ey2"]]
        assert points[len(points) // 2].tolist() == pytest.approx([values["ex1"], values["ey1"]], abs=1e-4)
    else:
        box = (roi.left, roi.top, roi.right - roi.left, roi.bottom - roi.top)
        assert box == tuple(values[key] for key in ("left", "top", "width", "height"))


@needs_rois
@pytest.mark.parametrize("name", sorted(NOT_AREAS))
def test_what_is_no_area_is_told(name: str) -> None:
    found = one((ROIS / f"{name}.roi").read_bytes())
    assert not found.outlines
    assert len(found.problems) == 1
    assert f"a.roi is of the kind {NOT_AREAS[name]}; polygons" in found.problems[0]


@needs_rois
def test_every_roi_there_is_was_looked_at() -> None:
    assert sorted(path.stem for path in ROIS.glob("*.roi")) == sorted([*AREAS, *NOT_AREAS])


def rois(found: dict[int, Mask]) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(export(Format.IMAGEJ, chosen(found), VERSIONS)[0])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@given(mask=masks())
@settings(max_examples=60, deadline=None)
def test_read_roi_finds_outlines_that_fill_to_the_mask(mask: Mask, tmp_path_factory: pytest.TempPathFactory) -> None:
    if not mask.any():
        return
    path = tmp_path_factory.mktemp("rois") / "RoiSet.zip"
    path.write_bytes(export(Format.IMAGEJ, chosen({4: mask}), VERSIONS)[0])
    (read,) = read_roi.read_roi_zip(str(path)).values()
    assert read["name"] == "frame_000004"
    assert read["position"] == 5
    assert read["type"] in ("traced", "composite")
    np.testing.assert_array_equal(expected_mask(read, HEIGHT, WIDTH), mask)


def test_a_piece_is_a_traced_roi_along_the_edges_of_its_pixels() -> None:
    mask = EMPTY.copy()
    mask[3:5, 2:6] = True
    mask[5, 2] = True
    roi = ImagejRoi.frombytes(rois({2: mask})["frame_000002.roi"])
    assert roi.roitype is ROI_TYPE.TRACED
    assert (roi.left, roi.top, roi.right, roi.bottom) == (2, 3, 6, 6)
    assert polygon_points(roi).tolist() == [[2, 3], [6, 3], [6, 5], [3, 5], [3, 6], [2, 6]]
    assert roi.position == 3
    assert NOTICE in roi.props
    assert "rater: R1" in roi.props


def test_holes_and_parts_make_a_composite() -> None:
    ring = EMPTY.copy()
    ring[2:7, 2:7] = True
    ring[4, 4] = False
    roi = ImagejRoi.frombytes(rois({2: ring})["frame_000002.roi"])
    assert roi.composite
    assert roi.multi_coordinates is not None
    assert sorted(len(loop) for loop in composite_paths(roi.multi_coordinates.tolist())) == [4, 4]


def test_frames_too_large_for_imagej_are_refused() -> None:
    wide = replace(CLIP, width=40_000, height=1)
    with pytest.raises(AnnotationError, match="32767"):
        export(Format.IMAGEJ, chosen({0: np.ones((1, 40_000), np.bool_)}, wide), VERSIONS)


def test_a_large_mask_full_of_noise_comes_back(tmp_path: Path) -> None:
    clip = replace(CLIP, width=400, height=300)
    mask = blob(3, 300, 400, rough=0)
    same(preview(export(Format.IMAGEJ, chosen({0: mask}, clip), VERSIONS)[0], name="x", clip=clip), {0: mask})
