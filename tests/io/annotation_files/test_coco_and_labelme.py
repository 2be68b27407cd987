import base64
import json
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from pycocotools import mask as reader
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from nerveapp import NOTICE
from nerveapp.domain.outline_files import Format, Preview
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import export, preview
from nerveapp.io.annotation_files.coco_runs import mask_of, runs_of
from nerveapp.io.annotation_files.zip_files import pack
from tests.io.annotation_files.samples import CLIP, EMPTY, HEIGHT, VERSIONS, WIDTH, blob, chosen, masks, same

SQUARE = [[2, 3], [8, 3], [8, 7], [2, 7]]
FLAT = [2, 3, 8, 3, 8, 7, 2, 7]


def square() -> Mask:
    mask = EMPTY.copy()
    mask[3:7, 2:8] = True
    return mask


@given(mask=masks())
@settings(max_examples=100, deadline=None)
def test_run_lengths_are_those_of_pycocotools(mask: Mask) -> None:
    packed = reader.encode(np.asfortranarray(mask.astype(np.uint8)))
    np.testing.assert_array_equal(mask_of(packed["counts"].decode(), *mask.shape), mask)
    plain = {"size": list(mask.shape), "counts": runs_of(mask)}
    assert reader.frPyObjects(plain, *mask.shape) == packed


def test_known_run_lengths() -> None:
    mask = np.array([[0, 1, 1], [1, 1, 0]], np.bool_)
    assert runs_of(mask) == [1, 4, 1]
    assert runs_of(~mask) == [0, 1, 4, 1]
    np.testing.assert_array_equal(mask_of([1, 4, 1], 2, 3), mask)


def test_pycocotools_reads_the_export(tmp_path: Any) -> None:
    found = {0: blob(1), 2: EMPTY, 5: blob(2)}
    path = tmp_path / "coco.json"
    path.write_bytes(export(Format.COCO, chosen(found), VERSIONS)[0])
    coco = COCO(str(path))
    assert NOTICE in coco.dataset["info"]["description"]
    assert [category["name"] for category in coco.loadCats(coco.getCatIds())] == ["nerve"]
    assert len(coco.getAnnIds()) == 2
    for image in coco.loadImgs(coco.getImgIds()):
        mask = found[image["frame"]]
        assert image["file_name"] == f"ab12cd34_frame_{image['frame']:06d}.png"
        assert image["no_nerve"] is not mask.any()
        for annotation in coco.loadAnns(coco.getAnnIds(image["id"])):
            np.testing.assert_array_equal(coco.annToMask(annotation), mask)
            assert annotation["area"] == mask.sum()
            assert annotation["iscrowd"] == isinstance(annotation["segmentation"], dict), "run lengths are for crowds"
            assert annotation["bbox"] == reader.toBbox(coco.annToRLE(annotation)).tolist()


@given(mask=masks())
@settings(max_examples=100, deadline=None)
def test_pycocotools_fills_what_is_written_to_the_very_mask(mask: Mask) -> None:
    data, _ = export(Format.COCO, chosen({0: mask}), VERSIONS)
    found = COCO()
    found.dataset = json.loads(data)
    found.createIndex()
    for one in found.loadAnns(found.getAnnIds()):
        np.testing.assert_array_equal(found.annToMask(one), mask)


def test_an_outline_without_holes_is_no_crowd_and_scores_as_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    ring = box(4, 4, 20, 16) & ~box(8, 8, 12, 12)
    data, _ = export(Format.COCO, chosen({0: square(), 2: square() | box(10, 0, 12, 2), 3: ring}), VERSIONS)
    truth = COCO()
    truth.dataset = json.loads(data)
    truth.createIndex()
    crowds = [one["iscrowd"] for one in truth.dataset["annotations"]]
    assert crowds == [0, 0, 1]
    results = [one | {"score": 1.0, "segmentation": truth.annToRLE(one)} for one in truth.dataset["annotations"][:2]]
    scores = COCOeval(truth, truth.loadRes(results), "segm")
    scores.evaluate()
    scores.accumulate()
    scores.summarize()
    assert scores.stats[0] == pytest.approx(1)
    capsys.readouterr()


def coco(segmentation: object, **image: object) -> bytes:
    return json.dumps(
        {
            "images": [{"id": 7, "file_name": "wrist_0003.jpg", "width": WIDTH, "height": HEIGHT} | image],
            "annotations": [{"image_id": 7, "category_id": 4, "segmentation": segmentation}],
            "categories": [{"id": 4, "name": "Median Nerve"}],
        }
    ).encode()


