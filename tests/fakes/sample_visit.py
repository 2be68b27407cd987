"""A visit to report: the median nerve at both wrists and one forearm, and the ulnar nerve still to be scanned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np

from nerveapp.analysis.pictures import png_of
from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured, Reservation
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.exam import Exam
from nerveapp.domain.findings import CellFinding, Pair, PairKind
from nerveapp.domain.follow_up import Change, VisitValue
from nerveapp.domain.norms import Interpretation, Norm
from nerveapp.domain.patient import Patient
from nerveapp.domain.protocols import CARPAL_TUNNEL, Station
from nerveapp.domain.uncertainty import Estimate
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.visit_report import Letterhead, ReportCurve, ReportPicture, VisitReport
from nerveapp.domain.worksheet import SIDES, Cell, Sheet, Worksheet

EXAM = Exam("0123456789abcdef0123456789abcdef", "S01", date(2026, 1, 5), indication="tingling of digits 1–3")
MADE_AT = datetime(2026, 1, 6, 9, 30, tzinfo=UTC)
ACCEPTED_AT = datetime(2026, 1, 5, 16, 20, tzinfo=UTC)
CLIP = "c" * 64
NORM = Norm(
    Nerve.MEDIAN, Site.WRIST, "Dutch, mainly Caucasian", 78, 8.5, 1.25, upper_limit_mm2=11.0, citation="A et al. 2020"
)
WRIST_LEFT = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
WRIST_RIGHT = View(Nerve.MEDIAN, Site.WRIST, Side.RIGHT)
FOREARM_LEFT = View(Nerve.MEDIAN, Site.FOREARM, Side.LEFT)
ULNAR_LEFT = View(Nerve.ULNAR, Site.WRIST, Side.LEFT)

VALUES = (
    AcceptedValue(
        "1" * 32,
        EXAM.id,
        WRIST_LEFT,
        Choice.LARGEST,
        14.25,
        "mm²",
        Measured(
            CLIP,
            "a" * 32,
            7,
            7,
            Calibration(0.08, 0.08, CalibrationOrigin.DICOM_REGION),
            "forearm-wrist",
            "d" * 64,
            corrected=False,
            confidence=0.93,
            model_error=0.06,
        ),
        (Reservation.FLAGGED,),
        "R1",
        ACCEPTED_AT,
        echo_intensity=71.5,
        hypoechoic_fraction=0.62,
    ),
    AcceptedValue("2" * 32, EXAM.id, WRIST_RIGHT, Choice.MANUAL, 9.5, "mm²", None, (), "R2", ACCEPTED_AT),
    AcceptedValue(
        "3" * 32,
        EXAM.id,
        FOREARM_LEFT,
        Choice.MOST_STABLE,
        7.125,
        "mm²",
        Measured(
            "e" * 64,
            "b" * 32,
            3,
            9,
            Calibration(0.1, 0.1, CalibrationOrigin.TYPED),
            "forearm-wrist",
            "d" * 64,
            corrected=True,
            confidence=0.99,
        ),
        (),
        "R1",
        ACCEPTED_AT,
    ),
    AcceptedValue(
        "4" * 32,
        EXAM.id,
        ULNAR_LEFT,
        Choice.FRAME,
        812.0,
        "px²",
        Measured("f" * 64, "b" * 32, 4, 4, None, "forearm-wrist", "d" * 64, corrected=False, confidence=0.9),
        (Reservation.UNCALIBRATED,),
        "",
        ACCEPTED_AT,
    ),
)


def sample_report(*, complete: bool = False, pictures: bool = True) -> VisitReport:
    """Give the report of the visit; complete, the protocol has the sites alone that were scanned."""
    accepted = {one.view: one for one in VALUES}
    cells = [Cell(station.on(side), value=accepted.get(station.on(side))) for station in _stations() for side in SIDES]
    kept = tuple(one for one in cells if one.value is not None) if complete else tuple(cells)
    by_view = {one.view: one for one in kept}
    findings = (
        CellFinding(
            by_view[WRIST_LEFT],
            Estimate(14.25, 1.25),
            NORM,
            (NORM,),
            Interpretation.ABOVE,
            10.5,
            "enlarged at the wrist by 3.25 mm²",
            thin=False,
            against="limit 11 mm², Dutch population",
            personally_judged="personal limit 10.5 mm²: above the limit",
        ),
        CellFinding(
            by_view[WRIST_RIGHT],
            Estimate(9.5, 0.75),
            NORM,
            (NORM,),
            Interpretation.INDETERMINATE,
            None,
            "indeterminate at the wrist",
            thin=False,
        ),
        CellFinding(by_view[FOREARM_LEFT], Estimate(7.125, 0.75), None, (), None, None, "no limit is known", thin=True),
    )
    return VisitReport(
        Letterhead("Neurology, Sample Hospital"),
        Patient("S01", 1970),
        EXAM,
        Worksheet(
            Sheet(EXAM.id, CARPAL_TUNNEL.name, (), "Carpal tunnel syndrome left – by me.", "R1"), CARPAL_TUNNEL, kept
        ),
        findings,
        PAIRS,
        tuple(_picture(view) for view in (WRIST_LEFT, FOREARM_LEFT)) if pictures else (),
        (ReportCurve(WRIST_LEFT, "mm²", (0.0, 0.1), (13.5, 14.25), 14.25),),
        ("Outlines by the model forearm-wrist.",),
        ("A et al. 2020",),
        "0.1.0",
        MADE_AT,
    )


PAIRS = (
    Pair(
        PairKind.WRIST_TO_FOREARM,
        "Median, wrist over forearm",
        (WRIST_LEFT, FOREARM_LEFT),
        Estimate(2.0, 0.25),
        "",
        1.4,
        Interpretation.ABOVE,
        "above the cut-off of 1.4",
        ("The mean of the healthy lies above a cut-off in use.",),
        "B et al. 2008",
        thin=True,
    ),
    Pair(
        PairKind.SIDE_TO_SIDE,
        "Median, wrist, left − right",
        (WRIST_LEFT, replace(WRIST_LEFT, side=Side.RIGHT)),
        Estimate(4.75, 1.5),
        "mm²",
        None,
        None,
        "no cut-off is known",
        (),
        "",
        thin=False,
    ),
)


def undated(report: VisitReport) -> VisitReport:
    """Give the same of a visit of which a day number is kept and no date."""
    return replace(report, exam=replace(report.exam, date=None, day=3))


def grown(report: VisitReport) -> VisitReport:
    """Give the same with 11.75 mm² at the left wrist a year before."""
    now = next(one for one in VALUES if one.view == WRIST_LEFT)
    earlier = replace(EXAM, id="7" * 32, date=date(2025, 1, 5))
    before = VisitValue(earlier, replace(now, exam=earlier.id, area=11.75))
    return replace(report, changes=(Change(before, VisitValue(EXAM, now)),))


def _stations() -> tuple[Station, ...]:
    return CARPAL_TUNNEL.stations


def _picture(view: View) -> ReportPicture:
    image = np.full((61, 81, 3), 40, np.uint8)
    image[10:20, 30:40] = (250, 200, 0)
    return ReportPicture(view, png_of(image), f"{view.nerve} {view.site} {view.side}, 14.25 mm²", 81, 61)
