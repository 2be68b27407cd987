import numpy as np
import pytest

from nerveapp.ui.correction.drawing import mask_from_drawing

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
