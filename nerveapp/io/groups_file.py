"""groups.csv: who each image of a folder is of, as people's programs save it."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from nerveapp.errors import DataError

Row: TypeAlias = Mapping[str, str]
"""Column to text, both without spaces around them."""

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".jp2", ".pgm", ".ppm")

_NOBODY = frozenset(
    {"unknown", "nan", "na", "n/a", "#n/a", "#nv", "none", "null", "missing", "tbd", "unbekannt", "k.a."}
    | {"inconnu", "n.a."}
    | {"#ref!", "#name?", "#value!", "#wert!", "#bezug!", "anon", "anonym", "anonymous", "anonymized", "anonymised"}
    | {"true", "false", "patient", "person", "subject", "group"}
)
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_DECIMALS = re.compile(r"(\d+)\.0+")
_BETWEEN = re.compile(r"(?<=[^\W\d_])[\s_-]+(?=\d)")
_CUT_OFF = re.compile(r"\d(?:\.\d+)?e\+\d+")
"""As spreadsheets show long numbers: the digits of one person and of the next are gone."""

_ONE_ROW = "Write one row per image: its name, and the person it is of."
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ",;\t"


def image_key(name: str) -> str:
    """Give the name under which an image is known: without folders and suffix, in small letters."""
    path = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/"))
    return (path.stem if path.suffix.lower() in IMAGE_SUFFIXES else path.name).casefold()


def read_groups(path: Path) -> dict[str, Row]:
    """Read the table, separated by commas, semicolons or tabs, in UTF-8, UTF-16 with its mark, or Windows-1252.

    Returns
    -------
    dict of str to Row
        By `image_key`.

    Raises
    ------
    DataError
        If it cannot be read, lacks the columns image and group, leaves one of them empty, names an image twice, has
        groups that differ in capitals, leading zeros or signs that nobody sees, or one that stands for nobody: people
        would be merged or split by it.
    """
    rows: dict[str, Row] = {}
    for row in _rows(_text(path), path.name):
        image, group = row.get("image", ""), row.get("group", "")
        if not image or not group:
            raise DataError(f"{path.name}: {image or 'a row'} has no {'group' if image else 'image'}.", _ONE_ROW)
        if image_key(image) in rows:
            raise DataError(f"{path.name} names {image} more than once.", _ONE_ROW)
        rows[image_key(image)] = row
    _check_groups({row["group"] for row in rows.values()}, path.name)
    return rows


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
        text = data.decode(encoding) if encoding else _unmarked(data)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.", "Check the file.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is in an unknown encoding.", "Save it as CSV in UTF-8.") from error
    if "\0" in text:
        raise DataError(f"{path.name} is in an unknown encoding, or no text.", "Save it as CSV in UTF-8.")
    return text


def _unmarked(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252")  # Excel's CSV in Western Europe


def _rows(text: str, name: str) -> list[Row]:
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and lines[0].lower().startswith("sep="):  # Excel's own line
        del lines[0]
    if not lines:
        raise DataError(f"{name} is empty.", _ONE_ROW)
    separator = max(_SEPARATORS, key=lines[0].count)
    try:
        header, *cells = csv.reader(lines, delimiter=separator, strict=True)
    except csv.Error as error:
        raise DataError(f"{name} is damaged: {error}.", _ONE_ROW) from error
    columns = [column.strip().lower() for column in header]
    if any(columns.count(one) > 1 for one in ("image", "group")):
        raise DataError(f"{name} has a column image or group twice.", _ONE_ROW)
    if not {"image", "group"} <= set(columns):
        raise DataError(f"{name} lacks the columns image and group.", _ONE_ROW)
    return [
        {column: unicodedata.normalize("NFC", cell.strip()) for column, cell in zip(columns, row, strict=False)}
        for row in cells
    ]


def _as_meant(group: str) -> str:
    """Give a group without what people and spreadsheets change unseen.

    That is capitals, width and hidden signs, spaces, a dash between a letter and a number, an apostrophe before all,
    zeros before a number and behind its point.
    """
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", group) if unicodedata.category(sign) != "Cf")
    seen = " ".join(seen.casefold().lstrip("'=").replace('"', "").split())
    number = _DECIMALS.fullmatch(seen)
    return _ZEROS.sub("", _BETWEEN.sub("", seen if number is None else number[1]))


def _check_groups(groups: set[str], name: str) -> None:
    seen: dict[str, str] = {}
    for group in sorted(groups):
        meant = _as_meant(group)
        if meant in _NOBODY or not any(map(str.isalnum, meant)) or _CUT_OFF.fullmatch(meant):
            raise DataError(f'{name} has a group called "{group}": whose images are those?', "Give each person a code.")
        other = seen.setdefault(meant, group)
        if other != group:
            raise DataError(f"{name} has the groups {other} and {group}: are they one person?", "Write them alike.")
