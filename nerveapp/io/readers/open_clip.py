"""The door through which every clip comes in: its decoder runs in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nerveapp.domain.clip import Clip
from nerveapp.domain.clip_source import DicomIdentifiers
from nerveapp.errors import ClipError
from nerveapp.io.readers.decoders.clip import IsolatedClip
from nerveapp.io.readers.decoders.pool import POOL
from nerveapp.io.readers.dicom_identifiers import identifiers
from nerveapp.io.readers.limits import ReadLimits

__all__ = ["IsolatedClipReader", "ReadLimits", "open_clip"]


def open_clip(
    path: Path | Sequence[Path],
    *,
    limits: ReadLimits = ReadLimits(),  # noqa: B008 (it is frozen)
    name: str | None = None,
) -> Clip:
    """Open a file, or a selection of stills, as a clip; its kind is recognised by its content.

    The first frame is decoded before this returns, so that a bad file is refused here. Nothing is kept on disk.

    Parameters
    ----------
    path : Path or sequence of Path
        One file, or several stills of one size that are put into the natural order of their names.
    limits : ReadLimits, optional
        Upper bounds on what the file may demand.
    name : str, optional
        What to show as the clip's name; by default the file's own name.

    Raises
    ------
    ClipError
        If the content cannot be read as a clip; the message says what was found, the hint what to do.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    if not paths:
        raise ClipError("No file was chosen.", "Choose a clip, or the stills of one clip.")
    return IsolatedClip(paths, name, limits, POOL)


class IsolatedClipReader:
    """Opens clips in processes of their own (the `ClipReader` port).

    Parameters
    ----------
    limits : ReadLimits
        Upper bounds on what a file may demand.
    """

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits

    def open(self, paths: Sequence[Path], *, name: str | None = None) -> Clip:
        """Open files as a clip; see the port."""
        return open_clip(paths, limits=self._limits, name=name)

    def identifiers(self, paths: Sequence[Path]) -> DicomIdentifiers:
        """Read the UIDs of a DICOM file; see the port."""
        return identifiers(paths)

    def warm_up(self, clips: int = 1) -> None:
        """Have a decoder ready; see the port."""
        POOL.warm_up(clips)
