"""A finished analysis as it counts: under the view and calibration in force, with people's outlines in it."""

from __future__ import annotations

from collections.abc import Callable

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.clip import ClipInfo
from nerveapp.ports import AnalysisStore, AnnotationStore, FrameSource
from nerveapp.workflows.analysing.correct import with_corrections
from nerveapp.workflows.analysing.corrections import corrections_of
from nerveapp.workflows.analysing.request_analysis import analysis_in_force


def corrected_analysis(
    analysis_id: str,
    *,
    analyses: AnalysisStore,
    annotations: AnnotationStore,
    frames_of: Callable[[ClipInfo], FrameSource],
) -> Analysis:
    """Give a finished analysis with the corrections that count.

    Parameters
    ----------
    analysis_id : str
    analyses : AnalysisStore
    annotations : AnnotationStore
    frames_of : callable
        Gives the frames of a clip; asked only where there are corrections.

    Raises
    ------
    AnalysisError
        If there is none.
    """
    analysis = analysis_in_force(analysis_id, analyses=analyses, annotations=annotations)
    own = corrections_of(analysis, annotations).outlines
    return with_corrections(analysis, own, frames_of(analysis.clip).image) if own else analysis
