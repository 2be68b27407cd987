import csv
import io
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from nerveapp import NOTICE
from nerveapp.domain.clip import Image
from nerveapp.domain.outline_files import Format, Known, Question
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import Exported, export, preview
from nerveapp.io.annotation_files.training import training_files
from nerveapp.io.annotation_files.zip_files import pack
from nerveapp.io.labelled import read_labelled_folder
from tests.io.annotation_files.samples import CLIP, EMPTY, OTHER, VERSIONS, blob, chosen, exported, same


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def png(values: Image) -> bytes:
    return cv2.imencode(".png", values)[1].tobytes()


def test_index_says_what_each_mask_is() -> None:
    frames = [exported(blob(1), 2, corrected=True), exported(blob(2), 5, OTHER)]
    files = contents(export(Format.PNG, frames, VERSIONS)[0])
    assert sorted(files) == ["index.csv", "masks/ab12cd34/frame_000002.png", "masks/ffee0011/frame_000005.png"]
    lines = files["index.csv"].decode().splitlines()
    assert lines[0] == f"# {NOTICE}"
    assert lines[1] == "# nerveapp 0.1.0"
    assert lines[2] == (
        "clip_sha256,frame,file,nerve,site,side,subject,rater,state,source,model,model_sha256,seconds,made_at,area_px"
    )
    assert lines[3] == (
        f"{CLIP.sha256},2,masks/ab12cd34/frame_000002.png,median,wrist,unknown,S012,R1,final,corrected,unet,{'1' * 64},"
        f"12.5,2026-03-04T05:06:00+00:00,{blob(1).sum()}"
    )
    assert lines[4].startswith(
        f"{OTHER.sha256},5,masks/ffee0011/frame_000005.png,median,wrist,unknown,,R1,final,imported,,,"
    )
    mask = cv2.imdecode(np.frombuffer(files["masks/ab12cd34/frame_000002.png"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert mask is not None
    np.testing.assert_array_equal(mask, blob(1) * np.uint8(255))


def test_clips_with_the_same_first_digits_get_longer_names() -> None:
    twin = replace(CLIP, sha256="ab12cd34" + "0" * 56)
    frames = [*chosen({1: blob(1)}), *chosen({1: blob(2)}, twin)]
    for fmt in (Format.PNG, Format.TRAINING):
        data, _ = export(fmt, frames, VERSIONS)
        same(preview(data, name="x", clip=CLIP), {1: blob(1)})
        same(preview(data, name="x", clip=twin), {1: blob(2)})


def test_training_zip_is_read_as_a_labelled_folder(tmp_path: Path) -> None:
    frames = [exported(blob(1), 2), exported(blob(3), 4), exported(blob(2), 5, OTHER), exported(EMPTY, 0, OTHER)]
    data, suffix = export(Format.TRAINING, frames, VERSIONS)
    assert suffix == "zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    assert NOTICE in (tmp_path / "README.txt").read_text()
    with (tmp_path / "groups.csv").open(newline="") as lines:
        assert list(csv.reader(lines)) == [
            ["image", "group", "clip", "frame", "nerve", "site", "side"],
            ["ab12cd34_frame_000002", "S012", CLIP.sha256, "2", "median", "wrist", "unknown"],
            ["ab12cd34_frame_000004", "S012", CLIP.sha256, "4", "median", "wrist", "unknown"],
            ["ffee0011_frame_000005", OTHER.sha256, OTHER.sha256, "5", "median", "wrist", "unknown"],
            ["ffee0011_frame_000000", OTHER.sha256, OTHER.sha256, "0", "median", "wrist", "unknown"],
        ]
    read = {image.name: image for image in read_labelled_folder(tmp_path)}
    assert len(read) == 4
    assert read["ab12cd34_frame_000004"].frame_key == (CLIP.sha256, 4)
    assert read["ab12cd34_frame_000004"].view == CLIP.view
    np.testing.assert_array_equal(read["ab12cd34_frame_000002"].nerve, blob(1))
    np.testing.assert_array_equal(read["ab12cd34_frame_000002"].grey, frames[0].image())
    assert not read["ffee0011_frame_000000"].nerve.any()


def test_only_a_training_set_reads_pictures_and_one_after_another() -> None:
    read: list[str] = []

    def unread(name: str) -> Image:
        read.append(name)
        return np.zeros(EMPTY.shape, np.uint8)

    frames = [replace(exported(blob(at), at), read=partial(unread, str(at))) for at in range(3)]
    for kind in (Format.COCO, Format.PNG, Format.NIFTI, Format.IMAGEJ):
        export(kind, frames, VERSIONS)
    assert read == []
    pictures = [len(read) for name, _ in training_files(frames, VERSIONS) if name.startswith("images/")]
    assert pictures == [1, 2, 3]


def test_a_clip_is_never_split_between_groups() -> None:
    frames = [exported(blob(1), 1), exported(blob(2), 2, replace(CLIP, subject="S099"))]
    groups = contents(export(Format.TRAINING, frames, VERSIONS)[0])["groups.csv"].decode()
    assert groups.count(",S012") == 2


def test_training_keeps_the_colours_of_a_frame() -> None:
    shown = exported(blob(1))
    colours = np.random.default_rng(0).integers(0, 256, (*shown.image().shape, 3), np.uint8)
    files = contents(export(Format.TRAINING, [Exported(CLIP, shown.annotation, colours.copy)], VERSIONS)[0])
    stored = cv2.imdecode(np.frombuffer(files["images/ab12cd34_frame_000002.png"], np.uint8), cv2.IMREAD_COLOR)
    assert stored is not None
    np.testing.assert_array_equal(stored[..., ::-1], colours)


@pytest.mark.parametrize("inside", [1, 255])
def test_masks_of_other_tools_are_taken_by_the_end_of_their_names(inside: int) -> None:
    values = blob(1).astype(np.uint8) * np.uint8(inside)
    same(preview(png(values), name="wrist-004.png", clip=CLIP), {4: blob(1)})
    grey = np.repeat(values[..., None], 3, axis=2)
    same(
        preview(pack([("a/m1.PNG", png(values)), ("a/m3.png", png(grey))]), name="x", clip=CLIP),
        {1: blob(1), 3: blob(1)},
    )
    still = replace(CLIP, frame_count=1)
    same(preview(png(values), name="wrist.png", clip=still), {0: blob(1)})


def test_problems_are_told_one_by_one() -> None:
    good = png(blob(1).astype(np.uint8) * 255)
    members = [
        ("frame_1.png", good),
        ("frame_01.png", good),
        ("frame_9.png", good),
        ("nerve.png", good),
        ("frame_2.png", png(np.zeros((5, 7), np.uint8))),
        ("frame_3.png", png(np.full(EMPTY.shape, 2, np.uint8))),
        ("frame_4.png", png(np.arange(EMPTY.size * 3, dtype=np.uint32).reshape(*EMPTY.shape, 3).astype(np.uint8))),
        ("frame_5.png", good[:40]),
    ]
    found = preview(pack(members), name="x", clip=CLIP)
    assert sorted(found.problems) == [
        "frame_1.png gives frame 1 a second time.",
        "frame_2.png is 7 x 5 px; the clip is 34 x 21 px.",
        "frame_3.png holds the label 2, a vessel, and no nerve.",
        "frame_4.png is a colour picture: it holds #00fffe, #0100ff, #020100, #030201, #040302, #050403 and 250 more; "
        "a mask holds one colour on black.",
        "frame_5.png is damaged.",
        "frame_9.png is of frame 9; the clip has frames 0 to 5.",
        "nerve.png does not name its frame.",
    ]
    assert [outline.frame for outline in found.outlines] == [1]


def test_a_mask_that_the_index_lists_and_the_zip_lacks_is_a_problem() -> None:
    files = contents(export(Format.PNG, chosen({1: blob(1), 2: blob(2)}), VERSIONS)[0])
    del files["masks/ab12cd34/frame_000002.png"]
    found = preview(pack(files.items()), name="x", clip=CLIP)
    assert found.problems == ("masks/ab12cd34/frame_000002.png is in index.csv and not in the ZIP.",)


def test_masks_of_every_kind_of_picture_are_taken() -> None:
    values = blob(1).astype(np.uint8) * np.uint8(255)
    see_through = np.dstack([values * 0 + 255] * 3 + [values])
    for suffix, data in (
        ("png", png(values // np.uint8(2))),
        ("png", png(see_through)),
        ("tif", cv2.imencode(".tif", values)[1].tobytes()),
        ("bmp", cv2.imencode(".bmp", values)[1].tobytes()),
    ):
        same(preview(data, name=f"frame_000004.{suffix}", clip=CLIP), {4: blob(1)})
        packed = pack([(f"masks/frame_000004.{suffix}", data)])
        same(preview(packed, name="x", clip=CLIP), {4: blob(1)})


@pytest.mark.parametrize(
    "names",
    [
        ("images/f_1.png", "masks/f_1.png"),
        ("JPEGImages/f_1.png", "SegmentationClass/f_1.png"),
        ("SegmentationObject/f_1.png", "other/f_1.png"),
        ("set/f_1.png", "set/f_1_mask.png"),
    ],
)
def test_pictures_that_masks_were_drawn_on_are_no_masks(names: tuple[str, str]) -> None:
    mask = png(blob(1).astype(np.uint8) * 255)
    picture = png(np.arange(EMPTY.size, dtype=np.uint32).reshape(EMPTY.shape).astype(np.uint8))
    stills = replace(CLIP, frame_count=1, names=("f_1.png",))
    same(preview(pack(zip(names, (picture, mask), strict=True)), name="x", clip=stills), {0: blob(1)})


def test_a_mask_of_most_of_the_frame_is_asked_about() -> None:
    black_on_white = png((~blob(1)).astype(np.uint8) * 255)
    found = preview(black_on_white, name="frame_000002.png", clip=CLIP)
    assert found.asks == {Question.LARGE}
    assert "covers 60% of the frame" in found.problems[0]
    assert not found.outlines
    taken = preview(black_on_white, name="frame_000002.png", clip=CLIP, known=Known(accept_large=True))
    same(taken, {2: ~blob(1)})
    ours = export(Format.PNG, chosen({2: ~blob(1)}), VERSIONS)[0]
    same(preview(ours, name="x", clip=CLIP), {2: ~blob(1)})


def test_masks_that_do_not_agree_on_what_the_nerve_is_are_a_problem() -> None:
    values = blob(1).astype(np.uint8)
    masks = [("frame_000001.png", png(values * np.uint8(128))), ("frame_000002.png", png(values * np.uint8(200)))]
    assert preview(pack(masks), name="x", clip=CLIP).problems == (
        "The masks do not agree on what the nerve is: the value 128 in frame_000001.png, "
        "the value 200 in frame_000002.png.",
    )


def test_vessels_are_left_out_and_said() -> None:
    labels = blob(1).astype(np.uint8)
    labels[0, 0], labels[1, 1] = 2, 2
    found = preview(png(labels), name="frame_000002.png", clip=CLIP)
    assert found.remarks == ("frame_000002.png holds vessels, label 2, which are left out.",)
    np.testing.assert_array_equal(found.outlines[0].mask.unpack(), labels == 1)


@pytest.mark.parametrize("index", [b"a,b\n1,2\n", b"clip_sha256,frame,file\nx,y,z\n", b"\xff\xfe", b'clip_sha256\n"'])
def test_a_damaged_index_is_refused(index: bytes) -> None:
    files = contents(export(Format.PNG, chosen({1: blob(1)}), VERSIONS)[0]) | {"index.csv": index}
    with pytest.raises(AnnotationError, match=r"index\.csv"):
        preview(pack(files.items()), name="x", clip=CLIP)


def test_empty_masks_of_other_programs_are_no_frames_without_a_nerve_unless_somebody_says_so() -> None:
    members = [(f"frame_{at}.png", png(blob(1).astype(np.uint8) * 255 * (at == 2))) for at in range(4)]
    found = preview(pack(members), name="x", clip=CLIP)
    assert [one.frame for one in found.outlines] == [2]
    assert any("without an outline were left out: 3, such as frame_0.png" in remark for remark in found.remarks)
    assert Question.EMPTY in found.asks
    found = preview(pack(members), name="x", clip=CLIP, known=Known(accept_empty=True))
    assert [(one.frame, bool(one.mask.unpack().any())) for one in found.outlines] == [
        (0, False), (1, False), (2, True), (3, False)
    ]  # fmt: skip
    own = export(Format.PNG, chosen({1: blob(1), 2: EMPTY}), VERSIONS)[0]
    assert len(preview(own, name="x", clip=CLIP).outlines) == 2, "this app's own are meant"


def test_masks_of_two_brightnesses_do_not_agree() -> None:
    shape = blob(1).astype(np.uint8)
    found = preview(pack([("frame_1.png", png(shape * 255)), ("frame_2.png", png(shape * 127))]), name="x", clip=CLIP)
    assert any("do not agree on what the nerve is" in problem for problem in found.problems)
    found = preview(pack([("frame_1.png", png(shape * 255)), ("frame_2.png", png(shape))]), name="x", clip=CLIP)
    assert found.problems == (), "both are documented"


@pytest.mark.parametrize("artery", ["frame_3_artery.png", "frame_3 vessels.png", "artery/frame_3.png"])
def test_masks_named_after_another_structure_are_left_out(artery: str) -> None:
    shape = png(blob(1).astype(np.uint8) * 255)
    found = preview(pack([("nerve/frame_3.png", shape), (artery, shape)]), name="x", clip=CLIP)
    assert [one.frame for one in found.outlines] == [3]
    assert found.problems == ()
    assert any(f"left out: 1, such as {artery}" in remark for remark in found.remarks)
    with pytest.raises(AnnotationError, match="called after another structure than the median nerve"):
        preview(pack([(artery, shape)]), name="x", clip=CLIP)
    projects = preview(pack([("vessels of the arm/median/frame_3.png", shape)]), name="x", clip=CLIP)
    assert len(projects.outlines) == 1, "a folder further up is called after a project"


@pytest.mark.parametrize("name", ["artery_frame_3.png", "ulnar_frame_3.png", "tendon 3.png"])
def test_a_mask_that_is_called_after_something_else_is_refused(name: str) -> None:
    shape = png(blob(1).astype(np.uint8) * 255)
    with pytest.raises(AnnotationError, match="called after another structure"):
        preview(shape, name=name, clip=CLIP)
    known = Known(clip_name=f"{name.split('_', maxsplit=1)[0].split(' ', maxsplit=1)[0]}_study.mp4")
    assert preview(shape, name=name, clip=CLIP, known=known).outlines, "as its clip is"


def stack(pages: list[Image], **more: object) -> bytes:
    data = io.BytesIO()
    tifffile.imwrite(data, np.stack(pages), photometric="minisblack", **more)  # type: ignore[arg-type]
    return data.getvalue()


@pytest.mark.parametrize("imagej", [False, True])
def test_a_stack_of_masks_is_of_the_clips_frames(imagej: bool) -> None:
    drawn = {frame: blob(frame) if frame != 2 else EMPTY for frame in range(CLIP.frame_count)}
    data = stack([mask.astype(np.uint8) * 255 for mask in drawn.values()], imagej=imagej)
    found = preview(data, name="masks of 2026.tif", clip=CLIP)
    same(found, {frame: mask for frame, mask in drawn.items() if frame != 2})
    assert found.asks == {Question.EMPTY}
    same(preview(data, name="masks.tif", clip=CLIP, known=Known(accept_empty=True)), drawn)


@pytest.mark.parametrize(("pages", "said"), [(2, "holds 2 masks"), (9, "holds more than 6 masks")])
def test_a_stack_of_other_length_is_a_problem(pages: int, said: str) -> None:
    (problem,) = preview(stack([blob(1).astype(np.uint8)] * pages), name="m.tif", clip=CLIP).problems
    assert said in problem


def test_pages_that_do_not_agree_or_are_of_another_size_are_problems() -> None:
    shape = blob(1).astype(np.uint8)
    found = preview(stack([shape * 127, *[shape * 255] * 5]), name="m.tif", clip=CLIP)
    assert any("do not agree" in problem for problem in found.problems)
    found = preview(stack([shape[:5]] * 6), name="m.tif", clip=CLIP)
    assert any("34 x 5 px" in problem for problem in found.problems)


@pytest.mark.parametrize("imagej", [True, False])
def test_masks_behind_one_header_are_of_a_frame_each(*, imagej: bool) -> None:
    stack = np.zeros((CLIP.frame_count, CLIP.height, CLIP.width), np.uint8)
    stack[3], stack[4] = 255 * blob(1), 255 * blob(2)
    data = io.BytesIO()
    tifffile.imwrite(data, stack, truncate=True, imagej=imagej)
    found = preview(data.getvalue(), name="masks_3.tif", clip=CLIP)
    assert found.problems == ()
    taken = {outline.frame: outline.mask.unpack() for outline in found.outlines}
    assert sorted(taken) == [3, 4]
    assert np.array_equal(taken[3], blob(1))
    inside = preview(pack([("frame_3.tif", data.getvalue())]), name="x.zip", clip=CLIP)
    assert "several pictures" in " ".join(inside.problems)


def test_an_empty_mask_alone_is_no_frame_without_a_nerve_unless_somebody_says_so() -> None:
    nothing = png(np.zeros((CLIP.height, CLIP.width), np.uint8))
    found = preview(nothing, name="frame_3.png", clip=CLIP)
    assert found.outlines == ()
    assert Question.EMPTY in found.asks
    said = preview(nothing, name="frame_3.png", clip=CLIP, known=Known(accept_empty=True))
    same(said, {3: EMPTY})
