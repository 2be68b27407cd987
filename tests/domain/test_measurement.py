from dataclasses import replace

import pytest

from nerveapp.analysis.series import summarise
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.measurement import FrameMeasurement, Morphometry

SPACING = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)


def test_square_millimetres_cannot_be_claimed_without_a_calibration() -> None:
    empty = summarise([], None)
    with pytest.raises(ValueError, match="mm²"):
        replace(empty, unit="mm²")
    with pytest.raises(ValueError, match="mm²"):
        replace(empty, calibration=SPACING)


def test_millimetres_cannot_stand_without_an_outline() -> None:
    shape = Morphometry(1, 1, 1, 1, 0, 0)
    with pytest.raises(ValueError, match="outline"):
        FrameMeasurement(0, 0.0, None, shape, None, None, None, 0.0, ())
