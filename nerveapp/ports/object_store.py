"""Where files are kept: clips, previews, masks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from nerveapp.domain.clip_source import SourceFile
from nerveapp.domain.kept_object import KeptObject


class ObjectStore(Protocol):
    """Files under keys such as "clips/HASH/00000/name", each written whole or not at all and checked when read.

    Raises
    ------
    StoreError
        By every method: if the store cannot be read or written now.
    """

    def put(self, key: str, path: Path) -> SourceFile:
        """Keep a copy of a file in place of what was there; the given file stays, and may be linked to."""
        ...

    def put_bytes(self, key: str, data: bytes) -> SourceFile:
        """Keep bytes in place of what was there."""
        ...

    def local(self, key: str, *, sha256: str = "") -> Path:
        """Give a path on this machine at which it can be read; fetched first where the store is elsewhere.

        Its last part is that of the key. With a hash, what is there is held against it.

        Raises
        ------
        StoreError
            If there is none, or another file than that of the hash.
        """
        ...

    def read(self, key: str) -> bytes:
        """Give its bytes; raises StoreError if there is none."""
        ...

    def has(self, key: str) -> bool:
        """Whether something is kept under a key."""
        ...

    def remove(self, prefix: str) -> None:
        """Remove whatever is kept under a key, or below it; nothing happens where there is nothing."""
        ...

    def listed(self, prefix: str = "") -> Iterator[KeptObject]:
        """Give what is kept below a prefix; what goes or comes meanwhile may be in it or not."""
        ...
