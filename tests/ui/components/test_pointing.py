from typing import Any

import pytest

from nerveapp.domain.tracking import Point
from nerveapp.ui.analysis.point_view import followed_in_words
from nerveapp.ui.components.pointing import Click, NerveChoice, chosen_in, clicked_at

SAID = {"of": "a1", "click": 17, "frame": 4, "x": 12.5, "y": 3}


def test_a_click_in_the_picture_of_the_analysis_on_show_is_read() -> None:
    assert clicked_at(SAID, of="a1") == Click(17, Point(4, 12.5, 3.0))
    assert clicked_at(SAID | {"width": 9, "height": 4.5}, of="a1") == Click(17, Point(4, 12.5, 3.0, 9.0, 4.5))
    assert clicked_at(SAID | {"area": 640}, of="a1") == Click(17, Point(4, 12.5, 3.0, area=640.0))


def test_a_click_on_another_nerve_of_the_analysis_on_show_chooses_it() -> None:
    said: dict[str, Any] = {"of": "a1", "click": 3, "nerve": "2"}
    assert chosen_in(said, of="a1") == NerveChoice(3, 1)
    for other in (None, said | {"of": "a2"}, said | {"nerve": 2}, said | {"nerve": "x"}, {"of": "a1", "nerve": "2"}):
        assert chosen_in(other, of="a1") is None


@pytest.mark.parametrize(
    "said",
    [
        None,
        "4",
        SAID | {"of": "a2"},
        SAID | {"frame": -1},
        SAID | {"frame": "4"},
        SAID | {"x": None},
        SAID | {"width": 9},
        SAID | {"width": 9, "height": 0},
        SAID | {"width": 9, "height": "4"},
        SAID | {"area": 0},
        SAID | {"area": "640"},
        SAID | {"area": float("inf")},
        {name: value for name, value in SAID.items() if name != "click"},
    ],
)
def test_anything_else_is_none(said: Any) -> None:
    assert clicked_at(said, of="a1") is None


def test_where_a_nerve_was_followed_from_is_said() -> None:
    one, two, three = (Point(frame, 1, 1) for frame in (4, 9, 30))
    assert followed_in_words(()) == ""
    assert followed_in_words((one,)) == "Followed from the point in frame 4."
    assert followed_in_words((Point.in_box(3, 10, 5, 20, 9),)) == "Followed from the box in frame 3."
    assert followed_in_words((one, two, three)) == "Followed from the points in frames 4, 9 and 30."
