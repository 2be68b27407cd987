"""What happens to each of several files that are chosen at once."""

import pytest

from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.imagej_reading import ROI_MAGIC
from nerveapp.io.annotation_files.several_files import packed
from nerveapp.io.annotation_files.zip_files import pack, unpack

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
ROI = ROI_MAGIC + bytes(60)
JSON = b'{"shapes": []}'
TEXT = b"# Read me\n"


def test_files_of_one_kind_are_read_as_a_zip_of_them() -> None:
    members, _ = unpack(packed([("a.roi", ROI), ("b.roi", ROI)]))
    assert [member.name for member in members] == ["a.roi", "b.roi"]


def test_labelme_lies_beside_the_pictures_it_is_of() -> None:
    assert len(unpack(packed([("a.png", PNG), ("a.json", JSON)]))[0]) == 2


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("a.png", PNG), ("README.md", TEXT)], "README.md holds no outlines"),
        ([("a.png", PNG), ("README.md", TEXT), ("x.txt", b"")], "README.md and x.txt hold no outlines"),
        ([("a.zip", pack([("a.roi", ROI)])), ("b.json", JSON)], "A ZIP lies among"),
        ([("a.zip", pack([("a.roi", ROI)])), ("b.zip", pack([("b.roi", ROI)]))], "A ZIP lies among"),
        ([("a.roi", ROI), ("b.png", PNG)], "a.roi (ImageJ ROI) and b.png (picture)"),
    ],
)
def test_none_of_them_is_passed_over_in_silence(files: list[tuple[str, bytes]], said: str) -> None:
    with pytest.raises(AnnotationError) as refused:
        packed(files)
    assert said in refused.value.message
