"""What the values or colours of masks mean, where a table beside them says so.

Read are `dataset.json` (nnU-Net, Medical Segmentation Decathlon), `_classes.csv` (Roboflow), `labelmap.txt` (CVAT),
`class_names.txt` (LabelMe's converter to Pascal VOC) and `label_colors.txt` (CamVid). What else names vessels or
the like beside masks may be such a table, too, and is refused: an artery would be taken for the nerve in silence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from nerveapp.domain.annotation import ClipRecord
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.json_values import parse, whole
from nerveapp.io.annotation_files.labels import (
    check_one_nerve,
    is_nerve,
    lists_other_structures,
    names_a_nerve,
    names_a_vessel,
    nerves_named,
)
from nerveapp.io.mask_picture import Colour

_MOST_BYTES = 1 << 20
_TEXTS = frozenset([".txt", ".csv", ".tsv", ".json", ".yaml", ".yml", ".xml", ".label", ".names", ".ini", ".toml"])
_NO_TABLE = re.compile(
    r"^(?:read_?me|liesmich|lisez|leeme|leggimi|licen[cs]e|copying|notice|citation|changelog)"
    r"|^(?:groups|index)\.csv$|^summary\.json$"
)
_RGB = re.compile(r"(\d{1,3})[ ,\t]+(\d{1,3})[ ,\t]+(\d{1,3})")
_BACKGROUND = frozenset({"background", "_background_", "__ignore__", "void", "unlabeled"})


class NamedFile(Protocol):
    """A file that lies beside masks."""

    @property
    def base(self) -> str:
        """Its name without folders."""
        ...

    @property
    def size(self) -> int:
        """Its length in bytes, as far as its folder or archive says."""
        ...

    def read(self) -> bytes:
        """Give what is in it."""
        ...


@dataclass(frozen=True, slots=True)
class MaskClass:
    """One class of a table.

    Parameters
    ----------
    label : str
        What it is called.
    value : int
        Of its pixels in a mask of numbers.
    colour : (int, int, int) or None
        RGB of its pixels in a mask of colours; None where the table gives none.
    """

    label: str
    value: int
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class ClassTable:
    """What a file says that masks hold.

    Parameters
    ----------
    name : str
        Of the file.
    classes : tuple of MaskClass
    """

    name: str
    classes: tuple[MaskClass, ...]

    def nerve(self, clip: ClipRecord) -> tuple[MaskClass, ...]:
        """Give the classes that are the nerve of a clip; AnnotationError where none is, or several nerves are."""
        known = [one for one in self.classes if one.label.casefold() not in _BACKGROUND]
        check_one_nerve((one.label for one in known), clip)
        found = tuple(one for one in known if is_nerve(one.label, clip))
        if not found:
            listed = ", ".join(one.label[:40] for one in known[:6]) or "nothing"
            raise AnnotationError(
                f"{self.name} says that the masks are of {listed}: none of these is the nerve of this clip.",
                "Call the nerve 'nerve' there, or leave the table out and mark nothing but the nerve.",
            )
        return found

    def structures(self) -> tuple[tuple[MaskClass, ...], tuple[MaskClass, ...]]:
        """Give the classes of any nerve and those of vessels; AnnotationError where none is a nerve."""
        nerves = tuple(one for one in self.classes if names_a_nerve(one.label))
        inside = [one for one in self.classes if one.label.casefold() not in _BACKGROUND]
        if not nerves and len(inside) == 1 and not lists_other_structures(inside[0].label):
            nerves = (inside[0],)  # "foreground": there is but one thing
        if len(named := nerves_named(one.label for one in nerves)) > 1:
            raise AnnotationError(
                f"{self.name} names several nerves: {', '.join(sorted(named))}.",
                "Call what is to be outlined 'nerve' there, and the others otherwise.",
            )
        if not nerves:
            raise AnnotationError(f"{self.name} names no nerve.", "Call the nerve 'nerve' there.")
        return nerves, tuple(one for one in self.classes if names_a_vessel(one.label) and one not in nerves)

    def others(self, mine: MaskClass) -> tuple[tuple[int, Colour | None], ...]:
        """Give value and colour of all other classes."""
        return tuple((one.value, one.colour) for one in self.classes if one != mine)


def table_among(files: Iterable[NamedFile]) -> ClassTable | None:
    """Give the table that lies among masks; None where there is none.

    Raises
    ------
    AnnotationError
        If there are several, it cannot be read, or a file that is not read may be one.
    """
    files = list(files)
    found = [table for file in files if (table := _read(file)) is not None]
    if len({table.classes for table in found}) > 1:
        raise AnnotationError(
            f"Several tables say what the masks mean: {', '.join(table.name for table in found)}.",
            "Import the masks of one of them at a time.",
        )
    if not found and (unread := next((file.base for file in files if _may_be_table(file)), None)):
        raise AnnotationError(
            f"{unread} beside the masks names other structures than nerves, and cannot be read: it may say what their "
            "values mean.",
            "Give a labelmap.txt as CVAT writes it, with the values in this order, or leave the file out where nothing "
            "but the nerve is marked.",
        )
    return found[0] if found else None


def _read(file: NamedFile) -> ClassTable | None:
    reader = _READERS.get(file.base.casefold())
    if reader is None:
        return None
    if file.size > _MOST_BYTES:
        raise AnnotationError(f"{file.base} is too large for a table of classes.", "Leave it out.")
    try:
        classes = tuple(reader(file.read()))
    except AnnotationError:  # no JSON, or none of this kind
        return None
    return ClassTable(file.base, classes) if classes else None


def _may_be_table(file: NamedFile) -> bool:
    name = file.base.casefold()
    if PurePosixPath(name).suffix not in _TEXTS or _NO_TABLE.search(name):
        return False
    text = file.read().decode("utf-8-sig", errors="replace") if file.size <= _MOST_BYTES else ""
    return lists_other_structures(text) or (name in _READERS and names_a_vessel(text))


def _lines(data: bytes) -> list[str]:
    return [line for line in data.decode("utf-8-sig", errors="replace").splitlines() if line.strip()]


def _of_dataset(data: bytes) -> Iterator[MaskClass]:
    labels = parse(data, "dataset.json").get("labels")
    for key, other in labels.items() if isinstance(labels, dict) else ():
        # Its version 1 gives names by values, version 2 values by names.
        if str(key).isdecimal():
            if isinstance(other, str):
                yield MaskClass(other, int(key))
            continue
        for one in other if isinstance(other, list) else [other]:  # a region of several values
            if (value := whole(one)) is not None:
                yield MaskClass(key, value)


def _of_csv(data: bytes) -> Iterator[MaskClass]:
    lines = _lines(data)
    delimiter = max(",;\t", key="".join(lines[:1]).count)
    for row in csv.reader(lines[1:], skipinitialspace=True, delimiter=delimiter):
        if len(row) >= 2 and row[0].strip().isdecimal():
            yield MaskClass(row[1].strip(), int(row[0]))


def _of_labelmap(data: bytes) -> Iterator[MaskClass]:
    rows = [line.split(":") for line in _lines(data) if not line.startswith("#")]
    for value, row in enumerate(rows):
        colour = _RGB.match(row[1].strip()) if len(row) > 1 else None
        yield MaskClass(row[0].strip(), value, _rgb(colour))


def _of_names(data: bytes) -> Iterator[MaskClass]:
    lines = _lines(data)
    first = -1 if lines and lines[0].strip() == "__ignore__" else 0
    for value, line in enumerate(lines, first):
        yield MaskClass(line.strip(), value)


def _of_colours(data: bytes) -> Iterator[MaskClass]:
    for value, line in enumerate(_lines(data)):
        if colour := _RGB.match(line.strip()):
            yield MaskClass(line.strip()[colour.end() :].strip(), value, _rgb(colour))


def _rgb(found: re.Match[str] | None) -> Colour | None:
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


_READERS: dict[str, Callable[[bytes], Iterator[MaskClass]]] = {
    "dataset.json": _of_dataset,
    "_classes.csv": _of_csv,
    "labelmap.txt": _of_labelmap,
    "class_names.txt": _of_names,
    "label_colors.txt": _of_colours,
}
