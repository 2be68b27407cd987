import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from nerveapp.domain.outline_files import Preview
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import preview
from nerveapp.io.annotation_files.imagej import as_ranges
from nerveapp.io.annotation_files.imagej_shapes import composite_paths
from nerveapp.io.annotation_files.json_values import ShapeError
from nerveapp.io.annotation_files.zip_files import pack
from tests.io.annotation_files.samples import CLIP, EMPTY, HEIGHT, WIDTH, centres, same


def read(data: bytes) -> Preview:
    return preview(data, name="a.roi", clip=SMALL)


def made(roitype: ROI_TYPE = ROI_TYPE.RECT, **fields: Any) -> bytes:
    box = {"left": 3, "top": 4, "right": 9, "bottom": 10} | fields
    return ImagejRoi(roitype=roitype, **box).tobytes()


SMALL = replace(CLIP, frame_count=1)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (made(rounded_rect_arc_size=4), "a.roi is a rectangle with rounded corners; turn it into a polygon first."),
        (made(left=90, right=95), "a.roi lies outside of the frame or encloses no pixel."),
        (made(right=3), "a.roi lies outside of the frame or encloses no pixel."),
        (made(ROI_TYPE.OVAL, right=3), "a.roi has no area."),
        (made()[:60], "a.roi is damaged."),
        (made(ROI_TYPE.POLYGON), "a.roi has 0 points; an outline needs at least 3."),
    ],
)
def test_problems_are_told(data: bytes, problem: str) -> None:
    assert read(data).problems == (problem,)


def called(**rois: int) -> Preview:
    """ROIs of frame 1, one beside another from the left, by their names."""
    members = [
        (f"{number}.roi", made(name=name, position=2, left=left, right=left + 4))
        for number, (name, left) in enumerate(rois.items())
    ]
    return preview(pack(members), name="x", clip=CLIP)


@pytest.mark.parametrize(
    ("rois", "areas", "left_out"),
    [
        ({"nerve": 3, "artery": 10}, [24], 1),
        ({"Median_Nerve-1": 3, "median nerve 2": 10}, [48], 0),
        ({"nerve": 3, "FCR": 10}, [24], 1),
        ({"vessel": 3}, [], 1),
        ({"flexor tendon": 3, "0002-0007-0005": 10}, [24], 1),
        ({"CSA left": 3}, [24], 0),
        ({"0002-0007-0005": 3, "ROI 7": 10}, [48], 0),
    ],
)
def test_what_is_called_otherwise_than_the_nerve_is_left_out(
    rois: dict[str, int], areas: list[int], left_out: int
) -> None:
    found = called(**rois)
    assert [int(one.mask.unpack().sum()) for one in found.outlines] == areas
    assert found.problems == (() if areas else ("The file holds no outlines for this clip.",))
    assert sum("it is left out" in remark for remark in found.remarks) == left_out


@pytest.mark.parametrize("subtype", [ROI_SUBTYPE.TEXT, ROI_SUBTYPE.IMAGE])
def test_text_and_pictures_are_no_areas(subtype: ROI_SUBTYPE) -> None:
    found = read(made(subtype=subtype, image_data=b"x", image_size=1))
    assert f"of the kind {subtype.name.lower()}" in found.problems[0]


def test_splines_are_told() -> None:
    roi = ImagejRoi.frompoints([[2, 3], [9, 3], [9, 9]])
    roi.options |= ROI_OPTIONS.SPLINE_FIT
    assert "fitted spline" in read(roi.tobytes()).problems[0]


def test_subpixel_rectangles_ovals_and_rotated_rectangles_are_filled() -> None:
    columns, rows = centres(HEIGHT, WIDTH)
    subpixel: Any = {"options": ROI_OPTIONS.SUB_PIXEL_RESOLUTION, "xd": 2.6, "yd": 3.0, "widthd": 5.0, "heightd": 4.0}
    rect = (columns > 2.6) & (columns < 7.6) & (rows > 3) & (rows < 7)
    same(read(made(**subpixel)), {0: rect})
    oval = ((columns - 5.1) / 2.5) ** 2 + ((rows - 5) / 2) ** 2 <= 1
    same(read(made(ROI_TYPE.OVAL, **subpixel)), {0: oval})
    data = bytearray(
        made(ROI_TYPE.FREEHAND, subtype=ROI_SUBTYPE.ROTATED_RECT, x1=5.1, y1=5.0, x2=15.1, y2=15.0, n_coordinates=0)
    )
    struct.pack_into(">f", data, 52, 6.0)
    along, aside = (columns - 5.1 + rows - 5) / np.sqrt(2), (rows - columns + 0.1) / np.sqrt(2)
    turned = (along > 0) & (along < np.hypot(10, 10)) & (np.abs(aside) < 3)
    same(read(bytes(data)), {0: turned})


