from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.series import summarise
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.measurement import FrameMeasurement, Morphometry, area_in_words, change_in_words, signed
from tests.fakes import FakeClip

SPACING = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)


def test_square_millimetres_cannot_be_claimed_without_a_calibration() -> None:
    empty = summarise([], None, FakeClip(1).info)
    with pytest.raises(ValueError, match="mm²"):
        replace(empty, unit="mm²")
    with pytest.raises(ValueError, match="mm²"):
        replace(empty, calibration=SPACING)


@pytest.mark.parametrize(("calibration", "uncalibrated"), [(None, 1), (SPACING, 1), (SPACING, -1)])
def test_no_more_outlines_lie_outside_of_a_region_than_there_are(
    calibration: Calibration | None, uncalibrated: int
) -> None:
    with pytest.raises(ValueError, match="outside of a calibrated region"):
        replace(summarise([], calibration, FakeClip(1).info), uncalibrated=uncalibrated)


def test_millimetres_cannot_stand_without_an_outline() -> None:
    shape = Morphometry(1, 1, 1, 1, 0, 0)
    with pytest.raises(ValueError, match="outline"):
        FrameMeasurement(0, 0.0, None, shape, None, None, None, 0.0, ())


@given(st.floats())
def test_a_confidence_is_a_share(confidence: float) -> None:
    if 0 <= confidence <= 1:
        assert FrameMeasurement(0, 0.0, None, None, None, None, None, confidence, ()).confidence == confidence
    else:
        with pytest.raises(ValueError, match="0 to 1"):
            FrameMeasurement(0, 0.0, None, None, None, None, None, confidence, ())


@pytest.mark.parametrize(("moved_px", "moved_mm"), [(0.0, None), (None, 0.0)])
def test_what_is_not_outlined_is_not_displaced(moved_px: float | None, moved_mm: float | None) -> None:
    with pytest.raises(ValueError, match="displacement only where"):
        FrameMeasurement(0, 0.0, None, None, moved_px, moved_mm, None, 0.0, ())


@pytest.mark.parametrize(("frame", "time_s"), [(-1, 0.0), (0, -0.1), (0, float("nan")), (0, float("inf"))])
def test_a_frame_has_a_place_and_a_time(frame: int, time_s: float) -> None:
    with pytest.raises(ValueError, match="from 0 up"):
        FrameMeasurement(frame, time_s, None, None, None, None, None, 0.0, ())


@pytest.mark.parametrize(
    ("area", "unit", "said"),
    [(9.304, "mm²", "9.30 mm²"), (0.0, "mm²", "0.00 mm²"), (7953.4, "px²", "7,953 px²"), (12, "px²", "12 px²")],
)
def test_an_area_is_written_in_one_way_everywhere(area: float, unit: str, said: str) -> None:
    assert area_in_words(area, unit) == said


def test_an_area_is_written_with_its_standard_deviation_in_mm2_alone() -> None:
    assert area_in_words(9.34, "mm²", digits=1, sd=0.72) == "9.3 ± 0.7 mm²"
    assert area_in_words(7953.4, "px²", digits=1, sd=0.72) == "7,953 px²"


@pytest.mark.parametrize(
    ("value", "said"), [(0.44, "+0.4"), (-2.0, "−2.0"), (-0.04, "0.0"), (0.04, "0.0"), (-0.06, "−0.1")]
)
def test_a_difference_has_a_true_minus_and_nothing_has_no_sign(value: float, said: str) -> None:
    assert signed(value) == said


@pytest.mark.parametrize(
    ("change", "unit", "words"),
    [
        (0.5, "mm²", "+0.50 mm²"),
        (-0.5, "mm²", "−0.50 mm²"),
        (0.0, "mm²", "0.00 mm²"),
        (-1234.0, "px²", "−1,234 px²"),
        (-0.3, "px²", "0 px²"),
    ],
)
def test_a_change_has_its_sign(change: float, unit: str, words: str) -> None:
    assert change_in_words(change, unit) == words
