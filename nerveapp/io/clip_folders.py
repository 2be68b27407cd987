"""Folders of many clips: which files are clips, and folders of results that are there whole or not at all."""

from __future__ import annotations

import glob
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from nerveapp import NOTICE
from nerveapp.errors import ClipError, WriteError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.readers.content import Kind, recognise
from nerveapp.io.tables import csv_table

VIDEO_SUFFIXES = frozenset([".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".gif", ".wmv", ".mpg", ".mpeg"])
"""A file whose content has no sign of its own is taken for a clip only under one of these."""

_TABLE = "clips.csv"


@dataclass(frozen=True, slots=True)
class ClipRow:
    """What became of one clip of many.

    Parameters
    ----------
    clip : str
        Its path below the folder.
    state : str
        "done", "kept" (analysed alike before) or "failed".
    said : str
        Why it failed, or what is to be known of it.
    sha256 : str
        Hash of the file; "" where it could not be read.
    frames, outlined, flagged : int
        Decoded, with a nerve, and in doubt.
    area_median, area_max : float or None
        In `unit`; None where no nerve was found.
    unit : str
        "mm²" or "px²".
    implausible : str
        Why the areas are no findings; "" where nothing speaks against them.
    """

    clip: str
    state: str
    said: str = ""
    sha256: str = ""
    frames: int = 0
    outlined: int = 0
    flagged: int = 0
    area_median: float | None = None
    area_max: float | None = None
    unit: str = ""
    implausible: str = ""


def clips_below(folder: Path) -> list[Path]:
    """Find the clips of a folder and its subfolders, in the order of their paths.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Path
        Hidden files, and those that nothing says are clips, are passed over.

    Raises
    ------
    ClipError
        If the folder holds none, or is a data set of images with their masks.
    """
    if all((folder / name).is_dir() for name in ("images", "masks")):
        raise ClipError(
            f"{folder.name} is a data set and not a folder of clips: it holds images/ beside masks/.",
            "Score a model on it with evaluate, learn from it with train, or give its folder images alone.",
        )
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_clip(path.relative_to(folder), path)]
    if not found:
        raise ClipError(f"There is no clip in {folder.name} or below it.", "Give the folder that holds the clips.")
    return found


def _is_clip(inside: Path, path: Path) -> bool:
    if any(part.startswith(".") for part in inside.parts):
        return False
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return True
    try:
        kind = recognise(path)
    except OSError:
        return False
    return kind not in (Kind.VIDEO, Kind.UNKNOWN)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write results into; on success it stands in the place of `folder`, on failure it is removed.

    So results land once however often the work is tried, and what a killed try left is swept away by the next.

    Raises
    ------
    WriteError
        If the disk refuses.
    """
    prefix = f".{folder.name}-"
    temporary = folder.parent / f"{prefix}{uuid.uuid4().hex[:8]}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left in folder.parent.glob(f"{glob.escape(prefix)}????????"):
            shutil.rmtree(left, ignore_errors=True)
        temporary.mkdir()
        yield temporary
        if folder.exists():
            shutil.rmtree(folder)
        temporary.rename(folder)
    except OSError as error:
        raise WriteError(
            f"{folder.name} cannot be written: {error.strerror or error}.", "Free some space or choose another folder."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def row_of(clip: str, state: str, told: Mapping[str, Any]) -> ClipRow:
    """Give a clip's row from what its summary.json says.

    Raises
    ------
    KeyError, TypeError
        If it is no such summary.
    """
    figures = told["summary"]
    return ClipRow(
        clip,
        state,
        told["clip"]["truncation"] or "",
        told["clip"]["sha256"],
        figures["frames"],
        figures["outlined"],
        figures["flagged"],
        figures["area_median"],
        figures["area_max"],
        figures["unit"],
        "; ".join(figures["implausible"]),
    )


def kept_row(clip: str, folder: Path, decides: Mapping[str, Any]) -> ClipRow | None:
    """Give the row of an analysis that a folder holds already; None if it holds another one or none.

    Parameters
    ----------
    clip : str
        Its path, for the row.
    folder : Path
    decides : mapping
        What decides the result, in the terms of summary.json: only an analysis by the very same is kept.
    """
    try:
        told = json.loads((folder / "summary.json").read_bytes())
        same = _decides(told) == decides
        return row_of(clip, "kept", told) if same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none was finished here, or it was altered: the clip is analysed anew


def _decides(told: Mapping[str, Any]) -> dict[str, Any]:
    model = told["model"]
    return {
        "clip": told["clip"]["sha256"],
        "exam": told["exam"],
        "calibration": told["calibration"],
        "model": [model["name"], model["sha256"], model["engine"]],
        "version": told["versions"]["nerveapp"],
    }


def write_table(folder: Path, rows: Sequence[ClipRow]) -> Path:
    """Write clips.csv, a row per clip under the notice; raises WriteError."""
    names = [field.name for field in fields(ClipRow)]
    table = csv_table(names, ([getattr(row, name) for name in names] for row in rows), remarks=[NOTICE])
    write_bytes(folder / _TABLE, table)
    return folder / _TABLE
