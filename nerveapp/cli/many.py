"""Many clips: each analysed into a folder of its own, here or by the workers of a cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from nerveapp import __version__, bootstrap
from nerveapp.bootstrap import DeviceName, EngineName
from nerveapp.cli.console import console, output, progress_bar
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.view import View
from nerveapp.errors import ModelError, NerveAppError, WriteError
from nerveapp.io.clip_folders import ClipRow, clips_below, kept_row, row_of, whole_folder, write_table
from nerveapp.io.export import provenance, write_all
from nerveapp.io.readers.open_clip import open_clip
from nerveapp.ports import Workers
from nerveapp.workflows.analyse import analyse


@dataclass(frozen=True, slots=True)
class ClipTask:
    """One clip of many to analyse; everything a worker elsewhere has to know.

    Parameters
    ----------
    name : str
        The clip's path below the folder, for people.
    path, out : Path
        The file, and the folder for its results; both reached from wherever the work is done.
    view : View
    calibration : Calibration or None
        None takes the clip's own, if it has one.
    model : str
    flip : bool
    device : DeviceName
    engine : EngineName
    """

    name: str
    path: Path
    out: Path
    view: View
    calibration: Calibration | None
    model: str
    flip: bool
    device: DeviceName
    engine: EngineName


def analyse_one(task: ClipTask) -> ClipRow:
    """Analyse one clip unless its folder holds the same analysis already; a clip that cannot be read is a row too.

    Raises
    ------
    ModelError
        If the model cannot be loaded: no clip could be analysed then.
    """
    segmenter = bootstrap.cached_segmenter(task.model, flip=task.flip, device=task.device, engine=task.engine)
    try:
        opened = open_clip(task.path)
        calibration = task.calibration or opened.info.calibration
        card = segmenter.card
        decides = {
            "clip": opened.info.sha256,
            "exam": {"nerve": task.view.nerve, "site": task.view.site, "side": task.view.side},
            "calibration": asdict(calibration) if calibration else None,
            "model": [card.name, card.sha256, segmenter.engine],
            "version": __version__,
        }
        if (kept := kept_row(task.name, task.out, decides)) is not None:
            return kept
        analysis = analyse(opened, segmenter, view=task.view, calibration=calibration)
        versions = bootstrap.software_versions()
        with whole_folder(task.out) as folder:
            write_all(folder, opened, analysis, versions)
        return row_of(task.name, "done", provenance(analysis, versions))
    except ModelError:
        raise
    except NerveAppError as error:
        return ClipRow(task.name, "failed", str(error))


def analyse_folder(clips: Path, out: Path, task_of: Callable[[str, Path, Path], ClipTask], workers: Workers) -> int:
    """Analyse every clip of a folder and below; returns how many failed.

    Parameters
    ----------
    clips, out : Path
        Each clip's results go to a folder of its own name below `out`, beside clips.csv, a row per clip.
    task_of : callable
        Makes a task of a name, a file and a folder for results.
    workers : Workers
    """
    clips, out = clips.resolve(), out.resolve()
    if clips.is_relative_to(out):
        raise WriteError("Results cannot go to the clips' own folder or above it.", "Give --out a folder of its own.")
    tasks = []
    for path in clips_below(clips):
        name = path.relative_to(clips)
        if not path.is_relative_to(out):  # films of an earlier run are no clips
            tasks.append(task_of(str(name), path, out / name))
    rows: dict[int, ClipRow] = {}
    with progress_bar("clips") as tell:
        tell(0, len(tasks))
        for number, row in workers.map(analyse_one, tasks):
            rows[number] = row
            tell(len(rows), len(tasks))
            if row.state == "failed":
                console.print(f"{row.clip}: {row.said}", markup=False)
    ordered = [rows[number] for number in sorted(rows)]
    _print(ordered)
    table = write_table(out, ordered)
    states = Counter(row.state for row in ordered)
    output.print(f"{', '.join(f'{count} {state}' for state, count in sorted(states.items()))}; all in {table}")
    return states["failed"]


def _print(rows: list[ClipRow]) -> None:
    table = Table("clip", "state", "frames", "outlined", "flagged", "area, median", "area, largest")
    for row in rows:
        areas = [f"{area:.2f} {row.unit}" if area is not None else "–" for area in (row.area_median, row.area_max)]
        if row.implausible:
            areas = ["no finding", "no finding"]
        table.add_row(row.clip, row.state, str(row.frames), str(row.outlined), str(row.flagged), *areas)
    output.print(table)
