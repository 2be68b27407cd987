import pytest

from nerveapp.ui.drawing import last_line


def line(**changes: object) -> dict[str, object]:
    return {
        "type": "Line", "originX": "center", "originY": "center", "left": 100, "top": 60, "width": 80, "height": 40,
        "x1": -40, "y1": -20, "x2": 40, "y2": 20,
    } | changes  # fmt: skip


def test_ends_are_taken_from_the_centre() -> None:
    assert last_line({"objects": [line()]}) == ((60, 40), (140, 80))
    corner = line(originX="left", originY="top", left=60, top=40)
    assert last_line({"objects": [corner]}) == ((60, 40), (140, 80))


def test_the_last_line_counts_and_other_shapes_do_not() -> None:
    moved = line(left=200)
    assert last_line({"objects": [line(), moved, {"type": "Path"}]}) == ((160, 40), (240, 80))


def test_a_slip_does_not_discard_the_line_before() -> None:
    slip = line(x1=-1, y1=0, x2=1, y2=1)
    assert last_line({"objects": [line(), slip]}, shortest=5) == ((60, 40), (140, 80))


@pytest.mark.parametrize("drawing", [None, {}, {"objects": []}, {"objects": None}, {"objects": [{"type": "Rect"}]}])
def test_no_line_is_none(drawing: dict[str, object] | None) -> None:
    assert last_line(drawing) is None
