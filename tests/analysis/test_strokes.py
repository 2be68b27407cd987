import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nerveapp.analysis.strokes import polygon_mask, with_stroke

COORDINATE = st.floats(-20, 80, allow_nan=False)
POINT = st.tuples(COORDINATE, COORDINATE)


@settings(deadline=None)
@given(st.lists(POINT, min_size=1, max_size=6), st.floats(0.3, 15), st.booleans())
def test_a_stroke_touches_the_pixels_near_its_line_and_no_others(
    points: list[tuple[float, float]], radius: float, value: bool
) -> None:
    start = np.random.default_rng(0).random((50, 60)) > 0.5
    drawn = with_stroke(start, points, radius=radius, value=value)
    for row in range(0, 50, 3):
        for column in range(0, 60, 3):
            away = _distance((column + 0.5, row + 0.5), points)
            if abs(away - radius) > 1e-6:
                assert drawn[row, column] == (value if away < radius else start[row, column])


def _distance(at: tuple[float, float], points: list[tuple[float, float]]) -> float:
    pairs = zip(points, [*points[1:], points[-1]], strict=True)
    return min(_to_segment(at, a, b) for a, b in pairs)


def _to_segment(at: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    along = max(0.0, min(1.0, ((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / length2)) if length2 else 0.0
    return math.dist(at, (a[0] + along * dx, a[1] + along * dy))


def test_a_dot_and_a_square() -> None:
    dot = with_stroke(np.zeros((9, 9), bool), [(4.5, 4.5)], radius=1.0, value=True)
    assert dot.sum() == 5
    square = polygon_mask([(2, 1), (6, 1), (6, 4), (2, 4)], 9, 9)
    expected = np.zeros((9, 9), bool)
    expected[1:4, 2:6] = True
    assert np.array_equal(square, expected)
    assert not polygon_mask([(1, 1), (5, 5)], 9, 9).any()
    assert not polygon_mask([], 9, 9).any()


@given(st.floats(0.4, 3))
def test_a_polygon_of_any_display_size_is_the_same_once_scaled_back(scale: float) -> None:
    corners = [(10.2, 8.3), (44.7, 12.1), (38.4, 35.6), (15.9, 30.2)]
    shown = [(x * scale, y * scale) for x, y in corners]
    back = [(x / scale, y / scale) for x, y in shown]
    assert (polygon_mask(back, 48, 64) ^ polygon_mask(corners, 48, 64)).sum() <= 1