def test_curves_of_composites_are_followed() -> None:
    # A circle of radius 8 as four cubic curves, the usual approximation, good to a fiftieth of a pixel.
    k = 8 * 0.5523
    path = [0, 20, 10, 3, 20, 10 + k, 12 + k, 18, 12, 18, 3, 12 - k, 18, 4, 10 + k, 4, 10, 3, 4, 10 - k, 12 - k, 2]
    path += [12, 2, 3, 12 + k, 2, 20, 10 - k, 20, 10, 4]
    roi = made(multi_coordinates=np.array(path, np.float32), shape_roi_size=len(path))
    columns, rows = centres(HEIGHT, WIDTH)
    found = read(roi).outlines[0].mask.unpack()
    assert (found ^ ((columns - 12) ** 2 + (rows - 10) ** 2 <= 64)).sum() <= 4
    quadratic = composite_paths([0.0, 0.0, 0.0, 2.0, 4.0, 0.0, 4.0, 4.0, 4.0])
    assert quadratic[0][0] == (0, 0)
    assert quadratic[0][8] == (3, 1)
    assert quadratic[0][-1] == (4, 4)


@pytest.mark.parametrize("path", [[1, 2, 3], [0, 1], [7], [4], [0, 1, 2, 3, 4, 5], [float("nan")], [float("inf"), 2]])
def test_damaged_paths_are_told(path: list[float]) -> None:
    with pytest.raises(ShapeError):
        composite_paths(path)


@pytest.mark.parametrize(
    ("name", "fields", "frame"),
    [
        ("a.roi", {"position": 3}, 2),
        ("a.roi", {"t_position": 4}, 3),
        ("a.roi", {"t_position": 1, "z_position": 5}, 4),
        ("a.roi", {"t_position": 2, "z_position": 1, "c_position": 1}, 1),
        ("a.roi", {"c_position": 4}, 3),
        ("a.roi", {"c_position": 4, "t_position": 1, "z_position": 1}, 3),
        ("a.roi", {"c_position": 1, "t_position": 1, "z_position": 1}, 0),
        ("0006-0123-0234.roi", {}, 5),
        ("0006-0123-0234.roi", {"c_position": 0, "position": 0}, 5),
        ("0002-0123-0234-1.roi", {}, 1),
    ],
)
def test_the_frame_is_told_by_position_or_name(name: str, fields: dict[str, Any], frame: int) -> None:
    (outline,) = preview(pack([(f"RoiSet/{name}", made(**fields))]), name="x", clip=CLIP).outlines
    assert outline.frame == frame


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "a.roi does not name its frame."),
        ({"position": 7}, "a.roi is of frame 6; the clip has frames 0 to 5."),
        ({"t_position": 2, "z_position": 2},
         "a.roi belongs to a stack with several of frames, slices and channels; a clip has frames only."),
        ({"t_position": 2, "c_position": 2},
         "a.roi belongs to a stack with several of frames, slices and channels; a clip has frames only."),
    ],
)  # fmt: skip
def test_frames_that_are_not_there_are_told(fields: dict[str, Any], problem: str) -> None:
    assert preview(made(**fields), name="a.roi", clip=CLIP).problems == (problem,)


def test_several_rois_of_a_frame_are_parts_of_its_nerve() -> None:
    two = pack([("a.roi", made(position=2)), ("b.roi", made(position=2, left=20, right=22)), ("notes.txt", b"hi")])
    mask = EMPTY.copy()
    mask[4:10, 3:9] = mask[4:10, 20:22] = True
    same(preview(two, name="x", clip=CLIP), {1: mask})


def named(*labels: str) -> Preview:
    rois = [(f"{at}.roi", made(position=2, left=6 * at, right=6 * at + 4, name=name)) for at, name in enumerate(labels)]
    return preview(pack(rois), name="x", clip=CLIP)


@pytest.mark.parametrize("labels", [("MN", "UA"), ("MN", "FCR"), ("CSA", "ref"), ("medial part", "TCL")])
def test_rois_of_different_names_are_no_parts_of_one_nerve(labels: tuple[str, str]) -> None:
    assert any("Which is the nerve" in problem for problem in named(*labels).problems)


@pytest.mark.parametrize("labels", [("MN1", "MN2"), ("part a", "part b"), ("1", "2"), ("nerve", "nerve-2"), ("a", "b")])
def test_parts_of_one_nerve_may_be_numbered(labels: tuple[str, str]) -> None:
    found = named(*labels)
    assert found.problems == ()
    assert len(found.outlines) == 1


def test_what_lies_upon_another_outline_is_no_part_beside_it() -> None:
    both = pack([("1.roi", made(position=2)), ("2.roi", made(position=2, left=4, right=10))])
    assert any("do not overlap" in problem for problem in preview(both, name="x", clip=CLIP).problems)


def test_frames_are_kept_as_ranges() -> None:
    assert as_ranges([]) == []
    assert as_ranges([2]) == [[2, 2]]
    assert as_ranges([0, 1, 2, 5, 7, 8]) == [[0, 2], [5, 5], [7, 8]]


@pytest.mark.parametrize("ranges", ["[[0, 1], 3]", '[["a", 1]]', "[[1]]", "[[0, -1]]"])
def test_a_damaged_comment_is_refused(ranges: str) -> None:
    with pytest.raises(AnnotationError):
        preview(pack([], f'{{"frames_without_nerve": {ranges}}}'.encode()), name="x", clip=CLIP)


def test_a_comment_cannot_list_frames_without_end() -> None:
    found = preview(pack([], b'{"frames_without_nerve": [[2, 99999999999]]}'), name="x", clip=CLIP)
    assert [outline.frame for outline in found.outlines] == [2, 3, 4, 5]
    assert found.problems == ("The entry of frame 6 without nerve is of frame 6; the clip has frames 0 to 5.",)
