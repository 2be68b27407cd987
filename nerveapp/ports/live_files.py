"""What writes what a live examination showed as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from nerveapp.domain.clip import Frame
from nerveapp.domain.live import LiveMeasurement


class LiveFiles(Protocol):
    """Writes clips that any program plays, and tables."""

    def write_clip(self, path: Path, frames: Sequence[Frame]) -> None:
        """Write frames of one size, at their times from the first of them on, in place of what was there.

        Parameters
        ----------
        path : Path
            Ends in .mp4.
        frames : sequence of Frame
            One at least.

        Raises
        ------
        WriteError
            If it cannot be written.
        """
        ...

    def measurements_csv(self, outlines: Sequence[LiveMeasurement], remarks: Sequence[str]) -> bytes:
        """Write a row per picture, numbered from 0, its time from the first one on.

        Parameters
        ----------
        outlines : sequence of LiveMeasurement
        remarks : sequence of str
            Lines above the table, below the notice.
        """
        ...
