from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from nerveapp.analysis.transforms import to_grey
from nerveapp.errors import DataError
from nerveapp.io.labelled import read_labelled_folder
from nerveapp.io.mask_folder import read_masks
from nerveapp.io.readers.open_clip import open_clip


def make(folder: Path, *, mask_shape: tuple[int, int] = (20, 30)) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    values = np.zeros(mask_shape, np.uint8)
    values[2:5, 2:5], values[6:8, 6:8], values[10:12, 10:12] = 1, 1, 2
    for name in ("a", "b"):
        cv2.imwrite(str(folder / "images" / f"{name}.png"), np.full((20, 30), 90, np.uint8))
        cv2.imwrite(str(folder / "masks" / f"{name}.png"), values)
    (folder / "groups.csv").write_text("image,group\na,p1\nb,p1\n")
    return folder


def test_nerve_is_1_or_255_and_vessel_is_not(tmp_path: Path) -> None:
    folder = make(tmp_path / "set")
    alone = np.zeros((20, 30), np.uint8)
    alone[2:5, 2:5] = 255
    cv2.imwrite(str(folder / "masks" / "b.png"), alone)
    images = read_labelled_folder(folder)
    assert [(one.name, one.group) for one in images] == [("a", "p1"), ("b", "p1")]
    assert [int(one.nerve.sum()) for one in images] == [9 + 4, 9]


@pytest.mark.parametrize("labels", [(1,), (2,), (1, 2)])
def test_255_beside_labels_is_perhaps_to_be_ignored_and_refused(tmp_path: Path, labels: tuple[int, ...]) -> None:
    folder = make(tmp_path / "set")
    values = np.zeros((20, 30), np.uint8)
    values[0:2, 0:2] = 255
    for at, label in enumerate(labels, 1):
        values[4 * at : 4 * at + 2, :6] = label
    cv2.imwrite(str(folder / "masks" / "b.png"), values)
    with pytest.raises(DataError, match=r"b.png holds the values 0, .*255"):
        read_labelled_folder(folder)


def test_without_groups_each_image_is_its_own(tmp_path: Path) -> None:
    folder = make(tmp_path / "set")
    (folder / "groups.csv").unlink()
    assert [one.group for one in read_labelled_folder(folder)] == ["a", "b"]


def test_what_is_wrong_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No images"):
        read_labelled_folder(tmp_path)
    with pytest.raises(DataError, match=r"a.png is 31x20 px; its image has 20 rows and 30 columns"):
        read_labelled_folder(make(tmp_path / "sizes", mask_shape=(20, 31)))
    folder = make(tmp_path / "mask")
    (folder / "masks" / "b.png").unlink()
    with pytest.raises(DataError, match=r"b.png has no readable mask"):
        read_labelled_folder(folder)
    folder = make(tmp_path / "groups")
    (folder / "groups.csv").write_text("image,group\na,p1\n")
    with pytest.raises(DataError, match="no row for b"):
        read_labelled_folder(folder)
    (folder / "groups.csv").write_text("name\na\n")
    with pytest.raises(DataError, match="lacks the columns"):
        read_labelled_folder(folder)


RNG = np.random.default_rng(3)
NERVE = np.zeros((20, 30), np.bool_)
NERVE[5:12, 8:20] = True


def folder_of(
    folder: Path,
    image: npt.NDArray[Any],
    *,
    suffix: str = "png",
    mask: str = "a.png",
    groups: str = "image,group\na,p1\n",
) -> Path:
    """One image, a mask of 255 and groups."""
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    cv2.imwrite(str(folder / "images" / f"a.{suffix}"), image)
    cv2.imwrite(str(folder / "masks" / mask), NERVE.astype(np.uint8) * np.uint8(255))
    (folder / "groups.csv").write_text(groups)
    return folder


