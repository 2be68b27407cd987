import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Outline

from nerveapp.domain.segmentation import Mask
from nerveapp.io.annotation_files.json_values import ShapeError
from nerveapp.io.annotation_files.pixel_edges import trace
from nerveapp.io.annotation_files.raster import box, checked_points, fill_ellipse, fill_loops
from tests.io.annotation_files.samples import masks


@given(mask=masks())
@settings(max_examples=150, deadline=None)
def test_filling_the_edges_gives_the_mask(mask: Mask) -> None:
    loops = trace(mask)
    filled = fill_loops([loop.astype(np.float64) for loop in loops], *mask.shape)
    np.testing.assert_array_equal(filled, mask)
    for loop in loops:
        steps = np.roll(loop, -1, axis=0) - loop
        assert ((steps != 0).sum(axis=1) == 1).all(), "expected steps along one axis"
        assert ((steps != 0)[:, 0] != np.roll(steps != 0, -1, axis=0)[:, 0]).all(), "expected a turn at every corner"
    # The signed areas of clockwise parts and counter-clockwise holes sum to the mask's.
    assert sum(signed_area(loop.astype(float)) for loop in loops) == mask.sum()


def signed_area(loop: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    x, y = loop.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def test_parts_that_touch_at_a_corner_get_a_loop_each() -> None:
    assert [loop.tolist() for loop in trace(np.eye(2, dtype=np.bool_))] == [
        [[0, 0], [1, 0], [1, 1], [0, 1]],
        [[1, 1], [2, 1], [2, 2], [1, 2]],
    ]


@given(points=st.lists(st.tuples(st.floats(-8, 30), st.floats(-8, 30)), min_size=3, max_size=3, unique=True))
@settings(max_examples=200, deadline=None)
def test_triangles_are_those_of_matplotlib(points: list[tuple[float, float]]) -> None:
    filled = fill_loops([checked_points(np.array(points))], 20, 25)
    rows, columns = np.mgrid[:20, :25] + 0.5
    grid = np.stack([columns.ravel(), rows.ravel()], axis=1)
    outline = Outline([*points, points[0]])
    # Centres within a millionth of the outline may go either way.
    surely = [outline.contains_points(grid + np.array([dx, dy])) for dx in (-1e-6, 1e-6) for dy in (-1e-6, 1e-6)]
    flat = filled.ravel()
    assert not (flat & ~np.logical_or.reduce(surely)).any() or abs(signed_area(np.array(points))) < 1e-3
    assert not (~flat & np.logical_and.reduce(surely)).any()


def test_a_centre_on_an_outline_belongs_to_one_side_only() -> None:
    left = fill_loops([box(0.5, 0.5, 2.5, 2.5)], 4, 4)
    right = fill_loops([box(2.5, 0.5, 4.5, 2.5)], 4, 4)
    assert np.argwhere(left).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert not (left & right).any()
    assert (left | right)[0].all()


def test_a_loop_in_a_loop_is_a_hole_and_what_is_outside_is_cut_off() -> None:
    ring = fill_loops([box(-5, -5, 99, 99), box(1, 1, 3, 2)], 3, 4)
    assert ring.astype(int).tolist() == [[1, 1, 1, 1], [1, 0, 0, 1], [1, 1, 1, 1]]


def test_ellipses_hold_the_centres_inside() -> None:
    assert fill_ellipse(0, 0, 3, 3, height=3, width=3).sum() == 9
    assert fill_ellipse(0, 0, 4, 4, height=4, width=4).astype(int).tolist() == [
        [0, 1, 1, 0],
        [1, 1, 1, 1],
        [1, 1, 1, 1],
        [0, 1, 1, 0],
    ]


@pytest.mark.parametrize("points", [[[0, 0], [1, 1]], [[0, 0], [1, 1], [np.nan, 0]], [[0, 0], [1, 1], [1e7, 0]]])
def test_points_that_make_no_outline_are_refused(points: list[list[float]]) -> None:
    with pytest.raises(ShapeError):
        checked_points(np.array(points))
