"""Results as files."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.exam import NOWHERE, FiledUnder


class ResultExports(Protocol):
    """Writes an analysis as files; each says what it is of, and that it is not for diagnosis."""

    def measurements_csv(self, analysis: Analysis, filed: FiledUnder = NOWHERE, *, europe: bool = False) -> bytes:
        """Write a row per frame; for Europe with semicolons and decimal commas, as Excel opens it there."""
        ...

    def measurements_xlsx(self, analysis: Analysis, filed: FiledUnder = NOWHERE) -> bytes:
        """Write the same beside a sheet of provenance."""
        ...

    def masks_zip(self, analysis: Analysis, filed: FiledUnder = NOWHERE) -> bytes:
        """Write a PNG per frame."""
        ...

    def summary_json(self, analysis: Analysis, filed: FiledUnder = NOWHERE) -> bytes:
        """Write the summary, and where it comes from."""
        ...

    def overlay(self, clip: Clip, analysis: Analysis) -> bytes:
        """Write the clip with its outline as MP4."""
        ...

    def frame_png(self, image: Image, analysis: Analysis, frame: int, *, visit: str = "", code: str = "") -> bytes:
        """Write a frame with outline, scale bar, depth, side and caption as PNG.

        Parameters
        ----------
        image : ndarray of uint8, (H, W) or (H, W, 3) RGB
            The frame's pixels.
        analysis : Analysis
        frame : int
        visit, code : str
            When, and the patient's code, for the caption; "" where they are not known.
        """
        ...

    def reserved(self, folder: Path) -> AbstractContextManager[None]:
        """Keep a folder ready while what `write_all` puts into it is made.

        One that cannot be used is refused before the work. Results of an earlier analysis stay until the new ones are
        written, and if the work fails no folder is left that was not there.

        Raises
        ------
        WriteError
            If it cannot be made or written to.
        """
        ...

    def write_all(self, folder: Path, clip: Clip, analysis: Analysis) -> None:
        """Write measurements.csv, summary.json, masks/ and overlay.mp4 into a folder, in place of earlier ones.

        Raises
        ------
        WriteError
            If a file cannot be written.
        """
        ...
