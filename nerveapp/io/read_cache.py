"""Copies of what is read from an object storage, in a folder of this machine that is kept below a size."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nerveapp.errors import StoreError
from nerveapp.io.folder_objects import FolderObjects, hash_of

IN_USE_S = 3600.0
"""A copy that was asked for within this time may still be read, file after file of a clip: it stays."""

_WALK_AFTER = 1 / 16
"""Share of the limit that is fetched at the least before the folder is looked through again."""


class ReadCache:
    """Copies under the names of their keys; those asked for longest ago go first.

    Several processes may share the folder. Its size exceeds the limit only by what was asked for within `IN_USE_S`,
    and by what was fetched since the folder was last looked through.

    Parameters
    ----------
    folder : Path
        Made when something is first kept.
    limit_bytes : int
        Most that is kept.
    clock : callable
        Gives the time, seconds since the epoch.
    """

    def __init__(self, folder: Path, limit_bytes: int, *, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._limit, self._clock = folder, limit_bytes, clock
        self._files = FolderObjects(folder)
        self._until_walk = 0

    def path(self, key: str) -> Path:
        """Where the copy of a key is, or is to be."""
        return self._folder / key

    def found(self, key: str, sha256: str) -> Path | None:
        """Give the copy of a key, and note that it was asked for; None where there is none with this hash."""
        copy = self.path(key)
        with suppress(OSError):
            self._touch(copy)
            if hash_of(copy) == sha256:
                return copy
        return None

    def added(self, copy: Path) -> None:
        """Note a new copy, and make room where it is needed."""
        with suppress(OSError):
            self._touch(copy)
            self._until_walk -= copy.stat().st_size
        if self._until_walk < 0:
            kept = self._make_room()
            self._until_walk = max(self._limit - kept, int(self._limit * _WALK_AFTER))

    def remove(self, prefix: str) -> None:
        """Remove the copies under a key, or below it."""
        self._files.remove(prefix)

    def _make_room(self) -> int:
        """Remove copies until the rest is within the limit; give how many bytes are kept."""
        copies = sorted(self._files.listed(), key=lambda one: one.written_at)
        kept = sum(one.size for one in copies)
        for one in copies:
            if kept <= self._limit or self._clock() - one.written_at.timestamp() < IN_USE_S:
                break
            with suppress(StoreError):  # the copy that was asked for is there all the same
                self._files.remove(one.key)
            kept -= one.size
        return kept

    def _touch(self, copy: Path) -> None:
        os.utime(copy, (at := self._clock(), at))
