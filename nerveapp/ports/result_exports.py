"""Results as files."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.clip import Clip


class ResultExports(Protocol):
    """Writes an analysis as files; each says what it is of, and that it is not for diagnosis."""

    def measurements_csv(self, analysis: Analysis) -> bytes:
        """Write a row per frame."""
        ...

    def measurements_xlsx(self, analysis: Analysis) -> bytes:
        """Write the same beside a sheet of provenance."""
        ...

    def masks_zip(self, analysis: Analysis) -> bytes:
        """Write a PNG per frame."""
        ...

    def summary_json(self, analysis: Analysis) -> bytes:
        """Write the summary, and where it comes from."""
        ...

    def overlay(self, clip: Clip, analysis: Analysis) -> bytes:
        """Write the clip with its outline as MP4."""
        ...

    def write_all(self, folder: Path, clip: Clip, analysis: Analysis) -> None:
        """Write all of them into a folder of one's own.

        Raises
        ------
        WriteError
            If the folder holds other things, or cannot be written to.
        """
        ...