def read(data: bytes, name: str = "x.json") -> Preview:
    return preview(data, name=name, clip=CLIP)


def test_polygons_and_packed_run_lengths_of_other_tools_are_taken() -> None:
    same(read(coco([FLAT])), {3: square()})
    same(read(coco([FLAT, [10, 0, 12, 0, 12, 2, 10, 2]])), {3: square() | box(10, 0, 12, 2)})
    packed = reader.encode(np.asfortranarray(blob(1).astype(np.uint8)))
    same(read(coco({"size": [HEIGHT, WIDTH], "counts": packed["counts"].decode()})), {3: blob(1)})
    same(read(coco([FLAT], frame=5)), {5: square()})


def box(left: int, top: int, right: int, bottom: int) -> Mask:
    mask = EMPTY.copy()
    mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (coco([FLAT], width=99), "Image 1 is 99 x 21 px; the clip is 34 x 21 px."),
        (coco([FLAT], frame=6), "Image 1 is of frame 6; the clip has frames 0 to 5."),
        (coco([FLAT], file_name="wrist"), "Image 1 does not name its frame."),
        (coco([FLAT], frame="3"), "Image 1 does not name its frame."),
        (coco([[1, 2, 3]]), "Annotation 1 has a polygon with an odd count of numbers."),
        (coco([[1, 2, 3, 4]]), "Annotation 1 has 2 points; an outline needs at least 3."),
        (coco([[90, 90, 95, 90, 95, 95]]), "Annotation 1 lies outside of the frame or encloses no pixel."),
        (coco([[1, "a", 3, 4, 5, 6]]), "Annotation 1 holds something that is no number."),
        (coco([]), "Annotation 1 has no outline."),
        (coco({"size": [34, 21], "counts": [714]}), "Annotation 1 is not of the clip's size, 21 rows and 34 columns."),
        (coco({"size": [21, 34], "counts": [713]}), "Annotation 1 has run lengths that do not fill the frame."),
        (coco({"size": [21, 34], "counts": "oo"}), "Annotation 1 has packed run lengths that are cut off."),
        (coco({"size": [21, 34], "counts": [714.5]}), "Annotation 1 has run lengths that are no whole numbers."),
        (coco([FLAT]).replace(b"Median Nerve", b"ulnar"),
         "Annotation 1: the label 'ulnar' is unknown; 'nerve' or 'median' is taken."),
        (coco([FLAT]).replace(b'"image_id": 7', b'"image_id": 8'),
         "Annotation 1 belongs to no image of the file that could be taken."),
    ],
)  # fmt: skip
def test_problems_of_coco(data: bytes, problem: str) -> None:
    assert problem in read(data).problems
    assert not read(data).outlines


def test_an_image_nobody_outlined_is_not_taken_for_one_without_nerve() -> None:
    content = json.loads(coco([FLAT]))
    content["images"].append({"id": 8, "file_name": "wrist_4.jpg"})
    same(read(json.dumps(content).encode()), {3: square()})
    content["images"].append({"id": 9, "file_name": "wrist-003.jpg"})
    assert read(json.dumps(content).encode()).problems == ("Image 3 gives frame 3 a second time.",)


def labelme(*shapes: dict[str, object], **more: object) -> bytes:
    return json.dumps({"version": "5.0", "shapes": shapes, "imageWidth": WIDTH, "imageHeight": HEIGHT} | more).encode()


def shape(points: object, kind: str = "polygon", label: str = "nerve") -> dict[str, object]:
    return {"label": label, "points": points, "shape_type": kind}


def test_outlines_of_both_sides_of_one_frame_are_a_problem() -> None:
    sides = ("left median nerve", "right median nerve")
    found = read(labelme(shape(SQUARE, label=sides[0]), shape([[10, 0], [12, 2]], "rectangle", sides[1])), "3.json")
    assert any("Frame 3 has outlines of both sides" in problem for problem in found.problems)
    flat = [value for point in SQUARE for value in point]
    whole = {
        "images": [{"id": at, "file_name": f"{at}.png", "width": WIDTH, "height": HEIGHT} for at in (2, 3)],
        "categories": [{"id": at, "name": name} for at, name in enumerate(sides)],
    }
    drawn = [{"image_id": at + 2, "category_id": at, "segmentation": [flat]} for at in range(2)]
    found = read(json.dumps(whole | {"annotations": drawn}).encode(), "x.json")
    assert found.problems == (), "each frame is of one side"
    beside = {"image_id": 2, "category_id": 1, "segmentation": [[20, 3, 26, 3, 26, 7, 20, 7]]}
    found = read(json.dumps(whole | {"annotations": [*drawn, beside]}).encode(), "x.json")
    assert found.problems == ("Frame 2 has outlines of both sides. Import those of this clip's side alone.",)


