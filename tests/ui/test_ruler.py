from nerveapp.ui.ruler import Ruler

FIRST, SECOND = ((0.0, 0.0), (0.0, 100.0)), ((5.0, 5.0), (5.0, 80.0))


def test_a_line_stays_in_force_when_the_canvas_is_drawn_anew_and_silent() -> None:
    ruler = Ruler()
    assert ruler.take(None) is None
    assert ruler.take(FIRST) == FIRST
    ruler.appear()
    assert ruler.start == FIRST
    assert ruler.take(None) == FIRST
    assert ruler.take(SECOND) == SECOND
    assert ruler.start == FIRST  # another start would wipe what is being drawn


def test_a_line_that_is_wiped_is_gone() -> None:
    ruler = Ruler()
    ruler.take(FIRST)
    assert ruler.take(None) is None
    ruler.appear()
    assert ruler.start is None
    assert ruler.take(None) is None
