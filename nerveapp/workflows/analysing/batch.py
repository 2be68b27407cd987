"""Analyse many clips: each into a folder of its own, by this process or by the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from nerveapp import __version__
from nerveapp.analysis.plausibility import implausible
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.batch import BatchSettings, ClipRow, ClipTask, ResultIdentity, RowState, remark_of
from nerveapp.domain.model_choice import ModelChoice
from nerveapp.domain.view import View
from nerveapp.domain.view_name import view_with_name
from nerveapp.errors import ModelError, NerveAppError, WriteError
from nerveapp.ports import ClipFolders, ClipReader, Segmenters, Workers
from nerveapp.workflows.analysing.analyse import analyse


def batch_tasks(
    clips: Path, out: Path, settings: BatchSettings, *, folders: ClipFolders, choose: Callable[[str, View], ModelChoice]
) -> tuple[ClipTask, ...]:
    """Find the clips of a folder and below, and say where the results of each go.

    Parameters
    ----------
    clips, out : Path
        Results go to a folder of each clip's own name below `out`.
    settings : BatchSettings
    folders : ClipFolders
    choose : callable
        Describes a model by its name for a view, of "" the one that fits it.

    Raises
    ------
    WriteError
        If the clips lie in or below `out`.
    ClipError
        If there are none.
    """
    clips, out = clips.resolve(), out.resolve()
    if clips.is_relative_to(out):
        raise WriteError("Results cannot go to the clips' own folder or above it.", "Give --out a folder of its own.")

    chosen = cache(partial(choose, settings.model))

    def task_of(path: Path) -> ClipTask:
        view, inside = view_with_name(settings.view, path.name), path.relative_to(clips)
        choice = chosen(view)
        how = replace(settings, view=view, model=choice.name)
        return ClipTask(str(inside), path, out / inside, how, choice.warning or "")

    return tuple(
        task_of(path)
        for path in folders.clips_below(clips)
        if not path.is_relative_to(out)  # videos of an earlier run are no clips
    )


def analyse_batch(
    tasks: tuple[ClipTask, ...],
    out: Path,
    *,
    work: Callable[[ClipTask], ClipRow],
    workers: Workers,
    folders: ClipFolders,
    actor: Actor,
    on_row: Callable[[ClipRow], None] = lambda _: None,
) -> tuple[tuple[ClipRow, ...], Path]:
    """Analyse every clip and write clips.csv.

    Parameters
    ----------
    tasks : tuple of ClipTask
    out : Path
        Folder for clips.csv.
    work : callable
        Analyses one clip: `analyse_one` with the ports of the process that does the work, defined in a module.
    workers : Workers
    folders : ClipFolders
    actor : Actor
    on_row : callable
        Called with each row as it comes in, in any order.

    Returns
    -------
    tuple of ClipRow
        In the order of the tasks.
    Path
        The table written.

    Raises
    ------
    RightsError
        If the actor may not analyse clips.
    ModelError, ClusterError, WriteError
        If no clip can be analysed, the workers are lost, or the table cannot be written.
    """
    actor.require(Right.ANALYSE)
    rows: dict[int, ClipRow] = {}
    for number, row in workers.map(work, tasks):
        rows[number] = row
        on_row(row)
    ordered = tuple(rows[number] for number in sorted(rows))
    return ordered, folders.write_table(out, ordered)


def analyse_one(task: ClipTask, *, clips: ClipReader, segmenters: Segmenters, folders: ClipFolders) -> ClipRow:
    """Analyse one clip unless its folder holds the same analysis already; a clip that cannot be read is a row too.

    Raises
    ------
    ModelError
        If the model cannot be loaded: no clip could be analysed then.
    """
    how = task.settings
    segmenter = segmenters.segmenter(how.model, test_time_flip=how.test_time_flip, device=how.device, engine=how.engine)
    try:
        clip = clips.open([task.path])
        calibration = how.calibration or clip.info.calibration
        identity = ResultIdentity(
            clip.info.sha256,
            how.view,
            calibration,
            segmenter.card.name,
            segmenter.card.sha256,
            segmenter.engine,
            __version__,
        )
        row = folders.kept_row(task.name, task.out, identity)
        if row is None:
            analysis = analyse(clip, segmenter, view=how.view, calibration=calibration)
            folders.write_results(task.out, clip, analysis)
            row = row_of(task.name, analysis)
        return replace(row, remark=" ".join(filter(None, (row.remark, task.warning))))
    except ModelError:
        raise
    except NerveAppError as error:
        return ClipRow(task.name, RowState.FAILED, str(error), view=how.view)


def row_of(name: str, analysis: Analysis) -> ClipRow:
    """Give the row of a clip that was analysed now."""
    summary = analysis.summary
    return ClipRow(
        name,
        RowState.DONE,
        remark_of(analysis.truncation, analysis.unlike_training),
        analysis.clip.sha256,
        summary.frames,
        summary.outlined,
        summary.flagged,
        summary.area_median,
        summary.area_max,
        summary.unit,
        "; ".join(implausible(analysis)),
        analysis.view,
        analysis.model.name,
    )
