"""What writes files where a user wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class OutputFiles(Protocol):
    """Writes files whole or not at all: an interrupted command leaves what was there before."""

    def write(self, path: Path, data: bytes) -> None:
        """Write a file in place of what was there; its folder is made where it is missing.

        Raises
        ------
        WriteError
            If the disk refuses (full, read-only, no permission).
        """
        ...
