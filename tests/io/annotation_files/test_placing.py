"""An outline belongs to the frame whose name it bears; digits count only where a clip has no names."""

import json
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from roifile import ROI_TYPE, ImagejRoi

from nerveapp.domain.outline_files import Format, Known, Preview, Question
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import export, preview
from nerveapp.io.annotation_files.frames import frame_of_name
from nerveapp.io.annotation_files.still_names import StillNames
from nerveapp.io.annotation_files.zip_files import pack
from tests.io.annotation_files.samples import CLIP, EMPTY, FRAMES, HEIGHT, VERSIONS, WIDTH, blob, chosen, same

FROM_1 = tuple(f"img_{number:04d}.png" for number in range(1, FRAMES + 1))
STILLS = replace(CLIP, names=FROM_1)
IN_FOLDERS = replace(CLIP, names=("a/1.png", "a/2.png", "b/1.png", "b/2.png", "c/x.png", "c/x.jpg"))
PNG = cv2.imencode(".png", blob(1).astype(np.uint8) * np.uint8(255))[1].tobytes()
SQUARE = [[2, 3], [8, 3], [8, 7], [2, 7]]


def labelme(**more: object) -> bytes:
    shape = {"label": "nerve", "points": SQUARE, "shape_type": "polygon"}
    return json.dumps({"shapes": [shape], "imageWidth": WIDTH, "imageHeight": HEIGHT} | more).encode()


def coco(*images: dict[str, object], **more: object) -> bytes:
    numbered = [{"id": at} | image for at, image in enumerate(images)]
    flat = [value for point in SQUARE for value in point]
    outlines = [{"image_id": at, "category_id": 1, "segmentation": [flat]} for at in range(len(images))]
    categories = [{"id": 1, "name": "nerve"}]
    return json.dumps({"images": numbered, "annotations": outlines, "categories": categories} | more).encode()


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("frame_0012.png", 12),
        ("clip_mp4-0012_jpg.rf.5b0f9c12d4e834a1bc55d8f0a1b2c034.jpg", 12),
        ("clip_mp4-0012_jpg.rf.5b0f9c12d4e834a1bc55d8f0a1b2c03f.jpg", 12),
        ("frame_0012_640x48.png", 12),
        ("frame_0012_v2.png", 12),
        ("clip-12_v2.png", 12),
        ("clip_0012_640x480.png", 12),
        ("frame_12_of_99.png", 12),
        ("clip_12_of_99.png", 12),
        ("frame_12_t0.48.png", 12),
        ("frame_0012_mask.png", 12),
        ("0012_mask_1.png", 12),
        ("0012_nerve1.png", 12),
        ("0012_rater2.png", 12),
        ("0012-2024-03-12.png", 12),
        ("clip_0012_20240312.png", 12),
        ("f12_patient3.png", 12),
        ("Bild 12 von 99.png", 12),
        ("clip_0012_t=0.48.png", 12),
        ("P1_mask_0012.png", 12),
        ("rater2_0012.png", 12),
        ("clip7_0012_label.nii.png", 12),
        ("Frame 12.json", 12),
        ("frame12_20240312.png", 12),
        ("median_left_2024-03-12.png", None),
        ("median_left_20240312.png", None),
        ("median_2024-03-12_10-11-45.png", None),
        ("Screenshot 2024-03-01 at 10.11.45.png", None),
        ("vlcsnap-2024-03-01-10h11m12s245.png", None),
        ("nerve_0.04.png", None),
        ("clip.mp4#t=3.4.jpg", None),
        ("clip3.0012.png", 12),
        ("P01_2024-03-12_000045.png", 45),
        ("scan_20240312_000123.png", 123),
        ("S012_wrist_left_20240312_00045.png", 45),
        ("IMG_20240312_101112.png", None),
        ("US-3.007.png", 7),
        ("frame 12 0.48.png", 12),
        ("S3/keyframe_4/12.png", 12),
        ("mask_0012.png", 12),
        ("9f3a01bc-clip_0012.png", 12),
        ("task-17-annotation-3-by-1-tag-nerve-0.png", None),
        ("clip_0.48s.png", None),
        ("nerve.png", None),
    ],
)
def test_a_name_tells_its_frame_whatever_programs_add_to_it(name: str, frame: int | None) -> None:
    assert frame_of_name(name) == frame


