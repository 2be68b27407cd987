"""Only a line inside the frame that is shown is taken from the browser."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.ui.components.ruler import reported

WIDTH, HEIGHT = 640, 480
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def read(value: Any) -> Any:
    return reported(value, identity="this", width=WIDTH, height=HEIGHT)


@given(st.floats(0, WIDTH), st.floats(0, HEIGHT), st.floats(0, WIDTH), st.floats(0, HEIGHT))
def test_a_line_inside_the_frame_is_taken_as_it_is(x1: float, y1: float, x2: float, y2: float) -> None:
    assert read({"id": "this", "line": [x1, y1, x2, y2]}) == ((x1, y1), (x2, y2))


@given(ANYTHING)
def test_what_is_no_report_is_none(value: Any) -> None:
    assert read(value) is None


@given(ANYTHING | st.lists(st.floats(), min_size=4, max_size=4) | st.lists(ANYTHING, min_size=4, max_size=4))
def test_a_report_is_a_line_inside_the_frame_or_none(line: Any) -> None:
    found = read({"id": "this", "line": line})
    if found is None:
        return
    assert len(line) == 4
    for x, y in found:
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
        assert math.isfinite(x)
        assert math.isfinite(y)


@pytest.mark.parametrize(
    "line",
    [
        [0, 0, 641, 10],
        [0, 0, 10, 481],
        [-1, 0, 10, 10],
        [0, 0, 10, math.nan],
        [0, 0, math.inf, 10],
        [0, 0, 10],
        [0, 0, 10, "10"],
        [0, 0, 10, True],
        [0, 0, 10, 10**400],
        "0,0,1,1",
        None,
    ],
    ids=lambda line: str(line)[:24],
)
def test_anything_else_is_none(line: Any) -> None:
    assert read({"id": "this", "line": line}) is None


def test_a_line_on_another_picture_is_none() -> None:
    assert read({"id": "other", "line": [0, 0, 10, 10]}) is None
