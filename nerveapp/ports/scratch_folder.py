"""Where uploads lie until they are in the library."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class ScratchFolder(Protocol):
    """A folder of this server alone; it goes with the server, and what dead servers left is removed."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    def bytes_kept(self) -> int:
        """Count the bytes of all files in it."""
        ...