def roi(name: str = "0012-0034", **fields: Any) -> bytes:
    return ImagejRoi(roitype=ROI_TYPE.RECT, left=3, top=4, right=9, bottom=10, name=name, **fields).tobytes()


def frames(found: Preview) -> list[int]:
    assert found.problems == ()
    return [outline.frame for outline in found.outlines]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (labelme(imagePath="img_0002.png"), "anything.json"),
        (labelme(imagePath="..\\frames\\IMG_0002.JPG"), "anything.json"),
        (labelme(), "img_0002.json"),
        (labelme(imagePath="renamed.png"), "img_0002.json"),
        (pack([("set/img_0002.json", labelme(imagePath="img_0002.png"))]), "x.zip"),
        (coco({"file_name": "img_0002.png"}), "x.json"),
        (coco({"file_name": "images/a/img_0002.png", "frame_id": 4}), "x.json"),
        (coco({"file_name": "img_0002_png.rf.0123456789abcdef0123456789abcdef.jpg"}), "x.json"),
        (PNG, "img_0002.png"),
        (PNG, "Img_0002_MASK.png"),
        (PNG, "img_0002-mask.png"),
        (PNG, "img_0002_seg.png"),
        (PNG, "mask_img_0002.png"),
        (PNG, "img_0002.png.png"),
        (PNG, "1a2b3c4d-img_0002.png"),
        (pack([("masks/img_0002_label.png", PNG)]), "x.zip"),
        (roi("img_0002.png"), "a.roi"),
        (roi("img_0002"), "a.roi"),
        (roi(), "img_0002.roi"),
        (roi("img_0002.png", position=2), "a.roi"),
        (roi(position=2), "a.roi"),
    ],
)
def test_an_outline_belongs_to_the_still_whose_name_it_bears(data: bytes, name: str) -> None:
    assert frames(preview(data, name=name, clip=STILLS)) == [1]


@pytest.mark.parametrize(
    ("data", "name", "problem"),
    [
        (PNG, "wrist_3.png", "bears the name of none of the clip's 6 stills (img_0001.png, img_0002.png, "),
        (PNG, "mask.png", "bears the name of none"),
        (labelme(imagePath="other_0002.png"), "3.json", "bears the name of none"),
        (coco({"file_name": "other_0002.png", "frame_id": 1}), "x", "bears the name of none"),
        (labelme(imagePath="img_0002.png"), "img_0003.json",
         "may be of 2 stills: img_0002.png, img_0003.png. Name it after one"),
        (roi("img_0002.png", position=5), "a.roi", "is named after img_0002.png, but its position is 5"),
        (roi(), "a.roi", "does not name its frame"),
    ],
)  # fmt: skip
def test_a_name_of_no_still_is_asked_about_and_never_frame_0(data: bytes, name: str, problem: str) -> None:
    for clip in (STILLS, replace(STILLS, frame_count=1)) if b"Iout" not in data else (STILLS,):
        found = preview(data, name=name, clip=clip)
        assert problem in found.problems[0]
        assert not found.outlines


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a/2.png", (1,)),
        ("B/2_mask.PNG", (3,)),
        ("labels/b/1.json", (2,)),
        ("1.json", (0, 2)),
        ("x.jpg", (5,)),
        ("x.json", (4, 5)),
        ("3.png", ()),
        ("", ()),
    ],
)
def test_folders_and_suffixes_count_only_where_they_must(name: str, found: tuple[int, ...]) -> None:
    assert StillNames(IN_FOLDERS.names).frames_of(name) == found


@given(
    names=st.lists(
        st.text(st.characters(exclude_characters="/\\.", exclude_categories=["Cs"]), min_size=1, max_size=12),
        min_size=1,
        max_size=8,
        unique_by=lambda name: name.casefold(),
    )
)
def test_every_still_is_found_by_its_own_name(names: list[str]) -> None:
    stills = StillNames([f"{name}.png" for name in names])
    for frame, name in enumerate(names):
        assert frame in stills.frames_of(f"{name}.png")