def test_labelme_shapes_are_filled() -> None:
    assert read(labelme(shape(SQUARE)), "a_0003.json").outlines[0].frame == 3
    same(read(labelme(shape(SQUARE)), "3.json"), {3: square()})
    same(read(labelme(shape([[8, 7], [2, 3]], "rectangle")), "3.json"), {3: square()})
    same(read(labelme(shape(SQUARE, "rectangle")), "3.json"), {3: square()})
    turned = [[10, 2], [16, 8], [12, 12], [6, 6]]
    crossed = [SQUARE[at] for at in (0, 1, 3, 2)]
    same(read(labelme(shape(crossed, "rectangle")), "3.json"), {3: square()})
    (as_polygon,) = read(labelme(shape(turned)), "3.json").outlines
    assert 40 < as_polygon.mask.unpack().sum() < 60, "and its bounding box is of 100"
    for kind in ("rectangle", "rotation", "oriented_rectangle"):
        same(read(labelme(shape(turned, kind)), "3.json"), {3: as_polygon.mask.unpack()})
    both = labelme(shape(SQUARE), shape([[10, 0], [12, 2]], "rectangle", "median_nerve"))
    same(read(both, "3.json"), {3: square() | box(10, 0, 12, 2)})
    circle = read(labelme(shape([[17, 10], [17, 17]], "circle")), "3.json").outlines[0].mask.unpack()
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    np.testing.assert_array_equal(circle, (columns + 0.5 - 17) ** 2 + (rows + 0.5 - 10) ** 2 <= 49)


def painted(values: Any, corner: tuple[int, int] = (2, 3)) -> dict[str, object]:
    """A shape as LabelMe's masks are: a picture of its box."""
    encoded = cv2.imencode(".png", np.asarray(values, np.uint8))[1].tobytes()
    height, width = np.shape(values)
    points = [list(corner), [corner[0] + width - 1, corner[1] + height - 1]]
    return shape(points, "mask") | {"mask": base64.b64encode(encoded).decode()}


def test_labelme_masks_are_painted_where_they_lie() -> None:
    ring = np.ones((4, 6), np.uint8)
    ring[1:3, 1:5] = 0
    for values in (ring, ring * 255):
        mask = EMPTY.copy()
        mask[3:7, 2:8] = ring.astype(np.bool_)
        same(read(labelme(painted(values)), "3.json"), {3: mask})
    for wrong in (painted(ring, (30, 3)), painted(ring, (-1, 3)), painted(ring) | {"mask": "@"}, painted(ring * 0)):
        found = read(labelme(wrong), "3.json")
        assert not found.outlines
        assert len(found.problems) == 1


def test_what_labelme_leaves_empty_is_what_it_always_was() -> None:
    bare = shape(SQUARE) | {"shape_type": None}
    same(read(labelme(bare, imageWidth=None, imageHeight=None), "3.json"), {3: square()})


@pytest.mark.parametrize("label", ["Nerves", "nerve_1", "Median Nerve (right)", "median-left", "NERVE 2"])
def test_numbers_and_sides_in_labels_are_no_other_structure(label: str) -> None:
    same(read(labelme(shape(SQUARE, label=label)), "3.json"), {3: square()})


@pytest.mark.parametrize("label", ["ulnar nerve", "nerve sheath", "artery", "", "1", "left"])
def test_other_labels_are_told(label: str) -> None:
    assert "is unknown" in read(labelme(shape(SQUARE, label=label)), "3.json").problems[0]


