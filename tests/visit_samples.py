"""Visits to write reports of, with phantom pictures."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np

from nerveapp.analysis.findings import cell_finding
from nerveapp.analysis.pairs import pairs
from nerveapp.analysis.pictures import png_of
from nerveapp.analysis.report_picture import report_picture
from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured, Reservation
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.exam import Exam
from nerveapp.domain.norms import Norm, NormTable
from nerveapp.domain.patient import Patient, Sex
from nerveapp.domain.protocols import CARPAL_TUNNEL, Protocol
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.visit_report import Letterhead, ReportCurve, ReportPicture, VisitReport
from nerveapp.domain.worksheet import SIDES, Cell, Sheet, Worksheet
from nerveapp.phantom.clip import phantom_frames
from nerveapp.phantom.spec import phantom_spec

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
EXAM = Exam("e" * 32, "P007", date=date(2026, 5, 1), indication="Tingling at night, both hands <3 months> & pain")
PATIENT = Patient("P007", birth_year=1961, height_cm=170, wrist_mm=165, sex=Sex.FEMALE)
CALIBRATION = Calibration(0.06, 0.06, CalibrationOrigin.TWO_POINTS, "30 mm between (1, 1) and (1, 501), 500.0 px")
NORMS = NormTable(
    (
        Norm(Nerve.MEDIAN, Site.WRIST, "Dutch, mainly Caucasian", upper_limit_mm2=11, citation="Telleman 2018"),
        Norm(
            Nerve.MEDIAN,
            Site.WRIST,
            "healthy Asian adults",
            n=107,
            mean_mm2=9.33,
            sd_mm2=1.55,
            upper_limit_mm2=13,
            citation="Bae 2021",
        ),
        Norm(Nerve.MEDIAN, Site.FOREARM, "healthy Asian adults", 107, 6.31, 1.49, 4, 10, 10, citation="Bae 2021"),
        Norm(Nerve.ULNAR, Site.WRIST, "Dutch, mainly Caucasian", upper_limit_mm2=7, citation="Telleman 2018"),
    )
)
AREAS = {
    View(Nerve.MEDIAN, Site.WRIST, Side.LEFT): 14.2,
    View(Nerve.MEDIAN, Site.PRONATOR_QUADRATUS, Side.LEFT): 8.1,
    View(Nerve.MEDIAN, Site.FOREARM, Side.LEFT): 6.4,
    View(Nerve.MEDIAN, Site.WRIST, Side.RIGHT): 11.7,
    View(Nerve.ULNAR, Site.WRIST, Side.LEFT): 4.3,
}
CONCLUSION = (
    "Median nerve enlarged at the left wrist.\n  <b>Compare</b> with conduction & follow up — Łódź, Ελληνικά, 正中神经."
)


def accepted(view: View, area: float, *, unit: str = "mm²", **changes: object) -> AcceptedValue:
    """Give a value as it is accepted of a clip, which is calibrated unless it is in pixels."""
    spacing = None if unit == "px²" else CALIBRATION
    measured = Measured("c" * 64, "a" * 32, 12, 12, spacing, "median-wrist", "d" * 64, False, 0.93, 0.06)
    value = AcceptedValue("1" * 32, EXAM.id, view, Choice.LARGEST, area, unit, measured, (), "R1", NOW, 61.0, 0.42)
    return replace(value, **changes)  # type: ignore[arg-type]


def sample_values(areas: dict[View, float]) -> dict[View, AcceptedValue]:
    """Give values of several kinds: measured, corrected, entered by hand, in pixels."""
    values = {view: accepted(view, area) for view, area in areas.items()}
    by_hand = View(Nerve.ULNAR, Site.WRIST, Side.LEFT)
    if by_hand in values:
        values[by_hand] = replace(
            values[by_hand], choice=Choice.MANUAL, measured=None, echo_intensity=None, hypoechoic_fraction=None
        )
    pixels = View(Nerve.ULNAR, Site.WRIST, Side.RIGHT)
    values[pixels] = accepted(pixels, 4300.0, unit="px²", reservations=(Reservation.UNCALIBRATED,))
    return values


def sample_report(
    values: dict[View, AcceptedValue] | None = None,
    *,
    protocol: Protocol = CARPAL_TUNNEL,
    conclusion: str = CONCLUSION,
    pictures: bool = False,
    letterhead: Letterhead = Letterhead("Clinic for Nerves, Łódź"),  # noqa: B008 - it is frozen
) -> VisitReport:
    """Give a report of these values; a carpal tunnel visit of several kinds of them by default."""
    values = sample_values(AREAS) if values is None else values
    views = [station.on(side) for station in protocol.stations for side in SIDES]
    cells = tuple(Cell(view, value=values.get(view)) for view in views)
    sheet = Sheet(EXAM.id, protocol.name, conclusion=conclusion, by="R1", at=NOW)
    worksheet = Worksheet(sheet, protocol, cells)
    found = (cell_finding(cell, NORMS, PATIENT) for cell in cells)
    measured = [cell for cell in cells if cell.value is not None and cell.value.measured is not None]
    return VisitReport(
        letterhead=letterhead,
        patient=PATIENT,
        exam=EXAM,
        worksheet=worksheet,
        findings=tuple(one for one in found if one is not None),
        pairs=pairs(worksheet),
        pictures=tuple(_picture(cell) for cell in measured) if pictures else (),
        curves=tuple(_curve(cell) for cell in measured) if pictures else (),
        methods=(
            "Median, wrist, left: outlined by median-wrist; 0.06 x 0.06 mm per pixel, origin: two points on a frame.",
        ),
        sources=("Telleman 2018", "Bae 2021"),
        version="0.1.0",
        made_at=NOW,
    )


def _picture(cell: Cell) -> ReportPicture:
    assert cell.value is not None
    frame = next(phantom_frames(phantom_spec(seed=1, frames=1, width=320, height=240)))
    caption = f"P007, 2026-05-01. {cell.station.words}: {cell.value.area:.1f} {cell.value.unit}"
    drawn = report_picture(
        frame.image, frame.mask, calibration=CALIBRATION, side=cell.view.side, caption=caption.split(". ")
    )
    return ReportPicture(cell.view, png_of(drawn), caption, drawn.shape[1], drawn.shape[0])


def _curve(cell: Cell) -> ReportCurve:
    assert cell.value is not None
    times = np.arange(0, 4.8, 0.04)
    areas = cell.value.area * (0.97 + 0.03 * np.sin(2 * times))
    return ReportCurve(cell.view, cell.value.unit, tuple(times.tolist()), tuple(areas.tolist()), cell.value.area)
