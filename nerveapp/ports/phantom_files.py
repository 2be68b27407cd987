"""Phantom clips as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from nerveapp.domain.calibration import Calibration
from nerveapp.phantom import PhantomSpec


class PhantomFiles(Protocol):
    """Writes phantom clips with their truth, and reads their pixel spacing."""

    def write(
        self, folder: Path, spec: PhantomSpec, *, on_progress: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """Write clip.mp4, masks/, truth.csv (frame, area_mm2) and spec.json into a folder.

        Raises
        ------
        WriteError
            If a file cannot be written.
        """
        ...

    def calibration(self, spec_file: Path) -> Calibration:
        """Read the exact pixel spacing of a phantom from its spec.json.

        Raises
        ------
        ClipError
            If the file is not a phantom's.
        """
        ...
