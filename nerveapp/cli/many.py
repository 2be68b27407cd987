"""Many clips: each analysed into a folder of its own, here or by the workers of a cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from nerveapp.bootstrap import application
from nerveapp.cli.console import PlainTable, console, output, progress_bar
from nerveapp.domain.actor import Actor
from nerveapp.domain.batch import BatchSettings, ClipRow, ClipTask, RowState
from nerveapp.domain.counted import counted
from nerveapp.domain.measurement import area_in_words
from nerveapp.domain.model_choice import ModelChoice
from nerveapp.domain.view import View
from nerveapp.ports import Workers
from nerveapp.workflows.analysing import batch
from nerveapp.workflows.models.choose_model import choice_of


def analyse_one(task: ClipTask) -> ClipRow:
    """Analyse one clip with what the process it runs in has; see `workflows.analysing.batch.analyse_one`."""
    here = application()
    return batch.analyse_one(task, clips=here.local_clips, segmenters=here.segmenters, folders=here.clip_folders)


def analyse_folder(clips: Path, out: Path, settings: BatchSettings, workers: Workers) -> int:
    """Analyse every clip of a folder and below; returns how many failed.

    Parameters
    ----------
    clips, out : Path
        Each clip's results go to a folder of its own name below `out`, beside clips.csv, a row per clip.
    settings : BatchSettings
    workers : Workers
    """
    here, out = application(), out.resolve()
    folders = here.clip_folders

    def choose(model: str, view: View) -> ModelChoice:
        return choice_of(model or here.default_model(view), view, here.models, here.registry_if_there)

    tasks = batch.batch_tasks(clips, out, settings, folders=folders, choose=choose)
    for warning, count in Counter(task.warning for task in tasks if task.warning).items():
        console.print(f"WARNING, {counted(count, 'clip')}: {warning}", markup=False)
    finished = 0
    with progress_bar("clips") as report:
        report(0, len(tasks))

        def on_row(row: ClipRow) -> None:
            nonlocal finished
            finished += 1
            report(finished, len(tasks))
            if row.state is RowState.FAILED:
                console.print(f"{row.clip}: {row.remark}", markup=False)

        rows, table = batch.analyse_batch(
            tasks, out, work=analyse_one, workers=workers, folders=folders, actor=Actor(), on_row=on_row
        )
    _print(rows)
    states = Counter(row.state for row in rows)
    output.print(
        f"{', '.join(f'{count} {state}' for state, count in sorted(states.items()))}; all in {table}", markup=False
    )
    return states[RowState.FAILED]


def _print(rows: Sequence[ClipRow]) -> None:
    table = PlainTable("clip", "shows", "state", "frames", "outlined", "flagged", "area, median", "area, largest")
    for row in rows:
        none = "no finding" if row.implausible else "–"
        areas = [none if area is None else area_in_words(area, row.unit) for area in row.findings]
        counts = (str(count) for count in (row.frames, row.outlined, row.flagged))
        table.add_row(row.clip, row.view.short_words, row.state, *counts, *areas)
    output.print(table)
