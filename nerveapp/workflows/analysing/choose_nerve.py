"""Choosing which of the nerves that were followed is measured; the others stay beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.series import summarise
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis, NerveSeries
from nerveapp.domain.annotation import Annotation
from nerveapp.domain.job import JobState
from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.segmentation import PackedMask
from nerveapp.errors import AnalysisError
from nerveapp.ports import AnalysisStore
from nerveapp.workflows.analysing.recalibrate import recalibrate

SAME_NERVE = 0.3
"""Mean Dice from which a nerve that was found is the one that was pointed at: an outline of its own lies beside it."""


def choose_nerve(analysis_id: str, nerve: int, *, analyses: AnalysisStore, actor: Actor) -> None:
    """Have another nerve of a finished analysis measured, for everybody who looks at it.

    Parameters
    ----------
    analysis_id : str
    nerve : int
        Its number in the clip, from 0.
    analyses : AnalysisStore
    actor : Actor

    Raises
    ------
    RightsError
        If the actor may not analyse.
    AnalysisError
        If there is no such finished analysis, or no such nerve in it.
    """
    actor.require(Right.ANALYSE)
    known = nerves_of(analyses.result(analysis_id))
    if nerve not in known:
        there = ", ".join(str(one + 1) for one in known)
        raise AnalysisError(f"There is no nerve {nerve + 1} in this clip.", f"Choose one of those followed: {there}.")
    analyses.choose_nerve(analysis_id, nerve)


def nerves_of(analysis: Analysis) -> tuple[int, ...]:
    """Give the numbers of all nerves that were followed, from 0, sorted; one at least."""
    return tuple(sorted((analysis.nerve, *(one.nerve for one in analysis.others))))


def with_nerve(analysis: Analysis, nerve: int | None) -> Analysis:
    """Measure another of an analysis's nerves in place of the one measured.

    Parameters
    ----------
    analysis : Analysis
        By the model alone, in any calibration.
    nerve : int or None
        Its number; the analysis stays as it is with None, and where there is no such nerve.

    Returns
    -------
    Analysis
        In the same calibration; the other nerves are in pixels alone.
    """
    chosen = next((one for one in analysis.others if one.nerve == nerve), None)
    if chosen is None:
        return analysis
    frames = _in_pixels(chosen.frames)
    before = NerveSeries(analysis.nerve, _in_pixels(analysis.frames), analysis.masks)
    beside = (replace(one, frames=_in_pixels(one.frames)) for one in analysis.others if one is not chosen)
    swapped = replace(
        analysis,
        calibration=None,
        frames=frames,
        masks=chosen.masks,
        summary=summarise(frames, None, analysis.clip),
        nerve=chosen.nerve,
        others=tuple(sorted((before, *beside), key=lambda one: one.nerve)),
    )
    return swapped if analysis.calibration is None else recalibrate(swapped, analysis.calibration)


def nerves_found_beside(analysis_id: str, analysis: Analysis, *, analyses: AnalysisStore) -> tuple[NerveSeries, ...]:
    """Give the nerves that the model found in a clip by itself, beside the one that somebody pointed at.

    Parameters
    ----------
    analysis_id : str
    analysis : Analysis
        Its result; nothing is beside where nobody pointed.
    analyses : AnalysisStore
        May hold what the same model found in the clip without being pointed; nothing is beside where it does not.

    Returns
    -------
    tuple of NerveSeries
        With the numbers they have there. What is outlined where the one pointed at is, is that one.
    """
    job = analyses.job(analysis_id)
    if job is None or not analysis.points:
        return ()
    before = analyses.job(replace(job.request, points=()).id)
    if before is None or before.state is not JobState.DONE:
        return ()
    try:
        found = analyses.result(before.id)
    except AnalysisError:  # its outlines are lost
        return ()
    if len(found.frames) != len(analysis.frames):
        return ()
    nerves = (NerveSeries(found.nerve, found.frames, found.masks), *found.others)
    beside = (one for one in nerves if _agreement(one.masks, analysis.masks) < SAME_NERVE)
    return tuple(sorted(beside, key=lambda one: one.nerve))


def _agreement(some: Sequence[PackedMask], others: Sequence[PackedMask]) -> float:
    """Give the mean Dice over the frames in which both outline something; 0 where there are none."""
    pairs = [(one.unpack(), other.unpack()) for one, other in zip(some, others, strict=True)]
    common = [dice(one, other) for one, other in pairs if one.any() and other.any()]
    return fmean(common) if common else 0.0


def _in_pixels(frames: Sequence[FrameMeasurement]) -> tuple[FrameMeasurement, ...]:
    return tuple(replace(one, mm=None, displacement_mm=None) for one in frames)


def of_measured_nerve(analysis: Analysis, corrections: Sequence[Annotation]) -> tuple[Annotation, ...]:
    """Leave out corrected outlines that are of a nerve beside the one measured.

    A corrected outline is of the nerve whose outline it agrees with most (of an empty one: the outline that was taken
    away); where it agrees with none, of the one measured.

    Parameters
    ----------
    analysis : Analysis
        By the model alone.
    corrections : sequence of Annotation
        Of frames of this clip.
    """
    if not analysis.others:
        return tuple(corrections)
    return tuple(one for one in corrections if _is_of_measured(analysis, one))


def _is_of_measured(analysis: Analysis, correction: Annotation) -> bool:
    mask, frame = correction.mask.unpack(), correction.frame
    if not mask.any() and correction.prediction is not None:
        mask = correction.prediction.mask.unpack()
    if not mask.any():
        return True
    beside = max(dice(mask, other.masks[frame].unpack()) for other in analysis.others)
    return beside <= dice(mask, analysis.masks[frame].unpack())
