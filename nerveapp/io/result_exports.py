"""Results as files, with the versions of this installation (the `ResultExports` port)."""

from __future__ import annotations

import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.exam import NOWHERE, FiledUnder
from nerveapp.io import export, result_folder


class VersionedExports:
    """Writes analyses as files.

    Parameters
    ----------
    versions : tuple of (str, str)
        Of what decides a result.
    """

    def __init__(self, versions: export.Versions) -> None:
        self._versions = versions

    def measurements_csv(self, analysis: Analysis, filed: FiledUnder = NOWHERE, *, europe: bool = False) -> bytes:
        """Write a row per frame."""
        return export.measurements_csv(analysis, filed, europe=europe)

    def measurements_xlsx(self, analysis: Analysis, filed: FiledUnder = NOWHERE) -> bytes:
        """Write the same beside a sheet of provenance."""
        return export.measurements_xlsx(analysis, self._versions, filed)

    def masks_zip(self, analysis: Analysis, filed: FiledUnder = NOWHERE) -> bytes:
        """Write a PNG per frame."""
        return export.masks_zip(analysis, self._versions, filed)

    def summary_json(self, analysis: Analysis, filed: FiledUnder = NOWHERE) -> bytes:
        """Write the summary, and where it comes from."""
        return export.summary_json(analysis, self._versions, filed)

    def overlay(self, clip: Clip, analysis: Analysis) -> bytes:
        """Write the clip with its outline as MP4."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "overlay.mp4"
            export.write_overlay(path, clip, analysis)
            return path.read_bytes()

    def frame_png(self, image: Image, analysis: Analysis, frame: int, *, visit: str = "", code: str = "") -> bytes:
        """Write a frame for a record as PNG; see the port."""
        return export.frame_png(image, analysis, frame, visit=visit, code=code)

    def reserved(self, folder: Path) -> AbstractContextManager[None]:
        """Keep a folder ready for results; see the port."""
        return result_folder.reserved(folder)

    def write_all(self, folder: Path, clip: Clip, analysis: Analysis) -> None:
        """Write all of them into a folder; see the port."""
        result_folder.write_all(folder, clip, analysis, self._versions)
