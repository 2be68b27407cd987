"""Opening a clip in this very process: what the decoders' processes do, and tests of readers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from nerveapp.errors import ClipError
from nerveapp.io.readers.content import Kind, recognise
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.streamed import StreamedClip

_READERS = {
    Kind.VIDEO: ("video", "open_video"),
    Kind.DICOM: ("dicom", "open_dicom"),
    Kind.TIFF: ("stack", "open_tiff"),
    Kind.NIFTI: ("stack", "open_nifti"),
    Kind.ZIP: ("stills", "open_zip"),
    Kind.STILL: ("stills", "open_still"),
}
"""Module and function for each kind, imported when needed: the libraries behind them take half a second each."""


def load_readers() -> None:
    """Import all readers, for a process that waits for its first clip anyway."""
    for kind in _READERS:
        _reader(kind)


def open_in_process(
    path: Path | Sequence[Path],
    *,
    limits: ReadLimits = ReadLimits(),  # noqa: B008 (it is frozen)
    name: str | None = None,
) -> StreamedClip:
    """Open a file, or a selection of stills, as a clip; see `nerveapp.io.readers.open_clip`.

    Raises
    ------
    ClipError
    """
    paths = [path] if isinstance(path, Path) else list(path)
    if not paths:
        raise ClipError("No file was chosen.", "Choose a clip, or the stills of one clip.")
    try:
        _check_sizes(paths, limits)
        if len(paths) > 1:
            open_stills = import_module("nerveapp.io.readers.stills").open_stills
            label = name or f"{paths[0].name} and {len(paths) - 1} more"
            return cast(StreamedClip, open_stills(paths, label, limits))
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


def _open_one(path: Path, name: str, limits: ReadLimits) -> StreamedClip:
    kind = recognise(path)
    if kind is Kind.UNKNOWN:
        raise ClipError("This is a gzip file, but not a NIfTI image.", "Unpack it and choose the clip inside.")
    return _reader(kind)(path, name, limits)


def _reader(kind: Kind) -> Callable[[Path, str, ReadLimits], StreamedClip]:
    module, function = _READERS[kind]
    found = getattr(import_module(f"nerveapp.io.readers.{module}"), function)
    return cast(Callable[[Path, str, ReadLimits], StreamedClip], found)
