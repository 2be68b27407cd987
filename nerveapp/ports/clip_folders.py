"""Folders of clips on this machine, and folders of their results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.batch import ClipRow, ResultIdentity
from nerveapp.domain.clip import Clip


class ClipFolders(Protocol):
    """Finds the clips of a folder, and keeps the results of each in a folder of its own, whole or not at all."""

    def clips_below(self, folder: Path) -> list[Path]:
        """Find the clips of a folder and its subfolders, in the order of their paths.

        Raises
        ------
        ClipError
            If the folder holds none, or is a data set of images with their masks.
        """
        ...

    def kept_row(self, clip: str, folder: Path, identity: ResultIdentity) -> ClipRow | None:
        """Give the row of an analysis that a folder holds already; None if it holds another one or none.

        Parameters
        ----------
        clip : str
            Its path, for the row.
        folder : Path
        identity : ResultIdentity
            Only an analysis by the very same is kept.
        """
        ...

    def write_results(self, folder: Path, clip: Clip, analysis: Analysis) -> None:
        """Write an analysis as files into a folder, in place of what was there.

        Results land once however often the work is tried, and what a killed try left is removed by the next.

        Raises
        ------
        WriteError
            If the disk refuses.
        """
        ...

    def write_table(self, folder: Path, rows: Sequence[ClipRow]) -> Path:
        """Write clips.csv into a folder, a row per clip under the notice; raises WriteError."""
        ...
