import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerveapp.analysis.morphometry import measure, measure_mm
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region


def ellipse(
    height: int, width: int, centre: tuple[float, float], axes: tuple[float, float], angle: float = 0.0
) -> np.ndarray:
    """A filled ellipse: pixel centres inside it; centre and half axes (x, y) in px."""
    y, x = np.mgrid[:height, :width] + 0.5
    dx, dy = x - centre[0], y - centre[1]
    u = dx * math.cos(angle) + dy * math.sin(angle)
    v = -dx * math.sin(angle) + dy * math.cos(angle)
    return np.asarray((u / axes[0]) ** 2 + (v / axes[1]) ** 2 <= 1)


def ellipse_perimeter(a: float, b: float) -> float:
    """Ramanujan's second approximation, exact to far below a pixel here."""
    h = ((a - b) / (a + b)) ** 2
    return math.pi * (a + b) * (1 + 3 * h / (10 + math.sqrt(4 - 3 * h)))


@pytest.mark.parametrize("radius", [15, 30, 60])
def test_circle(radius: int) -> None:
    shape = measure(ellipse(200, 200, (100, 100), (radius, radius)))
    assert shape is not None
    assert shape.area == pytest.approx(math.pi * radius**2, rel=0.02)
    assert shape.perimeter == pytest.approx(2 * math.pi * radius, rel=0.02)
    assert shape.major_diameter == pytest.approx(2 * radius, rel=0.02)
    assert shape.minor_diameter == pytest.approx(2 * radius, rel=0.02)
    assert shape.flattening_ratio == pytest.approx(1, abs=0.02)
    assert shape.circularity > 0.97
    assert (shape.centroid_x, shape.centroid_y) == pytest.approx((100, 100), abs=0.01)


@pytest.mark.parametrize("angle", [0, 0.3, 1.2])
def test_ellipse_at_any_angle(angle: float) -> None:
    shape = measure(ellipse(240, 240, (120, 110), (60, 20), angle))
    assert shape is not None
    assert shape.area == pytest.approx(math.pi * 60 * 20, rel=0.01)
    assert shape.perimeter == pytest.approx(ellipse_perimeter(60, 20), rel=0.02)
    assert (shape.major_diameter, shape.minor_diameter) == pytest.approx((120, 40), rel=0.01)
    assert shape.flattening_ratio == pytest.approx(3, rel=0.02)


def test_anisotropic_pixels_measure_the_true_shape() -> None:
    row_mm, column_mm = 0.05, 0.2
    # A circle of 4 mm radius, drawn on pixels four times as wide as high.
    mask = ellipse(300, 100, (50, 150), (4 / column_mm, 4 / row_mm))
    shape = measure(mask, (row_mm, column_mm))
    assert shape is not None
    assert shape.area == pytest.approx(math.pi * 16, rel=0.01)
    assert shape.perimeter == pytest.approx(2 * math.pi * 4, rel=0.03)
    assert (shape.major_diameter, shape.minor_diameter) == pytest.approx((8, 8), rel=0.02)
    assert (shape.centroid_x, shape.centroid_y) == pytest.approx((50 * column_mm, 150 * row_mm), abs=0.02)


def test_two_parts_are_measured_together() -> None:
    one = ellipse(100, 200, (50, 50), (20, 12))
    both = one | ellipse(100, 200, (140, 50), (20, 12))
    single, double = measure(one), measure(both)
    assert single is not None and double is not None
    assert double.area == pytest.approx(2 * single.area)
    assert double.perimeter == pytest.approx(2 * single.perimeter, rel=1e-4)


def test_nothing_and_a_single_pixel() -> None:
    mask = np.zeros((20, 20), bool)
    assert measure(mask) is None
    mask[3, 4] = True
    shape = measure(mask)
    assert shape is not None
    assert (shape.area, shape.centroid_x, shape.centroid_y) == (1, 4.5, 3.5)
    assert shape.perimeter > 0
    assert math.isfinite(shape.flattening_ratio)
    assert 0 < shape.circularity <= 1


@settings(max_examples=40, deadline=None)
@given(st.floats(6, 40), st.floats(6, 40), st.floats(0.03, 0.3), st.floats(0.03, 0.3))
def test_area_scales_with_the_pixel(a: float, b: float, row: float, column: float) -> None:
    mask = ellipse(100, 100, (50, 50), (a, b))
    px, mm = measure(mask), measure(mask, (row, column))
    assert px is not None and mm is not None
    assert mm.area == pytest.approx(px.area * row * column)
    assert mm.flattening_ratio >= 1
    assert 0 < mm.circularity <= 1


def test_a_shape_at_the_frames_edge_is_measured() -> None:
    mask = np.zeros((50, 50), bool)
    mask[:10, :20] = True
    shape = measure(mask)
    assert shape is not None
    assert shape.area == 200
    assert shape.perimeter == pytest.approx(60, rel=0.1)


@given(st.integers(0, 39), st.integers(0, 39), st.integers(1, 20), st.integers(1, 20))
def test_there_are_millimetres_only_where_the_calibration_holds(left: int, top: int, width: int, height: int) -> None:
    box = Region(10, 5, 29, 24)
    calibration = Calibration(0.1, 0.2, CalibrationOrigin.DICOM_REGION, box=box)
    mask = np.zeros((40, 40), bool)
    mask[top : top + height, left : left + width] = True
    inside = left >= 10 and top >= 5 and min(left + width, 40) <= 30 and min(top + height, 40) <= 25
    shape = measure_mm(mask, calibration)
    assert (shape is not None) == inside
    if shape is not None:
        assert shape.area == pytest.approx(width * height * 0.02)
    assert measure_mm(mask, Calibration(0.1, 0.2, CalibrationOrigin.TYPED)) is not None, "no box is the whole frame"


def test_square_pixels_are_scaled_as_if_measured_in_millimetres() -> None:
    mask = ellipse(200, 200, (90, 110), (50, 20), 0.4)
    there = measure_mm(mask, Calibration(0.07, 0.07, CalibrationOrigin.TYPED))
    anew = measure(mask, (0.07, 0.07))
    assert there is not None
    assert anew is not None
    assert astuple(there) == pytest.approx(astuple(anew))
