"""groups.csv: who each image of a folder is of, as people's programs save it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from nerveapp.domain.patient import as_meant
from nerveapp.errors import DataError
from nerveapp.io.table_reading import read_table

Row: TypeAlias = Mapping[str, str]
"""Column to text, both without spaces around them."""

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".jp2", ".pgm", ".ppm")

_NOBODY = frozenset(
    {"unknown", "nan", "na", "n/a", "#n/a", "#nv", "none", "null", "missing", "tbd", "unbekannt", "k.a."}
    | {"inconnu", "n.a."}
    | {"#ref!", "#name?", "#value!", "#wert!", "#bezug!", "anon", "anonym", "anonymous", "anonymized", "anonymised"}
    | {"true", "false", "patient", "person", "subject", "group"}
)
_CUT_OFF = re.compile(r"\d(?:\.\d+)?e\+\d+")
"""As spreadsheets show long numbers: the digits of one person and of the next are gone."""

_ONE_ROW = "Write one row per image: its name, and the person it is of."


def image_key(name: str) -> str:
    """Give the name under which an image is known: without folders and suffix, in small letters."""
    path = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/"))
    return (path.stem if path.suffix.lower() in IMAGE_SUFFIXES else path.name).casefold()


def read_groups(path: Path, *, own: bool = False) -> dict[str, Row]:
    """Read the table; see `read_table` for how it may be written.

    Parameters
    ----------
    path : Path
    own : bool
        Whether this installation wrote it, with the codes of its patients: no two of them are one person there.

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
    for row in _rows(path):
        image, group = row.get("image", ""), row.get("group", "")
        if not image or not group:
            raise DataError(f"{path.name}: {image or 'a row'} has no {'group' if image else 'image'}.", _ONE_ROW)
        if image_key(image) in rows:
            raise DataError(f"{path.name} names {image} more than once.", _ONE_ROW)
        rows[image_key(image)] = row
    if not own:
        _check_groups({row["group"] for row in rows.values()}, path.name)
    return rows


def _rows(path: Path) -> list[Row]:
    try:
        table = read_table(path.read_bytes(), path.name)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.", "Check the file.") from error
    if twice := sorted({one for one in table.columns if one and table.columns.count(one) > 1}):
        raise DataError(f"{path.name} has the column {twice[0]} twice.", _ONE_ROW)
    if not {"image", "group"} <= set(table.columns):
        raise DataError(f"{path.name} lacks the columns image and group.", _ONE_ROW)
    return [{column: unicodedata.normalize("NFC", cell) for column, cell in row.items()} for row in table.rows()]


def _check_groups(groups: set[str], name: str) -> None:
    seen: dict[str, str] = {}
    for group in sorted(groups):
        meant = as_meant(group)
        if meant in _NOBODY or not any(map(str.isalnum, meant)) or _CUT_OFF.fullmatch(meant):
            raise DataError(f'{name} has a group called "{group}": whose images are those?', "Give each person a code.")
        other = seen.setdefault(meant, group)
        if other != group:
            raise DataError(f"{name} has the groups {other} and {group}: are they one person?", "Write them alike.")