@pytest.mark.parametrize("fmt", [Format.PNG, Format.COCO, Format.NIFTI, Format.IMAGEJ, Format.TRAINING])
def test_what_this_app_wrote_of_stills_comes_back_whatever_they_are_called(fmt: Format) -> None:
    found = {1: blob(1), 2: EMPTY, 5: blob(2)}
    for names in (FROM_1, tuple(f"frame_{number:06d}.png" for number in range(1, FRAMES + 1))):
        clip = replace(CLIP, names=names)
        same(preview(export(fmt, chosen(found, clip), VERSIONS)[0], name="x", clip=clip), found)


def test_a_training_set_opened_as_stills_takes_its_own_masks() -> None:
    data, _ = export(Format.TRAINING, chosen({2: blob(1), 5: blob(2)}), VERSIONS)
    names = ("images/ab12cd34_frame_000002.png", "images/ab12cd34_frame_000005.png")
    clip = replace(CLIP, sha256="0" * 64, frame_count=2, names=names)
    same(preview(data, name="x", clip=clip), {0: blob(1), 1: blob(2)})


def test_numbers_that_may_count_from_0_or_from_1_are_asked_about() -> None:
    masks = pack([(f"wrist_{number}.png", PNG) for number in range(1, FRAMES + 1)])
    ids = coco(*({"file_name": "", "frame_id": number} for number in (2, FRAMES)))
    for data, counted in ((masks, list(range(FRAMES))), (ids, [1, FRAMES - 1])):
        found = preview(data, name="x", clip=CLIP)
        assert found.asks == {Question.FIRST_FRAME}
        assert found.to_answer == ((Question.FIRST_FRAME, found.problems[0]),)
        assert "--" not in found.problems[0], "a page has no options"
        assert not found.outlines
        assert frames(preview(data, name="x", clip=CLIP, known=Known(first_frame=1))) == counted
    found = preview(masks, name="x", clip=CLIP, known=Known(first_frame=0))
    assert found.problems == ("wrist_6.png is of frame 6; the clip has frames 0 to 5.",)
    assert frames(preview(pack([("a_1.png", PNG), ("a_3.png", PNG)]), name="x", clip=CLIP)) == [1, 3]


def test_how_numbers_were_counted_is_said_unless_this_app_wrote_them() -> None:
    found = preview(PNG, name="wrist_3.png", clip=CLIP)
    assert found.remarks == ("The numbers of frames are taken to count from 0.",)
    assert found.asks == {Question.FIRST_FRAME}, "they may as well count from 1"
    assert frames(preview(PNG, name="wrist_3.png", clip=CLIP, known=Known(first_frame=1))) == [2]
    assert preview(PNG, name="wrist_0.png", clip=CLIP).asks == set(), "a frame 0 leaves nothing open"
    assert preview(PNG, name="frame_000003.png", clip=CLIP).remarks == ()
    assert preview(coco({"file_name": "frame_000003.PNG"}), name="x", clip=CLIP).remarks == ()


def test_names_that_contradict_each_other_are_a_problem() -> None:
    data = labelme(imagePath="frame_000003.png")
    assert preview(data, name="frame_2.json", clip=CLIP).problems == ("frame_2.json names two frames: 3 and 2.",)


def test_frame_ids_of_videos_count_from_0() -> None:
    data = coco({"file_name": "v/000001.jpg", "frame_id": 0}, {"file_name": "v/000004.jpg", "frame_id": 3})
    assert frames(preview(data, name="x", clip=CLIP)) == [0, 3]


def test_of_several_videos_the_one_called_like_the_clip_is_taken() -> None:
    images: list[dict[str, object]] = [
        {"file_name": f"{at}.jpg", "frame_id": at, "video_id": at % 2} for at in range(1, 5)
    ]
    data = coco(*images, videos=[{"id": 0, "name": "vids/Left.avi"}, {"id": 1, "name": "right"}])
    assert frames(preview(data, name="x", clip=CLIP, known=Known(clip_name="left.mp4"))) == [2, 4]
    assert frames(preview(data, name="x", clip=CLIP, known=Known(clip_name="right.mp4"))) == [1, 3]
    with pytest.raises(AnnotationError, match=r"2 videos \(vids/Left.avi, right\)"):
        preview(data, name="x", clip=CLIP, known=Known(clip_name="other.mp4"))


