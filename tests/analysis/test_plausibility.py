import pytest

from nerveapp.analysis.plausibility import outside_region
from nerveapp.analysis.series import summarise
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from tests.analysis.test_series import frame

SPACING = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)


@pytest.mark.parametrize(
    ("inside", "outside", "said"),
    [
        (3, 0, None),
        (3, 1, "In 1 of 4 outlined frames the nerve lies outside of the calibrated region"),
        (0, 2, "wherever it was found: there are no areas in mm²"),
    ],
)
def test_it_is_said_how_many_outlines_have_no_area(inside: int, outside: int, said: str | None) -> None:
    frames = [frame(i, 900, calibrated=i < inside) for i in range(inside + outside)]
    found = outside_region(summarise(frames, SPACING))
    assert found is None if said is None else found is not None and said in found
