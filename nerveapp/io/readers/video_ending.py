"""How many frames a video has, and whether its file was cut off where FFmpeg reaches the end without a word."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from av.video.stream import VideoStream

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_GIF_END = b"\x3b"
_SYNC = b"\x47"
_PACKETS = ((188, 0), (192, 4), (204, 0))
"""Lengths of the packets of a transport stream, and where in them the first byte of each is: camcorders put a time
before, broadcasters a check behind (ISO 13818-1, 2.4.3)."""


def announced_frames(stream: VideoStream) -> int | None:
    """Give how many frames a container says it holds; None where it does not say."""
    if not stream.frames:
        return None
    # An edit list hides frames that the track still counts, or drops them from the index.
    entries = stream.index_entries
    hidden = sum(1 for entry in entries if entry.is_discard)
    counted = min(stream.frames, len(entries)) if entries and "mp4" in stream.container.format.name else stream.frames
    return max(counted - hidden, 0) or None


def is_cut_off(path: Path) -> bool:
    """Return whether a file is shorter than it says: Matroska, WebM, AVI, a GIF without its end, half a packet of TS.

    Other containers say how many frames they hold, and are not judged here.
    """
    with path.open("rb") as file:
        head = file.read(4)
        size = file.seek(0, 2)
        if head == b"GIF8":
            file.seek(max(size - 64, 0))
            return not file.read().rstrip(b"\0").endswith(_GIF_END)
        if head == b"RIFF":
            file.seek(4)
            return int.from_bytes(file.read(4), "little") + 8 > size
        if (packet := _packet_of(file)) is not None:
            return size % packet != 0
        if head != _EBML:
            return False
        end = _segment_end(file)
        return end is not None and end > size


def _packet_of(file: BinaryIO) -> int | None:
    """Give the length of a transport stream's packets; None for anything else."""
    file.seek(0)
    head = file.read(3 * _PACKETS[-1][0])
    for length, first in _PACKETS:
        if len(head) > first + 2 * length and all(head[first + at * length :][:1] == _SYNC for at in range(3)):
            return length
    return None


def has_index(path: Path) -> bool:
    """Return whether an AVI has its index behind the pictures; one whose recording was interrupted has none."""
    with path.open("rb") as file:
        size, at = file.seek(0, 2), 12
        while at + 8 <= size:
            file.seek(at)
            name, length = file.read(4), int.from_bytes(file.read(4), "little")
            if name == b"idx1":
                return True
            at += 8 + length + length % 2
    return False


def _segment_end(file: BinaryIO) -> int | None:
    """Return where the Matroska segment says it ends (RFC 8794), None where it does not say."""
    file.seek(4)
    header_size = _variable_integer(file)
    if header_size is None:
        return None
    file.seek(header_size, 1)
    if file.read(4) != _SEGMENT:
        return None
    size = _variable_integer(file)
    return None if size is None else file.tell() + size


def _variable_integer(file: BinaryIO) -> int | None:
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    length = 9 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0xFF >> length)]) + file.read(length - 1), "big")
    unknown = (1 << (7 * length)) - 1
    return None if value == unknown else value