def test_a_roi_of_a_later_slice_is_not_put_on_a_clip_of_one_frame() -> None:
    one = replace(CLIP, frame_count=1)
    assert preview(roi(position=3), name="a.roi", clip=one).problems == (
        "a.roi is of frame 2; the clip has frames 0 to 0.",
    )
    for data in (roi(), roi(c_position=2), roi(position=1)):
        assert frames(preview(data, name="a.roi", clip=one)) == [0]


MASK_OF_ANOTHER = "cdcdcdcd_frame_000005.png"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (coco({"file_name": MASK_OF_ANOTHER}), "coco.json"),
        (labelme(imagePath=MASK_OF_ANOTHER), "a.json"),
        (labelme(), "cdcdcdcd_frame_000005.json"),
        (PNG, MASK_OF_ANOTHER),
        (pack([(MASK_OF_ANOTHER, PNG)]), "x.zip"),
    ],
)
def test_what_this_app_named_after_another_clip_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(AnnotationError, match="all of other clips"):
        preview(data, name=name, clip=CLIP)


def test_of_a_project_the_part_of_the_clip_is_taken() -> None:
    own = f"{CLIP.sha256[:8]}_frame_000003.png"
    for data in (coco({"file_name": own}, {"file_name": MASK_OF_ANOTHER}), pack([(own, PNG), (MASK_OF_ANOTHER, PNG)])):
        found = preview(data, name="x", clip=CLIP)
        assert [one.frame for one in found.outlines] == [3]
        assert any("other clips were left out: 1" in remark for remark in found.remarks)


BOTH = [
    coco({"file_name": "clipA_0003.png"}, {"file_name": "clipB_0005.png"}),
    coco({"file_name": "clipA/0003.png"}, {"file_name": "clipB/0005.png"}),
    pack([("clipA_0003.png", PNG), ("clipB_0005.png", PNG)]),
    pack([("masks/clipA/0003.png", PNG), ("masks/clipB/0005.png", PNG)]),
    pack([("clipA/0003.json", labelme(imagePath="0003.png")), ("clipB/0005.json", labelme(imagePath="0005.png"))]),
]


@pytest.mark.parametrize("data", BOTH)
def test_outlines_of_two_series_are_told_apart_by_the_clips_name(data: bytes) -> None:
    found = preview(data, name="x", clip=CLIP, known=Known(clip_name="clipA.mp4"))
    assert [one.frame for one in found.outlines] == [3]
    with pytest.raises(AnnotationError, match=r"several series: clipa, clipb"):
        preview(data, name="x", clip=CLIP, known=Known(clip_name="wrist.mp4"))


@pytest.mark.parametrize(
    "names",
    [
        ("train/clip_0003.png", "val/clip_0005.png"),
        ("frame_3.png", "Frame-0005.png"),
        ("3.png", "0005.png"),
        ("clip_0003_mask.png", "clip_0005.png"),
        ("20240312_frame_000003.png", "20240312_frame_000005.png"),
    ],
)
def test_one_series_is_taken_as_one(names: tuple[str, ...]) -> None:
    found = preview(pack([(name, PNG) for name in names]), name="x", clip=CLIP)
    assert [one.frame for one in found.outlines] == [3, 5]


def test_the_masks_of_another_analysis_are_refused() -> None:
    about = json.dumps({"clip": {"sha256": "cd" * 32}}).encode()
    with pytest.raises(AnnotationError, match="of another clip"):
        preview(pack([("summary.json", about), ("masks/mask_000003.png", PNG)]), name="x", clip=CLIP)
    about = json.dumps({"clip": {"sha256": CLIP.sha256}}).encode()
    found = preview(pack([("summary.json", about), ("masks/mask_000003.png", PNG)]), name="x", clip=CLIP)
    assert [one.frame for one in found.outlines] == [3]


