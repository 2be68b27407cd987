"""Masks whose classes a table beside them names."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from nerveapp.domain.outline_files import Preview
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import preview
from nerveapp.io.annotation_files.zip_files import pack
from tests.io.annotation_files.samples import CLIP, HEIGHT, WIDTH

ARTERY, NERVE = np.zeros((HEIGHT, WIDTH), np.bool_), np.zeros((HEIGHT, WIDTH), np.bool_)
ARTERY[2:5, 2:6], NERVE[10:16, 10:20] = True, True
VALUES = ARTERY.astype(np.uint8) + 2 * NERVE.astype(np.uint8)
RED, GREEN = (200, 30, 30), (20, 180, 20)

TABLES = {
    "dataset.json": b'{"channel_names": {"0": "US"}, "labels": {"background": 0, "artery": 1, "nerve": 2}}',
    "old/dataset.json": b'{"labels": {"0": "background", "1": "artery", "2": "median nerve"}}',
    "_classes.csv": b"Pixel Value, Class\n0, background\n1, artery\n2, nerve\n",
    "class_names.txt": b"__ignore__\n_background_\nartery\nnerve\n",
    "labelmap.txt": b"# label:color_rgb:parts:actions\nbackground:0,0,0::\nartery:200,30,30::\nnerve:20,180,20::\n",
}


def grey(values: np.ndarray) -> bytes:
    return cv2.imencode(".png", values)[1].tobytes()


def palette(values: np.ndarray) -> bytes:
    picture = PillowImage.fromarray(values, mode="P")
    picture.putpalette([0, 0, 0, *RED, *GREEN])
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def colours(values: np.ndarray) -> bytes:
    return cv2.imencode(".png", np.array([(0, 0, 0), RED, GREEN], np.uint8)[values][..., ::-1])[1].tobytes()


def read(mask: bytes, name: str, table: bytes) -> Preview:
    return preview(pack([("masks/frame_3.png", mask), (name, table)]), name="x.zip", clip=CLIP)


def outlined(found: Preview) -> Mask:
    assert found.problems == ()
    (one,) = found.outlines
    assert one.frame == 3
    return one.mask.unpack()


@pytest.mark.parametrize(("name", "table"), TABLES.items())
def test_the_table_says_which_value_is_the_nerve(name: str, table: bytes) -> None:
    found = read(grey(VALUES), name, table)
    assert np.array_equal(outlined(found), NERVE)
    assert any("says what the masks hold" in remark for remark in found.remarks)
    assert np.array_equal(outlined(read(palette(VALUES), name, table)), NERVE)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("labelmap.txt", TABLES["labelmap.txt"]),
        ("label_colors.txt", b"0 0 0 Void\n200 30 30 artery\n20 180 20\tnerve\n"),
    ],
)
def test_the_table_says_which_colour_is_the_nerve(name: str, table: bytes) -> None:
    assert np.array_equal(outlined(read(colours(VALUES), name, table)), NERVE)
    assert np.array_equal(outlined(read(palette(VALUES), name, table)), NERVE)


@pytest.mark.parametrize(
    ("nerve", "artery"),
    [((255, 255, 255), RED), ((128, 128, 128), (60, 60, 60)), ((1, 1, 1), (2, 2, 2))],
)
def test_a_grey_of_the_table_is_a_colour_whether_others_are_in_the_picture_or_not(
    nerve: tuple[int, int, int], artery: tuple[int, int, int]
) -> None:
    listed = [f"{label}:{','.join(map(str, one))}::" for label, one in (("artery", artery), ("nerve", nerve))]
    table = "\n".join(["background:0,0,0::", *listed]).encode()
    shown = np.array([(0, 0, 0), artery, nerve], np.uint8)
    for values in (VALUES, 2 * NERVE.astype(np.uint8)):
        picture = cv2.imencode(".png", shown[values][..., ::-1])[1].tobytes()
        assert np.array_equal(outlined(read(picture, "labelmap.txt", table)), NERVE)
    assert read(cv2.imencode(".png", shown[ARTERY * 1][..., ::-1])[1].tobytes(), "labelmap.txt", table).outlines == ()


@pytest.mark.parametrize(("name", "table"), TABLES.items())
def test_a_frame_of_the_artery_alone_holds_no_nerve(name: str, table: bytes) -> None:
    found = read(grey(ARTERY.astype(np.uint8)), name, table)
    assert found.outlines == ()
    assert any("Masks without an outline were left out: 1" in remark for remark in found.remarks)


def test_a_table_without_the_nerve_of_the_clip_is_refused() -> None:
    with pytest.raises(AnnotationError, match=r"_classes\.csv says that the masks are of artery, ulnar nerve"):
        read(grey(VALUES), "_classes.csv", b"Pixel Value, Class\n0, background\n1, artery\n2, ulnar nerve\n")


def test_colours_that_the_table_does_not_tell_are_a_problem() -> None:
    found = read(colours(VALUES), "_classes.csv", TABLES["_classes.csv"])
    assert any("gives no colours" in problem for problem in found.problems)


def test_tables_that_contradict_each_other_are_refused() -> None:
    members = [("a/_classes.csv", TABLES["_classes.csv"]), ("b/labelmap.txt", TABLES["labelmap.txt"])]
    with pytest.raises(AnnotationError, match="Several tables"):
        preview(pack([("frame_3.png", grey(VALUES)), *members]), name="x.zip", clip=CLIP)


def test_what_is_no_table_changes_nothing() -> None:
    found = read(grey(NERVE.astype(np.uint8) * 255), "dataset.json", b'{"name": "wrists"}')
    assert np.array_equal(outlined(found), NERVE)


@pytest.mark.parametrize(
    "table", [b"Pixel Value;Class\n0;background\n1;artery\n2;nerve\n", b"V\tClass\n1\tA\n2\tnerve\n"]
)
def test_a_table_with_other_separators_is_read(table: bytes) -> None:
    assert np.array_equal(outlined(read(grey(VALUES), "_classes.csv", table)), NERVE)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "artery\nnerve\n"),
        ("itk.label", '    1  255 0 0  1 1 1  "artery"\n    2  0 255 0  1 1 1  "nerve"\n'),
        ("meta.json", '{"classes": [{"title": "Vein"}, {"title": "nerve"}]}'),
        ("_classes.csv", "artery is red\n"),
    ],
)
def test_what_may_be_a_table_and_is_not_read_is_named_and_refused(name: str, text: str) -> None:
    with pytest.raises(AnnotationError, match="may say what their values mean") as refused:
        read(grey(VALUES), name, text.encode())
    assert refused.value.message.startswith(name)


@pytest.mark.parametrize(
    "text", ["Published in Muscle & Nerve 2021", "id,sex,muscle_thickness_mm\n1,f,12\n", '{"preset": "Muscle"}']
)
def test_a_text_that_speaks_of_muscles_is_no_table(text: str) -> None:
    assert np.array_equal(outlined(read(grey(NERVE.astype(np.uint8)), "about.txt", text.encode())), NERVE)


@pytest.mark.parametrize("name", ["README.txt", "license.txt", "notes.docx"])
def test_a_text_about_the_set_is_no_table(name: str) -> None:
    found = read(grey(NERVE.astype(np.uint8)), name, b"Nerves and arteries were traced.")
    assert np.array_equal(outlined(found), NERVE)


def test_both_sides_in_one_frame_are_refused_and_one_of_them_is_taken() -> None:
    table = b'{"labels": {"background": 0, "left nerve": 1, "right nerve": 2}}'
    assert "both sides" in " ".join(read(grey(VALUES), "dataset.json", table).problems)
    assert np.array_equal(outlined(read(grey(2 * NERVE.astype(np.uint8)), "dataset.json", table)), NERVE)


@pytest.mark.parametrize("mask", [grey(255 * NERVE.astype(np.uint8)), grey(VALUES + 2 * ARTERY.astype(np.uint8))])
def test_values_that_the_table_does_not_name_are_a_problem(mask: bytes) -> None:
    found = read(mask, "dataset.json", TABLES["dataset.json"])
    assert any("which the table beside it does not name" in problem for problem in found.problems)


def test_a_class_of_several_values_is_read() -> None:
    table = b'{"labels": {"background": 0, "nerve": [1, 2], "fascicle": 2}}'
    assert np.array_equal(outlined(read(grey(VALUES), "dataset.json", table)), NERVE | ARTERY)


@pytest.mark.parametrize("name", ["metadata.jsonl", "files.json", "sidecar.json"])
def test_json_of_another_kind_beside_masks_says_nothing(name: str) -> None:
    text = (
        b'{"file": "a"}\n{"file": "b"}\n' if name.endswith("l") else b'[{"depth": NaN, "ProtocolName": "MSK Muscle"}]'
    )
    assert np.array_equal(outlined(read(grey(NERVE.astype(np.uint8)), name, text)), NERVE)


@pytest.mark.parametrize("folder", ["Gefäße", "Gefa\u0308ße", "arte\u0300re", "Arterien", "bones", "動脈"])
def test_folders_of_other_structures_are_refused_in_other_languages(folder: str) -> None:
    with pytest.raises(AnnotationError, match="another structure"):
        preview(pack([(f"{folder}/frame_3.png", grey(NERVE.astype(np.uint8)))]), name="x.zip", clip=CLIP)
