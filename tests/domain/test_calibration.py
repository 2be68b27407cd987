import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.errors import CalibrationError


@pytest.mark.parametrize("spacing", [0, -0.1, float("nan"), float("inf"), 0.0001, 6])
def test_impossible_spacing_is_refused_with_a_remedy(spacing: float) -> None:
    with pytest.raises(CalibrationError) as caught:
        Calibration(spacing, 0.1, CalibrationOrigin.TYPED)
    assert "mm per pixel" in caught.value.hint
    with pytest.raises(CalibrationError):
        Calibration(0.1, spacing, CalibrationOrigin.TYPED)


def test_two_points_give_the_distance_per_pixel() -> None:
    calibration = Calibration.from_two_points((10, 10), (10, 110), 10)
    assert calibration.row_spacing_mm == calibration.column_spacing_mm == pytest.approx(0.1)
    assert calibration.origin is CalibrationOrigin.TWO_POINTS
    assert "10 mm between (10.0, 10.0) and (10.0, 110.0)" in calibration.detail


@given(st.floats(0, 6.28), st.floats(20, 500), st.floats(0.03, 0.5))
def test_the_direction_of_the_line_does_not_matter(angle: float, length: float, spacing: float) -> None:
    end = (300 + length * math.cos(angle), 300 + length * math.sin(angle))
    found = Calibration.from_two_points((300, 300), end, length * spacing)
    assert found.row_spacing_mm == pytest.approx(spacing, rel=1e-6)


@pytest.mark.parametrize(("second", "distance"), [((12, 10), 10), ((100, 10), 0), ((100, 10), -3)])
def test_points_too_close_or_no_distance_are_refused(second: tuple[float, float], distance: float) -> None:
    with pytest.raises(CalibrationError):
        Calibration.from_two_points((10, 10), second, distance)