@pytest.mark.parametrize("called", ["{:06d}.png", "{}.png", "frame_{:06d}.png", "img_{:06d}.png"])
def test_masks_of_a_result_of_stills_go_to_the_frames_they_are_of(called: str) -> None:
    stills = replace(CLIP, names=tuple(called.format(at + 1) for at in range(FRAMES)))
    about = json.dumps({"clip": {"sha256": CLIP.sha256}}).encode()
    masks = [(f"masks/mask_{at:06d}.png", PNG) for at in (1, 3)]
    found = preview(pack([("summary.json", about), *masks]), name="x", clip=stills)
    assert [one.frame for one in found.outlines] == [1, 3]
    assert found.problems == ()
    for alone in (pack(masks), PNG):  # nothing says whether the number is a frame's or a still's
        found = preview(alone, name="mask_000003.png", clip=stills)
        assert found.outlines == ()
        assert "import it with the summary.json of its result" in found.problems[-1]


def test_masks_numbered_as_stills_are_go_to_them_where_they_can_be_of_no_result() -> None:
    stills = replace(CLIP, names=tuple(f"{at + 1:06d}.png" for at in range(FRAMES)))
    masks = [(f"masks/mask_{at:06d}.png", PNG) for at in range(1, FRAMES + 1)]
    found = preview(pack(masks), name="x", clip=stills)
    assert [one.frame for one in found.outlines] == list(range(FRAMES))
    assert found.problems == ()


def as_png(mask: np.ndarray) -> bytes:
    return cv2.imencode(".png", 255 * mask.astype(np.uint8))[1].tobytes()


def test_a_drawn_line_and_a_speck_are_no_areas_and_a_nerve_with_a_hole_is() -> None:
    line, hollow, speck = (np.zeros((HEIGHT, WIDTH), np.uint8) for _ in range(3))
    cv2.ellipse(line, (17, 10), (12, 8), 0, 0, 360, 1, 2)
    cv2.ellipse(hollow, (17, 10), (12, 8), 0, 0, 360, 1, -1)
    hollow[8:12, 15:19] = 0
    speck[3, 3:6] = 1
    found = preview(as_png(line), name="frame_3.png", clip=CLIP)
    assert found.outlines == ()
    assert found.problems == ("frame_3.png is a line drawn around something, which is not filled: fill it.",)
    found = preview(as_png(speck), name="frame_3.png", clip=CLIP)
    assert found.outlines == ()
    assert "frame_3.png covers 3 px, no area of a nerve" in found.problems[0]
    found = preview(as_png(hollow), name="frame_3.png", clip=CLIP)
    assert [int(one.mask.unpack().sum()) for one in found.outlines] == [int(hollow.sum())]
    assert found.problems == ()


def test_a_still_that_is_called_like_a_mask_of_a_result_is_found_by_its_whole_name() -> None:
    stills = replace(CLIP, names=tuple(f"mask_{at + 1:06d}.png" for at in range(FRAMES)))
    found = preview(PNG, name="mask_000003.png", clip=stills)
    assert [one.frame for one in found.outlines] == [2]


def test_a_still_of_another_folder_is_told() -> None:
    stills = replace(CLIP, names=tuple(f"S01/img_{at}.png" for at in range(FRAMES)))
    for folder, told in (("S02", True), ("S01", False), ("masks", False)):
        found = preview(pack([(f"{folder}/img_2.png", PNG)]), name="x", clip=stills)
        assert [one.frame for one in found.outlines] == [2]
        assert any("lies in s02, the still of its name in s01" in remark for remark in found.remarks) == told


def test_rois_of_several_folders_are_refused() -> None:
    roi = ImagejRoi(roitype=ROI_TYPE.RECT, left=3, top=4, right=9, bottom=10, position=2).tobytes()
    with pytest.raises(AnnotationError, match="several folders: clipa, clipb"):
        preview(pack([("clipA/a.roi", roi), ("clipB/b.roi", roi)]), name="x", clip=CLIP)
    assert len(preview(pack([("clipA/a.roi", roi)]), name="x", clip=CLIP).outlines) == 1


def masks_called(*names: str) -> bytes:
    return pack([(f"{name}0003.png", PNG) for name in names])


