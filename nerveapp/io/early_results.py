"""What pages show of running analyses: a frame, and the outlines so far; files that are there until one ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.errors import WriteError
from nerveapp.io.atomic import write_bytes


class EarlyResults:
    """Files below a folder that pages and workers share; a disk that takes none holds no analysis up.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put_picture(self, analysis_id: str, jpeg: bytes) -> None:
        """Show another frame."""
        with suppress(WriteError):
            write_bytes(self._path(analysis_id, "jpg"), jpeg)

    def picture(self, analysis_id: str) -> bytes | None:
        """Give the frame that is shown; None where there is none."""
        try:
            return self._path(analysis_id, "jpg").read_bytes()
        except OSError:
            return None

    def add_outlines(self, analysis_id: str, outlines: Sequence[EarlyOutline]) -> None:
        """Show the outlines of the next frames too."""
        lines = "".join(f"{json.dumps([one.time_s, one.area_px, one.parts])}\n" for one in outlines)
        path = self._path(analysis_id, "outlines")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(lines)

    def outlines(self, analysis_id: str) -> tuple[EarlyOutline, ...]:
        """Give the outlines so far, frame k in place k."""
        try:
            lines = self._path(analysis_id, "outlines").read_text(encoding="utf-8").split("\n")
        except OSError:
            return ()
        found = (json.loads(line) for line in lines[:-1])  # the last line is empty, or not yet written to its end
        return tuple(EarlyOutline(time_s, area, tuple(map(tuple, parts))) for time_s, area, parts in found)

    def remove(self, analysis_id: str) -> None:
        """Show no more."""
        for kind in ("jpg", "outlines"):
            with suppress(OSError):
                self._path(analysis_id, kind).unlink()

    def _path(self, analysis_id: str, kind: str) -> Path:
        if not (analysis_id.isascii() and analysis_id.isalnum()):
            raise ValueError(f"expected the id of an analysis, got {analysis_id!r}")
        return self._folder / f"{analysis_id}.{kind}"
