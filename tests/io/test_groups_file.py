from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.errors import DataError
from nerveapp.io.groups_file import image_key, read_groups

TABLE = "image,group\r\na000,Müller 0\r\na050,Müller 50\r\n"


def written(folder: Path, data: bytes) -> Path:
    path = folder / "groups.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_encoding_and_separator_is_read(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = read_groups(written(tmp_path, TABLE.replace(",", separator).encode(encoding)))
    assert {image: row["group"] for image, row in rows.items()} == {"a000": "Müller 0", "a050": "Müller 50"}


@pytest.mark.parametrize(
    "table",
    [
        "sep=;\nimage;group\nx;p\n",
        "Image , GROUP\n x , p \n",
        "image,group\n\nx.png,p\n\n",
        'image,group,clip\n"images/X.PNG","p",""\n',
        "group,image\np,x.tif\n",
        "image;group;\nx.png;p;\n;;\n;;\n",
    ],
)
def test_what_people_write_is_understood(tmp_path: Path, table: str) -> None:
    rows = read_groups(written(tmp_path, table.encode()))
    assert {image: row["group"] for image, row in rows.items()} == {"x": "p"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"", "is empty"),
        (b"image,group\na.png,Smith, J\nb.png,Smith, K\n", "row 2 has more cells"),
        (b"image,group\na,p\na,q\n", "names a more than once"),
        (b"image,group\na,p\na,p\n", "names a more than once"),
        (b"image,group\na,p\nA.png,q\n", "names A.png more than once"),
        (b"image,group\na,\n", "a has no group"),
        (b"image,group\na, \n", "a has no group"),
        (b"image,group\na\n", "a has no group"),
        (b"image,group\n,p\n", "a row has no image"),
        (b"image,group\na,p1\nb,P1\n", "P1 and p1: are they one person"),
        (b"image,group\na,007\nb,7\n", "007 and 7: are they one person"),
        (b"image,group\na,1\nb,1.0\n", "1 and 1.0: are they one person"),
        ("image,group\na,S1\nb,S\u200b1\n".encode(), "are they one person"),
        (b"image,group\na,unknown\nb,unknown\n", "whose images are those"),
        (b"image,group\na,p1\nb,#N/A\n", "whose images are those"),
        (b"image,group\na,P01\nb,P1\n", "are they one person"),
        (b"image,group\na,P 1\nb,P-1\n", "are they one person"),
        ("image,group\na,\uff301\nb,P1\n".encode(), "are they one person"),
        (b"image,group\na,'001\nb,1\n", "are they one person"),
        (b"image,group\na,NA\nb,NA\n", "whose images are those"),
        (b"image,group\na,n.a.\nb,p1\n", "whose images are those"),
        (b"image,group\na,1.23457E+11\nb,1.23457E+11\n", "whose images are those"),
        (b"image,group\na,.\nb,.\n", "whose images are those"),
        (b"image,group,group\na,p1,p2\n", "the column group twice"),
        (b"name,group\na,p\n", "lacks the columns"),
        (b"\xff\xfea", "unknown encoding"),
        ("image,group\na,p\n".encode("utf-16-le"), "unknown encoding"),
        (b"image,group\na,\x81\x8d\n", "unknown encoding"),
        (b'image,group\n"a,p\n', "is damaged"),
    ],
)  # fmt: skip
def test_what_would_merge_or_split_people_is_refused(tmp_path: Path, table: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        read_groups(written(tmp_path, table))
    assert caught.value.hint


def test_codes_that_differ_are_different_people(tmp_path: Path) -> None:
    codes = ["0000", "0002", "1-2", "12", "1.2", "P1", "P11", "P1_L", "P1_R", "x", "y", "A1", "B1", "S01-2", "S01-12"]
    table = "image,group\n" + "".join(f"{at},{code}\n" for at, code in enumerate(codes))
    assert [row["group"] for row in read_groups(written(tmp_path, table.encode())).values()] == codes


def test_codes_of_this_installation_are_different_people_however_alike_they_are(tmp_path: Path) -> None:
    table = written(tmp_path, b"image,group\n1,P1\n2,P01\n3,NA\n")
    assert [row["group"] for row in read_groups(table, own=True).values()] == ["P1", "P01", "NA"]
    with pytest.raises(DataError):
        read_groups(table)


@given(data=st.binary(max_size=60).map(lambda data: b"image,group\n" + data))
def test_any_bytes_end_in_words(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        rows = read_groups(written(tmp_path_factory.getbasetemp(), data))
    except DataError as error:
        assert error.hint
    else:
        assert all(row["group"] for row in rows.values())


def test_names_of_images_are_alike_with_and_without_suffix_and_folder() -> None:
    assert {image_key(name) for name in ("A.1", "a.1.png", "images/A.1.JPG", "images\\a.1.tif")} == {"a.1"}
