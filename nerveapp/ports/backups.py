"""Copies of a whole store."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Backups(Protocol):
    """Copies all that is in the database to a file, and back into an empty one."""

    def back_up(self, path: Path) -> int:
        """Write a consistent copy to a file, whole or not at all, while others go on working; gives the rows copied.

        Raises
        ------
        StoreError, WriteError
            If reading or writing fails.
        """
        ...

    def restore(self, path: Path) -> int:
        """Copy a backup into the store; gives the rows copied.

        Raises
        ------
        StoreError
            If the file is no sound backup, or the store holds something already.
        """
        ...
