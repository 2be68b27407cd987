"""What may be accepted of an analysis for a cell of a visit's worksheet, and what speaks against each."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.analysis.plausibility import faults_of, implausible_outlines, mostly_flagged
from nerveapp.domain.accepted_value import Choice, Reservation
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.model_choice import ModelChoice


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
