"""Asking for an analysis, as every page does it."""

from __future__ import annotations

from collections.abc import Sequence

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.tracking import Point
from nerveapp.ui.page.actor import actor
from nerveapp.workflows.analysing.request_analysis import request_analysis


def ask_for_analysis(
    clip: str, model: str, *, test_time_flip: bool = False, points: Sequence[Point] = ()
) -> AnalysisJob:
    """Queue an analysis of a clip in the library for who is at the page; see `request_analysis`."""
    app = application()
    return request_analysis(
        clip,
        model,
        test_time_flip=test_time_flip,
        points=tuple(points),
        models=app.models,
        analyses=app.analyses,
        runner=app.analysis_runner,
        library=app.library,
        actor=actor(),
        now=now(),
    )
