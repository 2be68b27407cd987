"""Accepted values to gather in tests."""

import uuid
from datetime import timedelta

from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured, Reservation
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.view import Nerve, Side, Site, View
from tests.fakes.clock import START

SPACING = Calibration(0.05, 0.05, CalibrationOrigin.TWO_POINTS)
LEFT, RIGHT = (View(Nerve.MEDIAN, Site.WRIST, side) for side in (Side.LEFT, Side.RIGHT))


def manual(exam: str, area: float, view: View = LEFT) -> AcceptedValue:
    return AcceptedValue(uuid.uuid4().hex, exam, view, Choice.MANUAL, area, "mm²", None, (), "R1", START)


def measured(
    exam: str,
    area: float,
    view: View = LEFT,
    *,
    clip: str = "a" * 64,
    calibration: Calibration | None = SPACING,
    reservations: tuple[Reservation, ...] = (),
    minutes: int = 0,
) -> AcceptedValue:
    where = Measured(clip, "1" * 32, 3, 3, calibration, "median-wrist", "b" * 64, corrected=False, confidence=0.9)
    unit = "px²" if calibration is None else "mm²"
    at = START + timedelta(minutes=minutes)
    return AcceptedValue(uuid.uuid4().hex, exam, view, Choice.LARGEST, area, unit, where, reservations, "R1", at)