GREY = RNG.integers(0, 255, (20, 30)).astype(np.uint8)
DEEP = RNG.integers(100, 3900, (20, 30)).astype(np.uint16)
COLOUR = RNG.integers(0, 255, (20, 30, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("image", "suffix"),
    [
        (GREY, "png"),
        (DEEP, "png"),
        (DEEP * np.uint16(16), "tif"),
        (COLOUR, "png"),
        (COLOUR, "bmp"),
        (COLOUR, "jpg"),
        (GREY, "tif"),
    ],
)
def test_an_image_is_shown_as_an_analysis_shows_it(tmp_path: Path, image: npt.NDArray[Any], suffix: str) -> None:
    folder = folder_of(tmp_path / "set", image, suffix=suffix)
    shown = to_grey(next(open_clip(folder / "images" / f"a.{suffix}").frames()).image)
    (read,) = read_labelled_folder(folder)
    np.testing.assert_array_equal(read.grey, shown)
    assert image.dtype == np.uint8 or (read.grey.min(), read.grey.max()) == (0, 255)


def test_an_image_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", GREY)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(GREY).copy()).save(folder / "images" / "a.png", exif=exif)
    np.testing.assert_array_equal(read_labelled_folder(folder)[0].grey, GREY)


def test_deep_images_of_one_clip_share_its_grey_window(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", DEEP)
    cv2.imwrite(str(folder / "images" / "b.png"), DEEP // np.uint16(2))
    cv2.imwrite(str(folder / "masks" / "b.png"), NERVE.astype(np.uint8))
    (folder / "groups.csv").write_text("image,group,clip,frame\na,p1,c,1\nb,p1,c,0\n")
    first, second = read_labelled_folder(folder)
    assert (first.name, first.frame_key, second.name, second.frame_key) == ("a", ("c", 1), "b", ("c", 0))
    assert second.grey.max() < 130
    (folder / "groups.csv").write_text("image,group\na,p1\nb,p1\n")
    assert read_labelled_folder(folder)[1].grey.max() == 255


@pytest.mark.parametrize(
    "mask", ["a.png", "A.PNG", "a.bmp", "a.tif", "a_mask.png", "a-seg.png", "mask_a.png", "a.png.png"]
)
def test_a_mask_is_found_whatever_its_suffix_and_capitals(tmp_path: Path, mask: str) -> None:
    folder = folder_of(tmp_path / "set", GREY, mask=mask)
    np.testing.assert_array_equal(read_labelled_folder(folder)[0].nerve, NERVE)
    (folder / "masks").rename(folder / "Masks")
    np.testing.assert_array_equal(read_labelled_folder(folder)[0].nerve, NERVE)


def test_what_has_no_counterpart_is_said(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", GREY)
    cv2.imwrite(str(folder / "masks" / "other.png"), NERVE.astype(np.uint8))
    told: list[str] = []
    read_labelled_folder(folder, on_remark=told.append)
    assert told == ["1 masks have no image: other.png."]
    cv2.imwrite(str(folder / "masks" / "a.bmp"), NERVE.astype(np.uint8))
    with pytest.raises(DataError, match=r"several masks: a.bmp and a.png"):
        read_labelled_folder(folder)
    (folder / "images" / "b.heic").write_bytes(b"ftyp")
    with pytest.raises(DataError, match=r"b.heic .* not read"):
        read_labelled_folder(folder)


def test_masks_that_mean_nothing_plain_are_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", GREY)
    path = folder / "masks" / "a.png"
    for values, said in (
        (NERVE.astype(np.uint8) * 3, "a.png holds the label 3"),
        (~NERVE * np.uint8(255), "a.png covers 86% of its image"),
        (GREY, "holds the values"),
    ):
        cv2.imwrite(str(path), np.asarray(values, np.uint8))
        with pytest.raises(DataError, match=said):
            read_labelled_folder(folder)
    path.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"The mask a.png is damaged"):
        read_labelled_folder(folder)


def test_masks_must_agree_on_what_the_nerve_is(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", GREY, groups="image,group\na,p1\nb,p2\n")
    cv2.imwrite(str(folder / "images" / "b.png"), GREY)
    for name, value in (("a", 128), ("b", 200)):
        cv2.imwrite(str(folder / "masks" / f"{name}.png"), NERVE.astype(np.uint8) * np.uint8(value))
    with pytest.raises(DataError, match="do not agree"):
        read_labelled_folder(folder)


def test_soft_masks_are_said(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", GREY)
    soft = cv2.GaussianBlur(NERVE.astype(np.uint8) * np.uint8(255), (3, 3), 0)
    cv2.imwrite(str(folder / "masks" / "a.png"), soft)
    told: list[str] = []
    (read,) = read_labelled_folder(folder, on_remark=told.append)
    assert "soft edges" in told[0]
    assert (read.nerve ^ NERVE).sum() <= 4
    assert list(read_masks(folder / "masks")) == ["a"]


def test_damaged_images_are_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", GREY)
    (folder / "images" / "a.png").write_bytes((folder / "images" / "a.png").read_bytes()[:80])
    with pytest.raises(DataError, match=r"a.png cannot be read as an image"):
        read_labelled_folder(folder)


@pytest.mark.parametrize("place", [".", "masks"])
def test_a_table_of_classes_says_which_value_is_the_nerve(tmp_path: Path, place: str) -> None:
    folder = folder_of(tmp_path / "a", GREY)
    values = np.where(NERVE, 2, 0).astype(np.uint8)
    values[:3, :4] = 1
    cv2.imwrite(str(folder / "masks" / "a.png"), values)
    (folder / place / "dataset.json").write_text('{"labels": {"background": 0, "artery": 1, "nerve": 2}}')
    remarks: list[str] = []
    (one,) = read_labelled_folder(folder, on_remark=remarks.append)
    assert np.array_equal(one.nerve, NERVE)
    assert one.vessel is not None
    assert np.array_equal(one.vessel, values == 1)
    assert "dataset.json says what the masks hold" in " ".join(remarks)
    (folder / place / "dataset.json").write_text('{"labels": {"background": 0, "artery": 1, "vein": 2}}')
    with pytest.raises(DataError, match="names no nerve"):
        read_labelled_folder(folder)
    (folder / place / "dataset.json").rename(folder / place / "names.yaml")
    with pytest.raises(DataError, match=r"names\.yaml"):
        read_labelled_folder(folder)


@pytest.mark.parametrize(
    "content", ['["a"]', '{"labels": {"0": "background", "1": "foreground"}}', '{"name": "wrists"}']
)
def test_what_is_no_table_or_names_one_thing_changes_nothing(tmp_path: Path, content: str) -> None:
    folder = folder_of(tmp_path / "a", GREY)
    cv2.imwrite(str(folder / "masks" / "a.png"), NERVE.astype(np.uint8))
    (folder / "dataset.json").write_text(content)
    assert np.array_equal(read_labelled_folder(folder)[0].nerve, NERVE)


def test_a_mask_of_other_values_than_the_table_names_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", GREY)
    (folder / "dataset.json").write_text('{"labels": {"background": 0, "nerve": 1}}')
    with pytest.raises(DataError, match="255, which the table beside it does not name"):
        read_labelled_folder(folder)