@pytest.mark.parametrize(
    ("clip", "own", "others"),
    [
        ("P1.dcm", "P1/frame_", ["P12/frame_", "P3/frame_"]),
        ("clip1.mp4", "clip1_frame_", ["clip10_frame_", "clip2_frame_"]),
        ("1.mp4", "1/", ["pat_21/", "pat_3/"]),
        ("S012_L.mp4", "S012_L_mask_", ["S012_L_post_", "S012_R_"]),
        ("left.mp4", "left/", ["left2_", "right_"]),
    ],
)
def test_a_clip_is_found_among_several_by_its_whole_name(clip: str, own: str, others: list[str]) -> None:
    known = Known(clip_name=clip)
    with pytest.raises(AnnotationError, match="several series"):
        preview(masks_called(*others), name="x.zip", clip=CLIP, known=known)
    found = preview(masks_called(own, *others), name="x.zip", clip=CLIP, known=known)
    assert [one.frame for one in found.outlines] == [3]
    assert any("Outlines of other clips were left out: 2" in remark for remark in found.remarks)


@pytest.mark.parametrize(
    ("clip", "names", "told"),
    [
        ("S012_median_wrist_left.mp4", "S013_median_wrist_left_", True),
        ("S012_median_wrist_left.mp4", "S012_median_wrist_right_frame_", True),
        ("S012_median_wrist_left.mp4", "masks/S012_median_wrist_left_", False),
        ("S012_median_wrist_left.mp4", "masks/frame_", False),
        ("", "S013_", False),
    ],
)
def test_outlines_that_are_called_otherwise_than_the_clip_are_told(clip: str, names: str, told: bool) -> None:
    found = preview(masks_called(names), name="x.zip", clip=CLIP, known=Known(clip_name=clip))
    assert len(found.outlines) == 1
    assert any("otherwise than the clip" in remark for remark in found.remarks) == told


def test_an_empty_run_length_is_no_frame_without_a_nerve_unless_somebody_says_so() -> None:
    content = json.loads(coco({"file_name": "frame_000003.png"}))
    content["annotations"][0]["segmentation"] = {"size": [HEIGHT, WIDTH], "counts": [HEIGHT * WIDTH]}
    data = json.dumps(content).encode()
    found = preview(data, name="x", clip=CLIP)
    assert found.outlines == ()
    assert found.asks == {Question.EMPTY}
    same(preview(data, name="x", clip=CLIP, known=Known(accept_empty=True)), {3: EMPTY})


def test_a_name_that_contradicts_the_number_beside_it_is_told() -> None:
    found = preview(coco({"file_name": "frame_000005.png", "frame_id": 2}), name="x", clip=CLIP)
    assert [one.frame for one in found.outlines] == [2]
    assert any("its number is 2: the number was taken" in remark for remark in found.remarks)
    found = preview(coco({"file_name": "frame_000003.png", "frame_id": 2}), name="x", clip=CLIP)
    assert not any("the number was taken" in remark for remark in found.remarks), "they count from 1"


@pytest.mark.parametrize(
    ("clip_name", "name", "frame"),
    [
        ("S012.mp4", "S012.png", None),
        ("S012.mp4", "S012_mask.png", None),
        ("S012.mp4", "s012_20260105_103000.png", None),
        ("S012.mp4", "S012_0003.png", 3),
        ("wrist2.mp4", "wrist2_mask_05.png", 5),
        ("wrist2.mp4", "wrist2_nerve_01.png", 1),
        ("wrist2.mp4", "wrist25.png", None),
        ("2.mp4", "3.png", 3),
        ("S012.nii.gz", "S012_mask_05.png", 5),
        ("S012.ome.tif", "S012_mask.png", None),
        ("1.2.840.113619.2.12", "1.2.840.113619.2.12_mask.png", None),
        ("M\u00fcller12.mp4", "Mu\u0308ller12_mask.png", None),
        ("S012.mp4", "mask_S012.png", None),
        ("S012.mp4", "mask_S012_0004.png", 4),
    ],
)
def test_the_number_in_the_clips_own_name_is_of_no_frame(clip_name: str, name: str, frame: int | None) -> None:
    found = preview(PNG, name=name, clip=CLIP, known=Known(clip_name, first_frame=0))
    if frame is None:
        assert found.outlines == ()
        assert found.problems
    else:
        assert frames(found) == [frame]
