"""The items of encapsulated pixel data, put together to the code of one frame each (DICOM PS3.5, annex A.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from nerveapp.errors import ClipError

_ITEM = 0xFFFEE000
_DELIMITER = 0xFFFEE0DD
_CUT_OFF = ClipError("The pixel data are damaged or cut off.", "Export the file again.")


@dataclass(frozen=True, slots=True)
class _Fragment:
    """Where the content of an item lies in the file; `offset` is that of its tag from the first item."""

    offset: int
    start: int
    length: int

    def read(self, file: BinaryIO) -> bytes:
        file.seek(self.start)
        return file.read(self.length)


def encoded_frames(file: BinaryIO, frame_count: int, extended_offsets: bytes = b"") -> Iterator[bytes]:
    """Yield the code of each frame that is there in full; the file stands at the Basic Offset Table.

    Parameters
    ----------
    file : binary file
        Open at the item of the Basic Offset Table.
    frame_count : int
        Number of frames announced.
    extended_offsets : bytes, optional
        Value of the Extended Offset Table (7FE0,0001), 64-bit little endian.

    Raises
    ------
    ClipError
        After the last complete frame, if the data end before their announced end.
    """
    offsets = _basic_offsets(file)
    if extended_offsets:
        offsets = struct.unpack(f"<{len(extended_offsets) // 8}Q", extended_offsets[: len(extended_offsets) // 8 * 8])
    fragments, complete = _complete_fragments(file)
    if not fragments:
        raise _CUT_OFF
    for group in _grouped(file, fragments, frame_count, offsets, complete):
        yield b"".join(fragment.read(file) for fragment in group)
    if not complete:
        raise _CUT_OFF


def _basic_offsets(file: BinaryIO) -> tuple[int, ...]:
    tag, length = _item_head(file)
    if tag != _ITEM:
        raise _CUT_OFF
    return struct.unpack(f"<{length // 4}L", file.read(length // 4 * 4))


def _item_head(file: BinaryIO) -> tuple[int, int]:
    head = file.read(8)
    if len(head) < 8:
        return 0, 0
    group, element, length = struct.unpack("<HHL", head)
    return group << 16 | element, length


def _complete_fragments(file: BinaryIO) -> tuple[list[_Fragment], bool]:
    """List the items that are there in full, and whether the list ends as it should."""
    first = file.tell()
    size = file.seek(0, 2)
    position = first
    fragments: list[_Fragment] = []
    while True:
        file.seek(position)
        tag, length = _item_head(file)
        if tag != _ITEM or position + 8 + length > size:
            return fragments, tag == _DELIMITER
        fragments.append(_Fragment(position - first, position + 8, length))
        position += 8 + length


def _grouped(
    file: BinaryIO, fragments: list[_Fragment], frame_count: int, offsets: tuple[int, ...], complete: bool
) -> Iterator[list[_Fragment]]:
    if len(offsets) > 1:
        return _grouped_by_offset(fragments, offsets, complete)
    if frame_count == 1:
        return iter([fragments] if complete else [])
    if len(fragments) <= frame_count:
        return ([fragment] for fragment in fragments)
    return _grouped_by_end_marker(file, fragments)


def _grouped_by_offset(
    fragments: list[_Fragment], offsets: tuple[int, ...], complete: bool
) -> Iterator[list[_Fragment]]:
    starts = set(offsets)
    group: list[_Fragment] = []
    for fragment in fragments:
        if fragment.offset in starts and group:
            yield group
            group = []
        group.append(fragment)
    # Only the next frame's start, or the end of all, shows that the last group is a whole frame.
    last = fragments[-1]
    if complete or last.offset + 8 + last.length in starts:
        yield group


def _grouped_by_end_marker(file: BinaryIO, fragments: list[_Fragment]) -> Iterator[list[_Fragment]]:
    """Without offsets, a frame of several items ends with the JPEG family's end marker (and a padding byte)."""
    group: list[_Fragment] = []
    for fragment in fragments:
        group.append(fragment)
        file.seek(fragment.start + max(fragment.length - 3, 0))
        if b"\xff\xd9" in file.read(min(fragment.length, 3)):
            yield group
            group = []
