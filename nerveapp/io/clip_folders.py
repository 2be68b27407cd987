"""Folders of many clips: which files are clips, and folders of results that are there whole or not at all."""

from __future__ import annotations

import glob
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nerveapp import NOTICE
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.batch import ClipRow, ResultIdentity, RowState, remark_of
from nerveapp.domain.clip import Clip
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import ClipError
from nerveapp.io.atomic import refused, write_bytes
from nerveapp.io.readers.content import Kind, recognise
from nerveapp.io.tables import csv_table
from nerveapp.ports import ResultExports

CLIP_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".gif", ".wmv", ".mpg", ".mpeg"),
    *(".dcm", ".dicom", ".tif", ".tiff", ".nii", ".nii.gz", ".zip", ".png", ".jpg", ".jpeg", ".bmp"),
    *(".webp", ".jp2", ".pgm", ".ppm", ".apng", ".avif", ".heic"),
)
"""A file whose content has no sign of its own is taken for a clip only under one of these."""

_TABLE = "clips.csv"
_COLUMNS = (
    "clip", "state", "said", "sha256", "frames", "outlined", "flagged", "area_median", "area_max", "unit",
    "implausible", "nerve", "site", "side", "model",
)  # fmt: skip
"""Scripts rely on these; `said` is what a row's remark is called there."""


class LocalClipFolders:
    """Folders of this machine (the `ClipFolders` port).

    Parameters
    ----------
    exports : ResultExports
        Writes the files of each clip.
    """

    def __init__(self, exports: ResultExports) -> None:
        self._exports = exports

    def clips_below(self, folder: Path) -> list[Path]:
        """Find the clips of a folder; see the port."""
        return clips_below(folder)

    def kept_row(self, clip: str, folder: Path, identity: ResultIdentity) -> ClipRow | None:
        """Give the row of an analysis made before; see the port."""
        return kept_row(clip, folder, identity)

    def write_results(self, folder: Path, clip: Clip, analysis: Analysis) -> None:
        """Write an analysis whole or not at all; see the port."""
        with whole_folder(folder) as temporary:
            self._exports.write_all(temporary, clip, analysis)

    def write_table(self, folder: Path, rows: Sequence[ClipRow]) -> Path:
        """Write clips.csv; see the port."""
        return write_table(folder, rows)


def clips_below(folder: Path) -> list[Path]:
    """Find the clips of a folder and its subfolders, in the order of their paths.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Path
        Hidden files, those that nothing marks as clips, and what an analysis wrote are passed over.

    Raises
    ------
    ClipError
        If the folder holds none, or is a data set of images with their masks.
    """
    if all((folder / name).is_dir() for name in ("images", "masks")):
        raise ClipError(
            f"{folder.name} is a data set and not a folder of clips: it holds images/ beside masks/.",
            "Score a model on it with evaluate, train on it with train, or give its folder images alone.",
        )
    results = [summary.parent for summary in folder.rglob("summary.json") if _is_result(summary)]
    written = {result / name for result in results for name in ("overlay.mp4", "masks")}
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and written.isdisjoint((path, *path.parents)) and _is_clip(path.relative_to(folder), path)
    ]
    if not found:
        raise ClipError(f"There is no clip in {folder.name} or below it.", "Give the folder that holds the clips.")
    return found


def _is_result(summary: Path) -> bool:
    """Whether a summary.json is of an analysis: the overlay and masks beside it are no clips."""
    try:
        content = json.loads(summary.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and isinstance(content.get("clip"), dict) and "model" in content


def _is_clip(inside: Path, path: Path) -> bool:
    if any(part.startswith(".") for part in inside.parts):
        return False
    if path.name.lower().endswith(CLIP_SUFFIXES):
        return True  # also where it is empty or damaged: a clip that is passed over in silence is missed by nobody
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
        raise refused(folder.name, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def kept_row(clip: str, folder: Path, identity: ResultIdentity) -> ClipRow | None:
    """Give the row of an analysis that a folder holds already; None if it holds another one or none.

    Parameters
    ----------
    clip : str
        Its path, for the row.
    folder : Path
    identity : ResultIdentity
        What decides the result: only an analysis by the very same is kept.
    """
    try:
        summary = json.loads((folder / "summary.json").read_bytes())
        return _row_of(clip, summary) if _identity_in(summary) == _as_json(identity) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none was finished here, or it was altered: the clip is analysed anew


def _row_of(clip: str, summary: Mapping[str, Any]) -> ClipRow:
    metrics = summary["summary"]
    return ClipRow(
        clip,
        RowState.KEPT,
        remark_of(summary["clip"]["truncation"], summary["unlike_training"]),
        summary["clip"]["sha256"],
        metrics["frames"],
        metrics["outlined"],
        metrics["flagged"],
        metrics["area_median"],
        metrics["area_max"],
        metrics["unit"],
        "; ".join(metrics["implausible"]),
        View(Nerve(summary["exam"]["nerve"]), Site(summary["exam"]["site"]), Side(summary["exam"]["side"])),
        summary["model"]["name"],
    )


def _identity_in(summary: Mapping[str, Any]) -> dict[str, Any]:
    model = summary["model"]
    return {
        "clip": summary["clip"]["sha256"],
        "exam": summary["exam"],
        "calibration": summary["calibration"],
        "model": [model["name"], model["sha256"], model["engine"]],
        "version": summary["versions"]["nerveapp"],
    }


def _as_json(identity: ResultIdentity) -> dict[str, Any]:
    view, calibration = identity.view, identity.calibration
    values = {
        "clip": identity.clip_sha256,
        "exam": {"nerve": view.nerve, "site": view.site, "side": view.side},
        "calibration": asdict(calibration) if calibration else None,
        "model": [identity.model, identity.model_sha256, identity.engine],
        "version": identity.version,
    }
    written: dict[str, Any] = json.loads(json.dumps(values))  # a tuple comes back from a file as a list
    return written


def write_table(folder: Path, rows: Sequence[ClipRow]) -> Path:
    """Write clips.csv, a row per clip under the notice, without areas that are no findings; raises WriteError."""
    values = (
        (
            row.clip, row.state, row.remark, row.sha256, row.frames, row.outlined, row.flagged,
            *row.findings, row.unit, row.implausible, row.view.nerve, row.view.site, row.view.side, row.model,
        )
        for row in rows
    )  # fmt: skip
    write_bytes(folder / _TABLE, csv_table(_COLUMNS, values, remarks=[NOTICE]))
    return folder / _TABLE
