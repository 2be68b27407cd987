"""Whether the chain of a TIFF's page headers is whole; the reading library passes over a broken end."""

from __future__ import annotations

import struct
from pathlib import Path


def is_chain_broken(path: Path) -> bool:
    """Follow the links from page header to page header (TIFF 6.0, section 2) and tell whether one leads nowhere."""
    with path.open("rb") as file:
        head = file.read(16)
        order = "<" if head[:2] == b"II" else ">"
        big = struct.unpack(f"{order}H", head[2:4])[0] == 43
        count_code, entry_bytes, link_code = ("Q", 20, "Q") if big else ("H", 12, "I")
        link_bytes, count_bytes = struct.calcsize(link_code), struct.calcsize(f"={count_code}")
        link = head[8:16] if big else head[4:8]
        size, seen = path.stat().st_size, set()
        while len(link) == link_bytes:
            (offset,) = struct.unpack(f"{order}{link_code}", link)
            if offset == 0:
                return False
            if offset in seen or offset >= size:
                return True
            seen.add(offset)
            file.seek(offset)
            count = file.read(count_bytes)
            if len(count) < count_bytes:
                return True
            file.seek(struct.unpack(f"{order}{count_code}", count)[0] * entry_bytes, 1)
            link = file.read(link_bytes)
    return True
