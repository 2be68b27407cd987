"""Accepting a value for a cell of a visit's worksheet, entering one by hand, and taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured, Reservation
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.exam import Exam
from nerveapp.domain.view import View
from nerveapp.errors import WorksheetError
from nerveapp.ports import AnnotationStore, WorksheetStore
from nerveapp.workflows.analysing.corrections import corrections_of
from nerveapp.workflows.visits.candidates import Candidate


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
        Asked how the clip is described and which outlines of people count in it now.
    store : WorksheetStore
    actor : Actor
    now : datetime
        With a time zone.

    Raises
    ------
    WorksheetError
        If something speaks against it that the actor did not acknowledge, nerve, site or side are not known, the actor
        has no code, or since it was measured the clip was filed, described or calibrated anew, or outlines of its
        frames were drawn or taken back.
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
    clip = annotations.clip(analysis.clip.sha256)  # of one that is deleted the store says so
    if clip is not None and (clip.exam, clip.view, clip.calibration) != (exam.id, analysis.view, analysis.calibration):
        raise WorksheetError(
            "The clip is of another visit by now, or described or calibrated otherwise.",
            "Look at it again, as it is now.",
        )
    shown = range(candidate.first_frame, candidate.last_frame + 1)
    counting = {one.id for one in corrections_of(analysis, annotations).outlines if one.frame in shown}
    used = {one.id for one in analysis.corrections if one.frame in shown}
    if counting != used and Reservation.CORRECTIONS_LEFT_OUT not in candidate.reservations:
        raise WorksheetError(
            "An outline of this value was drawn or taken back since it was measured.", "Look at it again, as it is now."
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
        outlines=tuple(sorted(counting)),
        drawn_frames=sum(one.corrected for one in frames),
    )
    value = AcceptedValue(
        id=uuid.uuid4().hex,
        exam=exam.id,
        view=analysis.view,
        choice=candidate.choice,
        area=candidate.area,
        unit=candidate.unit,
        measured=measured,
        reservations=candidate.reservations,
        by=actor.code,
        at=now,
        echo_intensity=_mean([one.echo_intensity for one in frames]),
        hypoechoic_fraction=_mean([one.hypoechoic_fraction for one in frames]),
    )
    store.accept(value)
    return value


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
    if not store.withdraw(value, by=actor.code, at=now):
        raise WorksheetError(
            "Another value was accepted for this cell meanwhile, or it was taken back.", "Look at it again."
        )


def _check_named(actor: Actor) -> None:
    """Refuse whoever has not said who they are: values bear the code of who answers for them."""
    if not actor.code:
        raise WorksheetError("Nobody is named who answers for the value.", "Enter your code, such as R1.")


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known else None
