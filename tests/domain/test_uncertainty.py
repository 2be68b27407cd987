import math
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.uncertainty import Estimate, area_estimate, readers_sd_mm2
from nerveapp.domain.view import Nerve

AREAS = st.floats(0.5, 150)
SDS = st.floats(0, 10)


def test_a_difference_adds_variances() -> None:
    assert Estimate(12, 3).minus(Estimate(7, 4)) == Estimate(5, 5)  # sqrt(9 + 16)


def test_a_ratio_adds_relative_variances() -> None:
    found = Estimate(12, 1.2).over(Estimate(6, 0.6))  # 10 % and 10 %: 14.1 % of 2
    assert found.value == 2
    assert found.sd == pytest.approx(2 * math.sqrt(0.02))


def test_one_readers_spread_is_less_than_that_of_a_difference() -> None:
    # 2.0 mm² are 1.96 SD of a difference; 2.0 / 1.96 = 1.0204, over sqrt(2) 0.7215.
    assert readers_sd_mm2(Nerve.MEDIAN) == pytest.approx(0.7215, abs=1e-4)
    assert readers_sd_mm2(Nerve.TIBIAL) == pytest.approx(1.0607, abs=1e-4)


def test_reader_calibration_and_model_are_independent() -> None:
    ruler = Calibration(0.1, 0.1, CalibrationOrigin.TWO_POINTS, "")
    # 10 mm²: calibration 2 % = 0.2, model 6 % * sqrt(pi / 2) = 7.52 % = 0.752, reader 0.7215.
    found = area_estimate(10, Nerve.MEDIAN, calibration=ruler, model_error=0.06)
    assert found.sd == pytest.approx(math.sqrt(0.2**2 + 0.752**2 + 0.7215**2), abs=1e-3)
    machine = Calibration(0.1, 0.1, CalibrationOrigin.DICOM_REGION, "")
    assert area_estimate(10, Nerve.MEDIAN, calibration=machine).sd == readers_sd_mm2(Nerve.MEDIAN)


@given(AREAS, SDS, AREAS, SDS)
@example(1.0, 5e-324, 150.0, 0.0)
def test_no_comparison_is_surer_than_its_halves(a: float, sd_a: float, b: float, sd_b: float) -> None:
    # Numbers below the smallest normal one have fewer digits than others, down to none.
    digits, smallest = 1 - 1e-12, sys.float_info.min
    first, second = Estimate(a, sd_a), Estimate(b, sd_b)
    assert first.minus(second).sd >= max(sd_a, sd_b) * digits - smallest
    ratio = first.over(second)
    assert ratio.sd / ratio.value >= max(sd_a / a, sd_b / b) * digits - smallest


@pytest.mark.parametrize("sd", [-0.1, math.nan, math.inf])
def test_a_standard_deviation_is_a_number_from_0_up(sd: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Estimate(1, sd)
