"""The small curve of a report, read back from its pixels."""

import numpy as np
import pytest

from nerveapp.analysis.report_curve import _BAND, _LIMIT, _LINE, HEIGHT_PX, WIDTH_PX, curve_picture
from nerveapp.domain.view import View
from nerveapp.domain.visit_report import ReportCurve

TIMES = tuple(np.arange(0, 4, 0.04).tolist())


def rows_of(picture: np.ndarray, colour: tuple[int, int, int], column: int) -> list[int]:
    """Give the rows below the title at which a column has a colour."""
    return [int(row) for row in np.flatnonzero((picture[:, column] == colour).all(axis=1)) if row > 44]


def test_limit_band_and_curve_lie_at_their_values() -> None:
    curve = ReportCurve(View(), "mm²", TIMES, tuple(8.0 + time for time in TIMES), 12.0)
    picture = curve_picture(curve, 11.0)
    assert picture.shape == (HEIGHT_PX, WIDTH_PX, 3)
    band, limit = rows_of(picture, _BAND, 120), rows_of(picture, _LIMIT, 120)
    assert np.mean(limit) == pytest.approx((band[0] + band[-1]) / 2, abs=2), "the limit is in the middle of its band"
    px_per_mm2 = (band[-1] - band[0]) / 4
    middle = (92 + WIDTH_PX - 20) // 2  # half of the time: 9.98 mm²
    assert np.mean(rows_of(picture, _LINE, middle)) - np.mean(limit) == pytest.approx(1.02 * px_per_mm2, abs=4)


def test_a_curve_in_pixels_is_held_against_no_limit() -> None:
    picture = curve_picture(ReportCurve(View(), "px²", TIMES, tuple(400 + time for time in TIMES), 402.0), 11.0)
    assert not (picture == _LIMIT).all(axis=2).any()
    assert not (picture == _BAND).all(axis=2).any()


def test_frames_without_an_area_leave_a_gap() -> None:
    times = TIMES[:40] + TIMES[60:]
    picture = curve_picture(ReportCurve(View(), "mm²", times, tuple(9.0 for _ in times), 9.5), None)
    middle = (92 + WIDTH_PX - 20) // 2
    assert rows_of(picture, _LINE, middle) == []
    assert rows_of(picture, _LINE, 150) != []


@pytest.mark.parametrize("areas", [(5.0, 5.0), (0.5, 0.5), (100.0, 0.0)])
def test_any_two_areas_can_be_drawn(areas: tuple[float, float]) -> None:
    assert curve_picture(ReportCurve(View(), "mm²", (0.0, 0.04), areas, areas[0]), None).shape[2] == 3
