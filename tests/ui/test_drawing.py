import numpy as np
import pytest

from nerveapp.ui.drawing import last_line, line_drawing, mask_from_drawing, scaled


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


def test_a_line_is_found_where_it_was_drawn() -> None:
    drawing = line_drawing(((10.0, 90.0), (120.0, 30.0)), 0.5, colour="#fff")
    found = last_line(drawing)
    assert found is not None
    assert scaled(found, 2) == ((10.0, 90.0), (120.0, 30.0))


@pytest.mark.parametrize("drawing", [None, {}, {"objects": []}, {"objects": None}, {"objects": [{"type": "Rect"}]}])
def test_no_line_is_none(drawing: dict[str, object] | None) -> None:
    assert last_line(drawing) is None


RED = "#dc267f88"


def stroke(*points: tuple[float, float], width: float, colour: str = "#00b37a88") -> dict[str, object]:
    path = [["M", *points[0]], *(["L", *point] for point in points[1:])]
    return {"type": "Path", "path": path, "strokeWidth": width, "stroke": colour}


def box() -> np.ndarray:
    mask = np.zeros((48, 64), bool)
    mask[10:30, 20:40] = True
    return mask


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7, 3.0])
def test_strokes_are_replayed_in_their_order_at_any_display_size(scale: float) -> None:
    adds = stroke((45 * scale, 20 * scale), (50 * scale, 20 * scale), width=6 * scale)
    takes = stroke((30 * scale, 20 * scale), (47 * scale, 20 * scale), width=4 * scale, colour=RED)
    both = mask_from_drawing({"objects": [adds, takes]}, box(), scale=scale, erasing_colour=RED)
    other = mask_from_drawing({"objects": [takes, adds]}, box(), scale=scale, erasing_colour=RED)
    assert both is not None
    assert other is not None
    assert not both[20, 46]
    assert other[20, 46]
    assert not both[20, 35]
    untouched = np.ones((48, 64), bool)
    untouched[16:25, 27:56] = False
    assert np.array_equal(both[untouched], box()[untouched]), "bit for bit"


def test_nothing_drawn_is_no_edit() -> None:
    assert mask_from_drawing(None, box(), scale=1, erasing_colour=RED) is None
    assert mask_from_drawing({"objects": []}, box(), scale=1, erasing_colour=RED) is None


def test_a_polygon_replaces_the_outline_where_it_was_moved_to() -> None:
    points = [{"x": 10, "y": 10}, {"x": 30, "y": 10}, {"x": 30, "y": 20}, {"x": 10, "y": 20}]
    polygon = {"type": "Polygon", "points": points, "originX": "center", "left": 24, "top": 17}
    found = mask_from_drawing({"objects": [polygon]}, box(), scale=1, erasing_colour=RED)
    expected = np.zeros((48, 64), bool)
    expected[12:22, 14:34] = True
    assert found is not None
    assert np.array_equal(found, expected)


def test_curves_are_followed() -> None:
    curve = {"type": "Path", "path": [["M", 5, 40], ["Q", 30, 0, 55, 40]], "strokeWidth": 3, "stroke": "#fff"}
    found = mask_from_drawing({"objects": [curve]}, np.zeros((48, 64), bool), scale=1, erasing_colour=RED)
    assert found is not None
    assert found[20, 30]
    assert not found[2, 30]
