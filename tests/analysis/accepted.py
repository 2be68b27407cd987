"""Cells and worksheets with accepted areas, for tests of what they mean."""

from datetime import UTC, datetime

from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.protocols import CARPAL_TUNNEL
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.worksheet import Cell, Sheet, Worksheet

DICOM = Calibration(0.1, 0.1, CalibrationOrigin.DICOM_REGION)
TYPED = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)


def measured(
    calibration: Calibration | None = DICOM, *, corrected: bool = False, model_error: float | None = None
) -> Measured:
    return Measured("clip", "analysis", 3, 3, calibration, "model", "hash", corrected, 0.9, model_error)


def cell(
    nerve: Nerve,
    site: Site,
    area: float,
    side: Side = Side.LEFT,
    *,
    by: Measured | None = None,
    unit: str = "mm²",
) -> Cell:
    """A cell whose value was entered by hand, or measured as `by` says."""
    view = View(nerve, site, side)
    choice = Choice.MANUAL if by is None else Choice.FRAME
    value = AcceptedValue("0" * 32, "visit", view, choice, area, unit, by, (), "", datetime(2026, 1, 5, tzinfo=UTC))
    return Cell(view, value=value)


def worksheet(*cells: Cell, bifid: tuple[Side, ...] = ()) -> Worksheet:
    return Worksheet(Sheet("visit", bifid=bifid), CARPAL_TUNNEL, cells)
