"""The items of encapsulated pixel data, put together to the code of one frame each (DICOM PS3.5, annex A.4).

What the file says of them (offset tables, number of frames) is believed only where it fits the items that are there.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_header import DAMAGED_HINT

_ITEM = 0xFFFEE000
_DELIMITER = 0xFFFEE0DD
_MOST_FRAGMENTS = 2_000_000
_JPEG_START, _JPEG_2000_STARTS = b"\xff\xd8\xff", (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
_END_MARKER = b"\xff\xd9"  # of JPEG, JPEG-LS and JPEG 2000 alike
_PADDING_BYTES = 64


@dataclass(frozen=True, slots=True)
class Fragment:
    """Where the content of an item lies in the file; `offset` is that of its tag from the first item's."""

    offset: int
    start: int
    length: int

    def read(self, file: BinaryIO) -> bytes:
        """Read its content."""
        file.seek(self.start)
        return file.read(self.length)


@dataclass(frozen=True, slots=True)
class Fragments:
    """The items of encapsulated pixel data.

    Parameters
    ----------
    items : tuple of Fragment
        Those that are there in full and hold anything, without the Basic Offset Table.
    offsets : tuple of int
        The offset table, as it stands in the file.
    complete : bool
        Whether the items end as they should; otherwise the file is cut off.
    """

    items: tuple[Fragment, ...]
    offsets: tuple[int, ...]
    complete: bool

    def frames(self, file: BinaryIO, announced: int | None) -> list[tuple[Fragment, ...]]:
        """Group the items to frames.

        Parameters
        ----------
        file : binary file
        announced : int or None
            Number of frames the header gives.

        Returns
        -------
        list of tuple of Fragment
            The items of each frame that is there in full.
        """
        by_start = self._by_start(file)
        by_offset = self._by_offset(announced)
        if by_offset is not None and (by_start is None or by_offset == by_start[: len(by_offset)]):
            return by_offset
        if announced == 1 and (by_start is None or len(by_start) == 1):
            return [self.items] if self.complete else self._ended(file, [self.items])
        if by_start is not None and (announced is None or len(by_start) >= announced or not self.complete):
            return by_start if self.complete else self._ended(file, by_start)
        by_end = self._by_end(file)
        if announced is not None and len(by_end) == announced:
            return by_end
        return [(item,) for item in self.items]

    def _by_offset(self, announced: int | None) -> list[tuple[Fragment, ...]] | None:
        """Group by the offset table, if it names the first item, items alone, each later than the one before."""
        table, starts = self.offsets, {item.offset for item in self.items}
        if len(table) < 2 or table[0] != 0 or any(a >= b for a, b in pairwise(table)):
            return None
        if announced is not None and len(table) != announced:
            return None
        end = self.items[-1].offset + 8 + self.items[-1].length
        named = set(table)
        strangers = named - starts
        if strangers and (self.complete or min(strangers) < end):
            return None
        groups: list[list[Fragment]] = []
        for item in self.items:
            if item.offset in named:
                groups.append([])
            groups[-1].append(item)
        # Only the next frame's start, or the end of all, shows that the last group is a whole frame.
        whole = self.complete or end in named
        return [tuple(group) for group in (groups if whole else groups[:-1])]

    def _by_start(self, file: BinaryIO) -> list[tuple[Fragment, ...]] | None:
        """Group by the marker that each code starts with; None where the first item starts with none."""
        groups: list[list[Fragment]] = []
        for item in self.items:
            file.seek(item.start)
            if is_code_start(file.read(8)):
                groups.append([])
            elif not groups:
                return None
            groups[-1].append(item)
        return [tuple(group) for group in groups]

    def _by_end(self, file: BinaryIO) -> list[tuple[Fragment, ...]]:
        """Group by the marker that each code ends with, and zeros behind it."""
        groups: list[list[Fragment]] = [[]]
        for item in self.items:
            groups[-1].append(item)
            if _ends(file, item):
                groups.append([])
        return [tuple(group) for group in groups if group]

    def _ended(self, file: BinaryIO, groups: Sequence[tuple[Fragment, ...]]) -> list[tuple[Fragment, ...]]:
        return [group for group in groups if group and (group is not groups[-1] or _ends(file, group[-1]))]


def is_code_start(head: bytes) -> bool:
    """Return whether bytes start a JPEG, JPEG-LS or JPEG 2000 code."""
    return head.startswith((_JPEG_START, *_JPEG_2000_STARTS))


def read_fragments(file: BinaryIO, start: int, extended_offsets: bytes = b"") -> Fragments:
    """Find the items of the pixel data.

    Parameters
    ----------
    file : binary file
    start : int
        Offset of the first item, the Basic Offset Table.
    extended_offsets : bytes, optional
        Value of the Extended Offset Table (7FE0,0001), 64-bit little endian.

    Raises
    ------
    ClipError
        If there is none in full, or absurdly many.
    """
    file.seek(start)
    tag, length = _item_head(file)
    size = file.seek(0, 2)
    if tag != _ITEM or start + 8 + length > size:
        raise ClipError("The pixel data are damaged or cut off.", DAMAGED_HINT)
    file.seek(start + 8)
    offsets = struct.unpack(f"<{length // 4}L", file.read(length // 4 * 4))
    if extended_offsets:
        offsets = struct.unpack(f"<{len(extended_offsets) // 8}Q", extended_offsets[: len(extended_offsets) // 8 * 8])
    items, complete = _items(file, start + 8 + length, size)
    if not items:
        raise ClipError("The pixel data are damaged or cut off.", DAMAGED_HINT)
    return Fragments(tuple(items), offsets, complete)


def _items(file: BinaryIO, first: int, size: int) -> tuple[list[Fragment], bool]:
    """List the items that are there in full, and whether the list ends as it should."""
    position = first
    items: list[Fragment] = []
    while True:
        file.seek(position)
        tag, length = _item_head(file)
        if tag != _ITEM or position + 8 + length > size:
            return items, tag == _DELIMITER
        if length:
            items.append(Fragment(position - first, position + 8, length))
        if len(items) > _MOST_FRAGMENTS:
            raise ClipError("The pixel data are in more parts than any clip has.", DAMAGED_HINT)
        position += 8 + length


def _item_head(file: BinaryIO) -> tuple[int, int]:
    head = file.read(8)
    if len(head) < 8:
        return 0, 0
    group, element, length = struct.unpack("<HHL", head)
    return group << 16 | element, length


def _ends(file: BinaryIO, item: Fragment) -> bool:
    tail = min(item.length, _PADDING_BYTES)
    file.seek(item.start + item.length - tail)
    return file.read(tail).rstrip(b"\0").endswith(_END_MARKER)
