"""What opens files as clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from nerveapp.domain.clip import Clip
from nerveapp.domain.clip_source import DicomIdentifiers


class ClipReader(Protocol):
    """Opens files from outside; whatever they hold ends at most their own decoder."""

    def open(self, paths: Sequence[Path], *, name: str | None = None) -> Clip:
        """Open one file, or several stills that are put into the natural order of their names, as a clip.

        Raises
        ------
        ClipError
            If the content cannot be read as a clip.
        """
        ...

    def identifiers(self, paths: Sequence[Path]) -> DicomIdentifiers:
        """Read the UIDs of a clip that is one DICOM file; others have none. They are never exported."""
        ...

    def warm_up(self, clips: int = 1) -> None:
        """Have a decoder ready before the first clip comes."""
        ...
