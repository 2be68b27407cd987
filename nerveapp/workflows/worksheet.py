"""The worksheet of a visit: what is scanned, what is accepted, what is still missing."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nerveapp.analysis.plausibility import faults_of, mostly_flagged
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ClipFilter
from nerveapp.domain.model_choice import ModelChoice
from nerveapp.domain.protocols import CARPAL_TUNNEL, PROTOCOLS, Protocol
from nerveapp.domain.view import View
from nerveapp.domain.worksheet import (
    SIDES,
    AcceptedValue,
    Cell,
    Choice,
    Measured,
    Reservation,
    Sheet,
    Worksheet,
)
from nerveapp.errors import WorksheetError
from nerveapp.ports import Library, WorksheetStore

MOST_CLIPS = 500


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


def protocols(store: WorksheetStore) -> tuple[Protocol, ...]:
    """Give the protocols at hand: those that the app brings along, then one's own."""
    return (*PROTOCOLS, *(one for one in store.protocols() if all(one.name != known.name for known in PROTOCOLS)))


def save_protocol(protocol: Protocol, store: WorksheetStore, *, actor: Actor, now: datetime) -> None:
    """Save a protocol of one's own as a template.

    Raises
    ------
    WorksheetError
        If it has the name of one that the app brings along.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    if any(one.name == protocol.name for one in PROTOCOLS):
        raise WorksheetError("A protocol of the app has this name.", "Give another one.")
    store.put_protocol(protocol, by=actor.code, at=now)


def worksheet(exam: Exam, library: Library, store: WorksheetStore) -> Worksheet:
    """Give a visit's worksheet; without a protocol chosen it is that of the carpal tunnel."""
    sheet = store.sheet(exam.id)
    known = {one.name: one for one in protocols(store)}
    protocol = known.get(sheet.protocol, CARPAL_TUNNEL)
    clips = library.clips(ClipFilter(exam=exam.id, limit=MOST_CLIPS))
    records = {clip.record.sha256: clip.record for clip in clips}
    values = {one.view: one for one in store.values(exam.id)}
    views = [station.on(side) for station in protocol.stations for side in SIDES]
    views += [view for view in values if view not in views]  # accepted under another protocol: nothing is hidden
    cells = []
    for view in views:
        shown = tuple(clip for clip in clips if clip.record.view == view)
        value = values.get(view)
        cells.append(Cell(view, shown, value, "" if value is None else why_outdated(value, records)))
    return Worksheet(sheet, protocol, tuple(cells), tuple(clip for clip in clips if clip.record.view not in views))


def write_sheet(sheet: Sheet, store: WorksheetStore, *, actor: Actor, now: datetime) -> None:
    """Choose a visit's protocol, say on which sides the median nerve is bifid, or write its conclusion.

    Raises
    ------
    LibraryError
        If the visit is not in the library.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    store.put_sheet(replace(sheet, by=actor.code, at=now))


def candidates(
    analysis: Analysis, choice_of_model: ModelChoice | None = None, *, frame: int | None = None
) -> tuple[Candidate, ...]:
    """Give the values that may be accepted of an analysis: largest, median, most stable, and of a frame.

    Of a still there is but the one of its frame.

    Parameters
    ----------
    analysis : Analysis
        In the calibration in force and with the corrections that count.
    choice_of_model : ModelChoice or None
        How good its model is for this view; None where it is gone.
    frame : int, optional
        A frame that somebody chose.
    """
    summary = analysis.summary
    found: list[tuple[Choice, float | None, int | None, int | None]] = []
    still = len(analysis.frames) == 1
    if still or frame is not None:
        frame = 0 if frame is None else frame
        found.append((Choice.FRAME, _area(analysis, frame), frame, frame))
    if not still:
        found.append((Choice.LARGEST, summary.area_max, summary.area_max_frame, summary.area_max_frame))
        found.append((Choice.MEDIAN, summary.area_median, summary.area_median_frame, summary.area_median_frame))
    if (run := summary.most_stable) is not None:
        found.append((Choice.MOST_STABLE, run.mean_area, run.first, run.last))
    return tuple(
        Candidate(
            choice, area, summary.unit, first, last, _reservations(analysis, choice_of_model, choice, (first, last))
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
    store : WorksheetStore
    actor : Actor
    now : datetime
        With a time zone.

    Raises
    ------
    WorksheetError
        If something speaks against it that the actor did not acknowledge, or the side is not known.
    LibraryError
        If visit or clip are not in the library.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    open_ones = [one for one in candidate.reservations if one not in despite]
    if open_ones:
        raise WorksheetError(
            f"The value is not accepted as it is: {'; '.join(open_ones)}.",
            "Correct the outline or calibrate the clip, or acknowledge it and accept the value all the same.",
        )
    if analysis.view.side not in SIDES:
        raise WorksheetError("The clip's side is not known.", "Choose left or right above, then accept the value.")
    frames = analysis.frames[candidate.first_frame : candidate.last_frame + 1]
    corrected = all(one.corrected for one in frames)
    value = AcceptedValue(
        id=uuid.uuid4().hex,
        exam=exam.id,
        view=analysis.view,
        choice=candidate.choice,
        area=candidate.area,
        unit=candidate.unit,
        measured=Measured(
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
        ),
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
        If it is none of a nerve.
    LibraryError
        If the visit is not in the library.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    value = AcceptedValue(uuid.uuid4().hex, exam.id, view, Choice.MANUAL, area_mm2, "mm²", None, (), actor.code, now)
    store.accept(value)
    return value


def withdraw_value(view: View, *, exam: Exam, store: WorksheetStore, actor: Actor, now: datetime) -> None:
    """Take a cell's value back; what was accepted before stays on record. Raises LibraryError, RightsError."""
    actor.require(Right.DESCRIBE)
    store.withdraw(exam.id, view, by=actor.code, at=now)


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
    few_unflagged = mostly_flagged(analysis.summary)
    speaking = (
        (Reservation.FLAGGED, any(one.flagged for one in shown)),
        (Reservation.MOSTLY_FLAGGED, choice is not Choice.FRAME and len(analysis.frames) > 1 and few_unflagged),
        (Reservation.UNCALIBRATED, analysis.calibration is None),
        (Reservation.IMPLAUSIBLE, any(faults_of(one, frame_px) for one in shown)),
        (Reservation.UNLIKE_TRAINING, by_model and bool(analysis.unlike_training)),
        (Reservation.WEAK_MODEL, by_model and choice_of_model is not None and choice_of_model.warning is not None),
    )
    return tuple(one for one, speaks in speaking if speaks)


def why_outdated(value: AcceptedValue, clips: Mapping[str, ClipRecord]) -> str:
    """Say in words why a value is not what its clip would give today; "" where nothing has changed.

    Parameters
    ----------
    value : AcceptedValue
    clips : mapping
        By hash; those of the visit are enough.
    """
    if value.measured is None:
        return ""
    clip = clips.get(value.measured.clip_sha256)
    if clip is None or clip.exam != value.exam:
        return "its clip is filed under another visit now"
    if clip.view != value.view:
        return "its clip is of another nerve, site or side now"
    if clip.calibration != value.measured.calibration:
        return "its clip was calibrated anew since"
    return ""
