"""Accepting a value for a cell of a visit's worksheet: what is offered, what speaks against it, and who took it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nerveapp.analysis.plausibility import faults_of, implausible_outlines, mostly_flagged
from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured, Reservation
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Entry
from nerveapp.domain.exam import Exam
from nerveapp.domain.model_choice import ModelChoice
from nerveapp.domain.view import View
from nerveapp.errors import WorksheetError
from nerveapp.ports import AnnotationStore, WorksheetStore
from nerveapp.workflows.analysing.choose_nerve import of_measured_nerve
from nerveapp.workflows.annotating.select_annotations import entries_that_count
from nerveapp.workflows.visits.outdated import outlines_behind


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that may be accepted for a cell.

    Parameters
    ----------
    choice : Choice
    area : float
        In `unit`.
    unit : str
        "mm²" or "px²".
    first_frame, last_frame : int
        The frames it is of, both included.
    reservations : tuple of Reservation
        What speaks against it.
    """

    choice: Choice
    area: float
    unit: str
    first_frame: int
    last_frame: int
    reservations: tuple[Reservation, ...]


def candidates(
    analysis: Analysis,
    choice_of_model: ModelChoice | None = None,
    *,
    frame: int | None = None,
    corrections_left_out: bool = False,
) -> tuple[Candidate, ...]:
    """Give the values that may be accepted of an analysis: largest, median, most stable, and last that of a frame.

    Of a still there is but the one of its frame.

    Parameters
    ----------
    analysis : Analysis
        In the calibration in force and with the corrections that count.
    choice_of_model : ModelChoice or None
        How good its model is for this view; None where it is gone.
    frame : int, optional
        A frame that somebody chose.
    corrections_left_out : bool
        Whether there are corrections that count, and somebody switched them off.
    """
    summary = analysis.summary
    found: list[tuple[Choice, float | None, int | None, int | None]] = []
    still = len(analysis.frames) == 1
    if not still:
        found.append((Choice.LARGEST, summary.area_max, summary.area_max_frame, summary.area_max_frame))
        found.append((Choice.MEDIAN, summary.area_median, summary.area_median_frame, summary.area_median_frame))
    if (run := summary.most_stable) is not None:
        found.append((Choice.MOST_STABLE, run.mean_area, run.first, run.last))
    if still or frame is not None:
        frame = 0 if frame is None else frame
        found.append((Choice.FRAME, _area(analysis, frame), frame, frame))
    return tuple(
        Candidate(
            choice,
            area,
            summary.unit,
            first,
            last,
            (
                *_reservations(analysis, choice_of_model, choice, (first, last)),
                *([Reservation.CORRECTIONS_LEFT_OUT] if corrections_left_out else []),
            ),
        )
        for choice, area, first, last in found
        if area is not None and first is not None and last is not None
    )


