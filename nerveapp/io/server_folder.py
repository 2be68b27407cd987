"""The folder in which a server keeps what its visitors bring, and the sweeping of those that dead servers left.

A server that is killed tidies nothing up. While it lives it holds a lock on a file of its folder, and the system takes
locks off the dead: whatever folder can be locked is nobody's any more.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

_PREFIX = "nerveapp-server-"
_LOCK = "alive"


class ServerFolder:
    """A folder of this server alone.

    Parameters
    ----------
    parent : Path, optional
        Where it is made; the system's temporary folder by default. What dead servers left there is removed.
    """

    def __init__(self, parent: Path | None = None) -> None:
        home = parent or Path(tempfile.gettempdir())
        _sweep(home)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
        # It gets its name only once it is locked: nobody sees it there and free.
        locking = self.path / f"{_LOCK}-soon"
        self._held = locking.open("w")
        _lock(self._held)
        locking.rename(self.path / _LOCK)

    def bytes_kept(self) -> int:
        """Count the bytes of all files in it; those that go meanwhile do not count."""
        return sum(_sizes(self.path))

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._held.close()


def _sweep(home: Path) -> None:
    for folder in home.glob(f"{_PREFIX}*"):
        with suppress(OSError), (folder / _LOCK).open("r+") as lock:  # others' folders cannot be opened
            if _lock(lock):
                shutil.rmtree(folder, ignore_errors=True)


def _lock(file: IO[str]) -> bool:
    """Lock a file until it is closed or the process ends; False where another process has."""
    if sys.platform == "win32":
        return False  # there an open file cannot be removed: nothing is swept
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sizes(folder: Path) -> list[int]:
    found = []
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                found.append((Path(parent) / name).stat().st_size)
    return found
