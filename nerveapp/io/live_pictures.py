"""Frames of running analyses that pages show meanwhile: one file each, there until it ends."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from nerveapp.errors import WriteError
from nerveapp.io.atomic import write_bytes


class LivePictures:
    """Pictures below a folder that a page and its worker share.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, analysis_id: str, jpeg: bytes) -> None:
        """Show another; a disk that takes none holds no analysis up."""
        with suppress(WriteError):
            write_bytes(self._path(analysis_id), jpeg)

    def get(self, analysis_id: str) -> bytes | None:
        """Give what is shown; None where there is nothing."""
        try:
            return self._path(analysis_id).read_bytes()
        except OSError:
            return None

    def remove(self, analysis_id: str) -> None:
        """Show no more."""
        with suppress(OSError):
            self._path(analysis_id).unlink()

    def _path(self, analysis_id: str) -> Path:
        if not (analysis_id.isascii() and analysis_id.isalnum()):
            raise ValueError(f"expected the id of an analysis, got {analysis_id!r}")
        return self._folder / f"{analysis_id}.jpg"
