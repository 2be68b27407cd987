"""Files where a user wants them (the `OutputFiles` port)."""

from __future__ import annotations

from pathlib import Path

from nerveapp.io.atomic import write_bytes


class AtomicOutputFiles:
    """Writes under a temporary name in the same folder, then renames."""

    def write(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all; see the port."""
        write_bytes(path, data)
