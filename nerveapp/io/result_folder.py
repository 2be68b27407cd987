"""A folder with everything about an analysis: table, provenance, masks and the overlay video."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.clip import Clip
from nerveapp.errors import WriteError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.export import Versions, mask_name, mask_png, measurements_csv, summary_json, write_overlay


@contextmanager
def reserved(folder: Path) -> Iterator[None]:
    """Keep a folder ready while what `write_all` puts into it is made.

    One that cannot be used is refused before the work. Results of an earlier analysis stay until the new ones are
    written, and if the work fails no folder is left that was not there.

    Raises
    ------
    WriteError
        If the folder cannot be made or written to.
    """
    there = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _refused(folder, error) from error
    try:
        yield
    finally:
        if not there:
            with suppress(OSError):  # one that is not empty stays
                folder.rmdir()


def _refused(folder: Path, error: OSError) -> WriteError:
    return WriteError(f"Results cannot be written to {folder}: {error.strerror or error}.", "Choose another folder.")


def _without_results(folder: Path) -> Path:
    """Remove what an earlier analysis left in a folder, the summary first, and give the folder for masks in it."""
    masks = folder / "masks"
    try:
        masks.mkdir(parents=True, exist_ok=True)
        (folder / "summary.json").unlink(missing_ok=True)
        for stale in masks.glob("mask_*.png"):
            stale.unlink()
    except OSError as error:
        raise _refused(folder, error) from error
    return masks


def write_all(folder: Path, clip: Clip, analysis: Analysis, versions: Versions) -> None:
    """Write measurements.csv, summary.json, masks/ and overlay.mp4 into a folder, in place of earlier ones.

    Raises
    ------
    WriteError
        If a file cannot be written.
    """
    masks = _without_results(folder)
    write_bytes(folder / "measurements.csv", measurements_csv(analysis))
    for frame, mask in zip(analysis.frames, analysis.masks, strict=True):
        write_bytes(masks / mask_name(frame.frame), mask_png(mask))
    write_overlay(folder / "overlay.mp4", clip, analysis)
    # Last, so that its presence says that the folder is complete.
    write_bytes(folder / "summary.json", summary_json(analysis, versions))
