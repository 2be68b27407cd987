"""The pages of a TIFF: where each header lies and what kind of picture it describes, without keeping the headers."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import BinaryIO

import numpy as np

_REDUCED, _MASK = 1, 4  # bits of NewSubfileType (TIFF 6.0, section 8)
_OLD_REDUCED = 2  # of SubfileType
_MOST_PAGES = 1_000_000
_WIDTH, _LENGTH, _BITS, _PHOTOMETRIC, _SAMPLES, _NEW_SUBFILE, _OLD_SUBFILE, _FORMAT = (
    256, 257, 258, 262, 277, 254, 255, 339,
)  # fmt: skip
_READ = frozenset({_WIDTH, _LENGTH, _BITS, _PHOTOMETRIC, _SAMPLES, _NEW_SUBFILE, _OLD_SUBFILE, _FORMAT})
_CODES = {1: "B", 3: "H", 4: "I", 16: "Q"}


@dataclass(frozen=True, slots=True)
class PageKind:
    """What pages must share to be frames of one clip.

    Parameters
    ----------
    width, height : int
        In px, as stored.
    bits : int
        Of a sample.
    sample_format : int
        1 unsigned, 2 signed, 3 float.
    """

    width: int
    height: int
    bits: int
    sample_format: int

    @property
    def area_px(self) -> int:
        """Pixels of a page."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a TIFF that are frames.

    Parameters
    ----------
    offsets : tuple of int
        Where their headers lie, in their order.
    kind : PageKind
    chain_broken : bool
        Whether the chain of headers ends before it should: the file is cut off.
    left_out : int
        Pages of another size or kind, previews and masks.
    headers : tuple of int
        Where the headers of all pages of the file lie.
    """

    offsets: tuple[int, ...]
    kind: PageKind
    chain_broken: bool
    left_out: int
    headers: tuple[int, ...]


def find_pages(file: BinaryIO, among: Sequence[range] = ()) -> Pages | None:
    """Follow the chain of page headers (TIFF 6.0, section 2) and choose the pages that are frames.

    These are the pages of the commonest kind, of kinds equally common the largest; previews (reduced-resolution pages)
    and transparency masks are never frames, unless there is nothing else.

    Parameters
    ----------
    file : file
    among : sequence of range
        Pages of the image that is read, where the file says which they are; others of the file are none of its frames.

    Returns
    -------
    Pages or None
        None where not one header is there in full.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    found: list[tuple[int, PageKind, bool]] = []
    broken = False
    file.seek(0)
    for page in _chain(file):
        if page is None:
            broken = True
            break
        found.append(page)
    headers = tuple(offset for offset, _, _ in found)
    wanted = np.zeros(len(found), np.bool_)
    for pages in among:
        wanted[pages.start : pages.stop] = True
    found = list(compress(found, wanted)) or found
    full = [(offset, kind) for offset, kind, whole in found if whole] or [(at, kind) for at, kind, _ in found]
    if not full:
        return None
    counts = Counter(kind for _, kind in full)
    chosen = max(counts, key=lambda kind: (counts[kind], kind.area_px))
    if max(kind.area_px for kind in counts) >= 4 * chosen.area_px:
        # Many small pages beside a large one: the pages of a pyramid or a preview strip.
        chosen = max(counts, key=lambda kind: (kind.area_px, counts[kind]))
    offsets = tuple(offset for offset, kind in full if kind == chosen)
    return Pages(offsets, chosen, broken, len(found) - len(offsets), headers)


def _chain(file: BinaryIO) -> Iterator[tuple[int, PageKind, bool] | None]:
    """Yield each header as (offset, kind, whether it is a whole picture); None where a link leads nowhere."""
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = len(head) > 3 and struct.unpack(f"{order}H", head[2:4])[0] == 43
    count_code, entry_code, link_code = ("Q", "HHQ8s", "Q") if big else ("H", "HHI4s", "I")
    link_bytes, count_bytes = struct.calcsize(link_code), struct.calcsize(f"={count_code}")
    entry_bytes = struct.calcsize(f"={entry_code}")
    link = head[8:16] if big else head[4:8]
    size, seen = file.seek(0, 2), set[int]()
    while len(link) == link_bytes:
        (offset,) = struct.unpack(f"{order}{link_code}", link)
        if offset == 0:
            return
        if offset in seen or offset >= size or len(seen) >= _MOST_PAGES:
            yield None
            return
        seen.add(offset)
        file.seek(offset)
        count = file.read(count_bytes)
        entries = struct.unpack(f"{order}{count_code}", count)[0] if len(count) == count_bytes else 0
        if not 0 < entries <= 4096:
            yield None
            return
        data = file.read(entries * entry_bytes)
        link = file.read(link_bytes)
        if len(data) < entries * entry_bytes:
            yield None
            return
        yield offset, *_described(file, data, f"{order}{entry_code}")
    yield None


def _described(file: BinaryIO, data: bytes, entry: str) -> tuple[PageKind, bool]:
    values = {}
    for tag, code, count, value in struct.iter_unpack(entry, data):
        if tag in _READ:
            values[tag] = _first(file, code, count, value, entry[0])
    subfile = values.get(_NEW_SUBFILE, 0)
    whole = not subfile & (_REDUCED | _MASK) and values.get(_OLD_SUBFILE) != _OLD_REDUCED
    return PageKind(values.get(_WIDTH, 0), values.get(_LENGTH, 0), values.get(_BITS, 1), values.get(_FORMAT, 1)), whole


def _first(file: BinaryIO, code: int, count: int, value: bytes, order: str) -> int:
    """Give the first number of an entry; they stand elsewhere where they do not fit."""
    letter = _CODES.get(code)
    if letter is None:
        return 0
    width = struct.calcsize(f"={letter}")
    if count * width > len(value):
        back = file.tell()
        file.seek(struct.unpack(f"{order}{'Q' if len(value) == 8 else 'I'}", value)[0])
        value = file.read(width)
        file.seek(back)
    return int(struct.unpack(f"{order}{letter}", value[:width])[0]) if len(value) >= width else 0