def accept_value(
    candidate: Candidate,
    analysis: Analysis,
    *,
    analysis_id: str,
    exam: Exam,
    despite: Collection[Reservation],
    model_error: float | None,
    annotations: AnnotationStore,
    store: WorksheetStore,
    actor: Actor,
    now: datetime,
) -> AcceptedValue:
    """Accept a value for the cell of its clip's nerve, site and side.

    Parameters
    ----------
    candidate : Candidate
        One of `candidates` of this analysis.
    analysis : Analysis
    analysis_id : str
    exam : Exam
        The visit under which the clip is filed.
    despite : collection of Reservation
        What the actor knows to speak against it.
    model_error : float or None
        See `Measured`.
    annotations : AnnotationStore
        Asked which outlines of people count in the clip now.
    store : WorksheetStore
    actor : Actor
    now : datetime
        With a time zone.

    Raises
    ------
    WorksheetError
        If something speaks against it that the actor did not acknowledge, nerve, site or side are not known, outlines
        of its frames were drawn or taken back since it was measured, or the actor has no code.
    LibraryError
        If visit or clip are not in the library.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    _check_named(actor)
    open_ones = [one for one in candidate.reservations if one not in despite]
    if open_ones:
        raise WorksheetError(
            f"The value is not accepted as it is: {'; '.join(open_ones)}.",
            "Correct the outline or calibrate the clip, or acknowledge it and accept the value all the same.",
        )
    if not analysis.view.complete:
        raise WorksheetError(
            f"It is not known what the clip shows: {analysis.view.words}.",
            "Choose nerve, site and side above, then accept the value.",
        )
    frames = analysis.frames[candidate.first_frame : candidate.last_frame + 1]
    corrected = all(one.corrected for one in frames)
    measured = Measured(
        analysis.clip.sha256,
        analysis_id,
        candidate.first_frame,
        candidate.last_frame,
        analysis.calibration,
        analysis.model.name,
        analysis.model.sha256,
        corrected=corrected,
        confidence=min(one.confidence for one in frames),
        model_error=None if corrected else model_error,
        nerve=analysis.nerve,
        drawn_frames=sum(one.corrected for one in frames),
    )
    behind = outlines_behind(measured, entries_that_count(annotations, clip_sha256=analysis.clip.sha256))
    if Reservation.CORRECTIONS_LEFT_OUT not in candidate.reservations:
        _check_unchanged(analysis, measured, behind, annotations)
    value = AcceptedValue(
        id=uuid.uuid4().hex,
        exam=exam.id,
        view=analysis.view,
        choice=candidate.choice,
        area=candidate.area,
        unit=candidate.unit,
        measured=replace(measured, outlines=tuple(one.id for one in behind)),
        reservations=candidate.reservations,
        by=actor.code,
        at=now,
        echo_intensity=_mean([one.echo_intensity for one in frames]),
        hypoechoic_fraction=_mean([one.hypoechoic_fraction for one in frames]),
    )
    store.accept(value)
    return value


def _check_unchanged(
    analysis: Analysis, measured: Measured, behind: Sequence[Entry], annotations: AnnotationStore
) -> None:
    """Refuse a value whose outlines are not those that count now: it would be kept with some that it does not rest on.

    Of outlines that it does not use those of a nerve beside it may count. Where it uses one of the frame, another one
    that counts has taken its place.
    """
    frames = range(measured.first_frame, measured.last_frame + 1)
    used = {one.id: one.frame for one in analysis.corrections if one.frame in frames}
    came = [one for one in behind if one.id not in used]
    replaced = any(one.frame in used.values() for one in came)
    gone = used.keys() - {one.id for one in behind}
    if gone or replaced or of_measured_nerve(analysis, annotations.annotations([one.id for one in came])):
        raise WorksheetError(
            "An outline of this value was drawn or taken back since it was measured.", "Look at it again, as it is now."
        )


def enter_value(
    view: View, area_mm2: float, *, exam: Exam, store: WorksheetStore, actor: Actor, now: datetime
) -> AcceptedValue:
    """Enter a value that was measured elsewhere, such as with the machine's own calipers; it is marked as such.

    Raises
    ------
    WorksheetError
        If it is none of a nerve, or the actor has no code.
    LibraryError
        If the visit is not in the library.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    _check_named(actor)
    value = AcceptedValue(uuid.uuid4().hex, exam.id, view, Choice.MANUAL, area_mm2, "mm²", None, (), actor.code, now)
    store.accept(value)
    return value


def withdraw_value(value: AcceptedValue, *, store: WorksheetStore, actor: Actor, now: datetime) -> None:
    """Take a value back; what was accepted for its cell stays on record.

    Parameters
    ----------
    value : AcceptedValue
        As whoever takes it back sees it.
    store : WorksheetStore
    actor : Actor
        Needs the right to describe, and a code.
    now : datetime
        With a time zone.

    Raises
    ------
    WorksheetError
        If another value stands in its cell by now, or the actor has no code.
    LibraryError
        If the visit is not in the library.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    _check_named(actor)
    if value.id not in {one.id for one in store.values(value.exam)}:
        raise WorksheetError(
            "Another value was accepted for this cell meanwhile, or it was taken back.", "Look at it again."
        )
    store.withdraw(value.exam, value.view, by=actor.code, at=now)


def _check_named(actor: Actor) -> None:
    """Refuse whoever has not said who they are: values bear the code of who answers for them."""
    if not actor.code:
        raise WorksheetError("Nobody is named who answers for the value.", "Enter your code, such as R1.")


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known else None


def _area(analysis: Analysis, frame: int) -> float | None:
    measured = analysis.frames[frame]
    shape = measured.px if analysis.calibration is None else measured.mm
    return None if shape is None else shape.area


def _reservations(
    analysis: Analysis, choice_of_model: ModelChoice | None, choice: Choice, frames: tuple[int, int]
) -> tuple[Reservation, ...]:
    shown = analysis.frames[frames[0] : frames[1] + 1]
    frame_px = analysis.clip.width * analysis.clip.height
    by_model = any(not one.corrected for one in shown)
    absurd = any(faults_of(one, frame_px) for one in shown)
    absurd_beside = choice is not Choice.FRAME and not absurd and bool(implausible_outlines(analysis))
    speaking = (
        (Reservation.FLAGGED, any(one.flagged for one in shown)),
        (Reservation.MOSTLY_FLAGGED, choice is not Choice.FRAME and mostly_flagged(analysis.summary)),
        (Reservation.UNCALIBRATED, analysis.calibration is None),
        (Reservation.IMPLAUSIBLE, absurd),
        (Reservation.IMPLAUSIBLE_BESIDE, absurd_beside),
        (Reservation.UNLIKE_TRAINING, by_model and bool(analysis.unlike_training)),
        (Reservation.WEAK_MODEL, by_model and choice_of_model is not None and choice_of_model.warning is not None),
    )
    return tuple(one for one, speaks in speaking if speaks)
