"""The door through which every clip comes in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nerveapp.domain.clip import Clip
from nerveapp.errors import ClipError
from nerveapp.io.readers.content import Kind, recognise
from nerveapp.io.readers.dicom import open_dicom
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.stack import open_nifti, open_tiff
from nerveapp.io.readers.stills import open_stills, open_zip
from nerveapp.io.readers.video import open_video

__all__ = ["ReadLimits", "open_clip"]

READABLE = "NerveApp reads MP4, MOV, AVI, MKV, WebM, GIF, DICOM, TIFF, NIfTI, PNG, JPEG and BMP, and a ZIP of stills."

_READERS = {
    Kind.VIDEO: open_video,
    Kind.DICOM: open_dicom,
    Kind.TIFF: open_tiff,
    Kind.NIFTI: open_nifti,
    Kind.ZIP: open_zip,
}


def open_clip(
    path: Path | Sequence[Path],
    *,
    limits: ReadLimits = ReadLimits(),  # noqa: B008 (it is frozen)
    name: str | None = None,
) -> Clip:
    """Open a file, or a selection of stills, as a clip; its kind is told by its content.

    The first frame is decoded before this returns, so that a bad file is refused here. Nothing is written to disk.

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
    try:
        _check_sizes(paths, limits)
        if len(paths) > 1:
            return open_stills(paths, name or f"{paths[0].name} and {len(paths) - 1} more", limits)
        return _open_one(paths[0], name or paths[0].name, limits)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ClipError(
            f"{paths[0].name} could not be opened: {reason}.", "Check that it exists and can be read."
        ) from error


def _check_sizes(paths: list[Path], limits: ReadLimits) -> None:
    sizes = [one.stat().st_size for one in paths]
    for one, size in zip(paths, sizes, strict=True):
        if not one.is_file():
            raise ClipError(f"{one.name} is not a file.", "Choose a clip, or the stills of one clip.")
        if size == 0 and len(paths) > 1:
            raise ClipError(f"{one.name} is empty (0 bytes).", "Leave it out, or export it again.")
    limits.check_bytes(sum(sizes))


def _open_one(path: Path, name: str, limits: ReadLimits) -> Clip:
    kind = recognise(path)
    if kind is Kind.STILL:
        return open_stills([path], name, limits)
    if kind is Kind.UNKNOWN:
        raise ClipError("This is a gzip file, but not a NIfTI image.", "Unpack it and choose the clip inside.")
    return _READERS[kind](path, name, limits)
