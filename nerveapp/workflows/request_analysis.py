"""Asking for analyses of clips in the library, stopping them, and reading them as they are in force today."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from nerveapp import __version__
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob, AnalysisRequest
from nerveapp.domain.annotation import ClipRecord
from nerveapp.errors import LibraryError
from nerveapp.ports import AnalysisRunner, AnalysisStore, AnnotationStore, Library, ModelStore
from nerveapp.workflows.recalibrate import recalibrate


def request_analysis(
    clip_sha256: str,
    model_name: str,
    *,
    test_time_flip: bool = False,
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
    """
    actor.require(Right.ANALYSE)
    clip = library.clip(clip_sha256)
    if clip is None:
        raise LibraryError("This clip is not in the library.", "Open it from its file.")
    request = AnalysisRequest(
        clip_sha256, model_name, models.card(model_name).sha256, test_time_flip, version=__version__
    )
    job = analyses.add(request, frame_count=clip.record.frame_count, actor=actor.code, now=now)
    if job.state.live:
        runner.wake()
    return job


def stop_analysis(analysis_id: str, *, analyses: AnalysisStore, actor: Actor) -> None:
    """Ask an analysis to stop, for everybody who waits for it; raises RightsError."""
    actor.require(Right.ANALYSE)
    analyses.stop(analysis_id)


def analysis_in_force(analysis_id: str, *, analyses: AnalysisStore, annotations: AnnotationStore) -> Analysis:
    """Give a finished analysis measured with the clip's view and calibration as they were described last.

    Raises
    ------
    AnalysisError
        If there is none.
    """
    found = analyses.result(analysis_id)
    clip = annotations.clip(found.clip.sha256)
    return found if clip is None else in_force(found, clip)


def in_force(analysis: Analysis, clip: ClipRecord) -> Analysis:
    """Give an analysis under its clip's view and calibration; measured anew only where the calibration is another."""
    measured = analysis if analysis.calibration == clip.calibration else recalibrate(analysis, clip.calibration)
    return measured if measured.view == clip.view else replace(measured, view=clip.view)
