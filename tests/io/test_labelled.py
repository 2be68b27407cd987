from pathlib import Path

import cv2
import numpy as np
import pytest

from nerveapp.errors import DataError
from nerveapp.io.labelled import read_labelled_folder


def make(folder: Path, *, mask_shape: tuple[int, int] = (20, 30)) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    values = np.zeros(mask_shape, np.uint8)
    values[2:5, 2:5], values[6:8, 6:8], values[10:12, 10:12] = 1, 255, 2
    for name in ("a", "b"):
        cv2.imwrite(str(folder / "images" / f"{name}.png"), np.full((20, 30), 90, np.uint8))
        cv2.imwrite(str(folder / "masks" / f"{name}.png"), values)
    (folder / "groups.csv").write_text("image,group\na,p1\nb,p1\n")
    return folder


def test_nerve_is_1_and_255_and_vessel_is_not(tmp_path: Path) -> None:
    images = read_labelled_folder(make(tmp_path / "set"))
    assert [(one.name, one.group) for one in images] == [("a", "p1"), ("b", "p1")]
    assert int(images[0].nerve.sum()) == 9 + 4


def test_without_groups_each_image_is_its_own(tmp_path: Path) -> None:
    folder = make(tmp_path / "set")
    (folder / "groups.csv").unlink()
    assert [one.group for one in read_labelled_folder(folder)] == ["a", "b"]


def test_what_is_wrong_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No images"):
        read_labelled_folder(tmp_path)
    with pytest.raises(DataError, match=r"a.png is 30x20 but its mask 31x20"):
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