def test_labelme_files_come_in_a_zip_beside_their_pictures() -> None:
    picture = b"\x89PNG\r\n\x1a\n"
    files = [("set/f1.json", labelme(shape(SQUARE))), ("set/f1.png", picture), ("set/f4.json", labelme(shape(SQUARE)))]
    same(preview(pack(files), name="x", clip=CLIP), {1: square(), 4: square()})
    coco_zip = pack([("annotations/all.json", coco([FLAT])), ("images/wrist_0003.png", picture)])
    same(preview(coco_zip, name="x", clip=CLIP), {3: square()})


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (labelme(shape(SQUARE), imageWidth=5), "f3.json is 5 x 21 px; the clip is 34 x 21 px."),
        (labelme(), "f3.json outlines nothing; leave it out, and mark a frame without nerve in the app."),
        (labelme(shape(SQUARE, label="vessel")),
         "Shape 1 of f3.json: the label 'vessel' is unknown; 'nerve' or 'median' is taken."),
        (labelme(shape(SQUARE, "linestrip")),
         "Shape 1 of f3.json is a linestrip; polygons, circles, rectangles and masks are taken."),
        (labelme(shape([[1, 1]], "circle")), "Shape 1 of f3.json has 1 points; it needs 2."),
        (labelme(shape([[1, 1, 1]])), "Shape 1 of f3.json has points that are no pairs of numbers."),
        (labelme(shape("abc")), "Shape 1 of f3.json has no list of points."),
        (labelme(shape([[1, 1], [1e9, 1], [1, 5]])), "Shape 1 of f3.json has points far outside of the frame."),
        (labelme(shape([[90, 1], [99, 1], [99, 5]])),
         "Shape 1 of f3.json lies outside of the frame or encloses no pixel."),
    ],
)  # fmt: skip
def test_problems_of_labelme(data: bytes, problem: str) -> None:
    assert read(data, "f3.json").problems == (problem,)
    assert not read(data, "f3.json").outlines


def coco_of(annotations: list[dict[str, Any]], **parts: Any) -> bytes:
    images = [{"id": 1, "file_name": "frame_000003.png", "width": WIDTH, "height": HEIGHT}]
    categories = [{"id": 1, "name": "nerve"}]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories} | parts).encode()


def test_a_group_beside_an_outline_is_left_out_and_alone_it_is_taken() -> None:
    whole = {"size": [HEIGHT, WIDTH], "counts": runs_of(~EMPTY)}
    crowd = {"image_id": 1.0, "category_id": 1, "segmentation": whole, "iscrowd": 1}
    single = {"image_id": 1, "category_id": 1, "segmentation": [FLAT], "iscrowd": 0}
    found = preview(coco_of([crowd, single]), name="x.json", clip=CLIP)
    same(found, {3: square()})
    assert "Groups (iscrowd) beside single outlines were left out: 1" in " ".join(found.remarks)
    holed = square()
    holed[4, 4] = False
    crowd["segmentation"] = {"size": [HEIGHT, WIDTH], "counts": runs_of(holed)}
    same(preview(coco_of([crowd]), name="x.json", clip=CLIP), {3: holed})


def test_a_category_of_two_names_is_refused_and_another_number_is_told() -> None:
    single = [{"image_id": 1, "category_id": 1, "segmentation": [FLAT]}]
    twice = [{"id": 1, "name": "artery"}, {"id": 1, "name": "nerve"}]
    with pytest.raises(AnnotationError, match="two names"):
        preview(coco_of(single, categories=twice), name="x.json", clip=CLIP)
    unused = [{"id": 1, "name": "nerve"}, {"id": 1, "name": "Nerve"}, {"id": 2, "name": "a"}, {"id": 2, "name": "b"}]
    same(preview(coco_of(single, categories=unused), name="x.json", clip=CLIP), {3: square()})
    image = {"id": 1, "file_name": "frame_000005.png", "frame": 2, "width": WIDTH, "height": HEIGHT}
    found = preview(coco_of(single, images=[image]), name="x.json", clip=CLIP)
    same(found, {2: square()})
    assert "its number is 2" in " ".join(found.remarks)


def test_a_group_is_left_out_beside_a_single_outline_of_the_nerve_alone() -> None:
    whole = {"size": [HEIGHT, WIDTH], "counts": runs_of(square())}
    crowd = {"image_id": 1, "category_id": 1, "iscrowd": 1, "segmentation": whole}
    artery = {"image_id": 1, "category_id": 2, "segmentation": [[20, 3, 24, 3, 24, 7, 20, 7]], "iscrowd": 0}
    categories = [{"id": 1, "name": "nerve"}, {"id": 2, "name": "artery"}]
    found = preview(coco_of([crowd, artery], categories=categories), name="x.json", clip=CLIP)
    assert [one.frame for one in found.outlines] == [3]
    assert np.array_equal(found.outlines[0].mask.unpack(), square())
