"""An accepted value whose parts contradict each other is none."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnnotationError, WorksheetError

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
SPACING = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)
IN_MM = Measured("a" * 64, "b" * 32, 3, 7, SPACING, "median-wrist", "c" * 64, corrected=False, confidence=0.9)
VALUE = AcceptedValue("1" * 32, "2" * 32, WRIST, Choice.MOST_STABLE, 9.0, "mm²", IN_MM, (), "R1", NOW)


def test_it_is_in_mm2_exactly_where_its_clip_is_calibrated() -> None:
    in_pixels = replace(IN_MM, calibration=None)
    assert replace(VALUE, unit="px²", measured=in_pixels).area_mm2 is None
    for unit, measured in (("px²", IN_MM), ("mm²", in_pixels)):
        with pytest.raises(ValueError, match="exactly of a calibrated clip"):
            replace(VALUE, unit=unit, measured=measured)


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(Nerve.MEDIAN, Site.WRIST),
        View(Nerve.TIBIAL, Site.WRIST, Side.LEFT),
        View(Nerve.UNKNOWN, Site.WRIST, Side.LEFT),
    ],
)
def test_it_is_of_a_cell_that_a_visit_may_have(view: View) -> None:
    with pytest.raises(ValueError, match="cell of a visit"):
        replace(VALUE, view=view)


def test_it_says_who_accepted_it_by_a_code_and_when_by_the_clock_of_the_world() -> None:
    assert replace(VALUE, by="").by == "", "by versions that did not ask"
    with pytest.raises(AnnotationError, match="not a rater code"):
        replace(VALUE, by="Jane Doe")
    with pytest.raises(ValueError, match="time with its zone"):
        replace(VALUE, at=datetime(2026, 6, 1))


def test_what_is_entered_by_hand_is_an_area_of_a_nerve() -> None:
    by_hand = replace(VALUE, choice=Choice.MANUAL, measured=None)
    assert by_hand.comparable_mm2 == 9.0
    for area in (0.1, 900.0):
        with pytest.raises(WorksheetError, match="no cross-sectional area"):
            replace(by_hand, area=area)
    with pytest.raises(ValueError, match="expected a clip exactly"):
        replace(VALUE, measured=None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first_frame": -1}, "frames in their order"),
        ({"last_frame": 2}, "frames in their order"),
        ({"confidence": 7.0}, "confidence from 0 to 1"),
        ({"confidence": float("nan")}, "confidence from 0 to 1"),
        ({"model_error": -0.1}, "error from 0 up"),
        ({"drawn_frames": 6}, "0 to 5 drawn frames"),
    ],
)
def test_where_it_was_measured_is_possible(changes: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(IN_MM, **changes)  # type: ignore[arg-type]
