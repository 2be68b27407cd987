"""Asking for analyses of clips in the library, stopping them, and reading them as they are in force today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from nerveapp import __version__
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob, AnalysisRequest
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.tracking import Point
from nerveapp.errors import LibraryError
from nerveapp.ports import AnalysisRunner, AnalysisStore, AnnotationStore, Library, ModelStore
from nerveapp.workflows.analysing.choose_nerve import with_nerve
from nerveapp.workflows.analysing.recalibrate import recalibrate
from nerveapp.workflows.following.point import checked_points


def request_analysis(
    clip_sha256: str,
    model_name: str,
    *,
    test_time_flip: bool = False,
    points: Sequence[Point] = (),
    models: ModelStore,
    analyses: AnalysisStore,
    runner: AnalysisRunner,
    library: Library,
    actor: Actor,
    now: datetime,
) -> AnalysisJob:
    """Queue an analysis of a clip in the library, or give the one that was asked for before with the same settings.

    Parameters
    ----------
    clip_sha256 : str
    model_name : str
    test_time_flip : bool
        Test-time flip.
    points : sequence of Point
        Where somebody pointed at the nerve, which is followed from there; of two in one frame the later counts.
    models : ModelStore
    analyses : AnalysisStore
    runner : AnalysisRunner
        Woken where there is something to do.
    library : Library
    actor : Actor
    now : datetime
        With a time zone.

    Returns
    -------
    AnalysisJob
        Its id is the address of the result.

    Raises
    ------
    RightsError
        If the actor may not analyse.
    LibraryError
        If the clip is not in the library.
    ModelError
        If there is no such model.
    AnalysisError
        If a point lies outside of the picture.
    """
    actor.require(Right.ANALYSE)
    clip = library.clip(clip_sha256)
    if clip is None:
        raise LibraryError("This clip is not in the library.", "Open it from its file.")
    record = clip.record
    request = AnalysisRequest(
        clip_sha256,
        model_name,
        models.card(model_name).sha256,
        test_time_flip,
        version=__version__,
        points=checked_points(points, width=record.width, height=record.height),
    )
    job = analyses.add(request, frame_count=record.frame_count, actor=actor.code, now=now)
    if job.state.active:
        runner.wake()
    return job


def stop_analysis(analysis_id: str, *, analyses: AnalysisStore, actor: Actor) -> None:
    """Ask an analysis to stop, for everybody who waits for it; raises RightsError."""
    actor.require(Right.ANALYSE)
    analyses.stop(analysis_id)


def analysis_in_force(analysis_id: str, *, analyses: AnalysisStore, annotations: AnnotationStore) -> Analysis:
    """Give a finished analysis of the nerve chosen last, under its clip's view and calibration as described last.

    Raises
    ------
    AnalysisError
        If there is none.
    """
    found, job = analyses.result(analysis_id), analyses.job(analysis_id)
    chosen = None if job is None else job.nerve
    clip = annotations.clip(found.clip.sha256)
    return with_nerve(found, chosen) if clip is None else in_force(found, clip, nerve=chosen)


def in_force(analysis: Analysis, clip: ClipRecord, *, nerve: int | None) -> Analysis:
    """Give an analysis under its clip's view and calibration; measured anew only where nerve or calibration is another.

    Parameters
    ----------
    analysis : Analysis
        Under any other view and calibration.
    clip : ClipRecord
    nerve : int or None
        The nerve to be measured, `AnalysisJob.nerve`; None where nobody chose.
    """
    chosen = with_nerve(analysis, nerve)
    measured = chosen if chosen.calibration == clip.calibration else recalibrate(chosen, clip.calibration)
    return measured if measured.view == clip.view else replace(measured, view=clip.view)
