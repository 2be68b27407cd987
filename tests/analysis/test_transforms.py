import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerveapp.analysis.transforms import Letterbox, Window, normalise, to_grey

SIDE = st.integers(1, 700)


@settings(max_examples=60, deadline=None)
@given(SIDE, SIDE)
def test_any_size_goes_in_and_comes_back_on_its_own_grid(height: int, width: int) -> None:
    box = Letterbox(height, width, 320, 416)
    top, left, inner_height, inner_width = box.inner
    assert 0 <= top <= top + inner_height <= 320
    assert 0 <= left <= left + inner_width <= 416
    assert box.place(np.full((height, width), 200, np.uint8)).shape == (320, 416)
    assert box.restore(np.ones((320, 416), np.float32)).shape == (height, width)


@pytest.mark.parametrize(("height", "width"), [(468, 606), (600, 800), (243, 321), (1000, 300)])
def test_a_shape_comes_back_where_it_was(height: int, width: int) -> None:
    yy, xx = np.mgrid[:height, :width]
    mask = ((xx - width * 0.6) / (width * 0.1)) ** 2 + ((yy - height * 0.3) / (height * 0.1)) ** 2 <= 1
    box = Letterbox(height, width, 320, 416)
    back = box.restore(box.place(mask.astype(np.uint8) * 255).astype(np.float32)) >= 127.5
    assert 2 * (back & mask).sum() / (back.sum() + mask.sum()) > 0.97


@settings(max_examples=60, deadline=None)
@given(st.integers(40, 500), st.integers(40, 400), st.integers(20, 60), st.integers(10, 40), st.floats(3, 6))
def test_a_refinement_shows_the_nerve_in_the_middle_and_brings_it_back_to_its_place(
    x: int, y: int, half_width: int, half_height: int, reach: float
) -> None:
    yy, xx = np.mgrid[:468, :606]
    mask = ((xx - x) / half_width) ** 2 + ((yy - y) / half_height) ** 2 <= 1
    window = Window.around(mask, reach=reach, height=128, width=224)
    shown = window.place(mask.astype(np.uint8) * 255)
    assert shown[62:66, 110:114].min() > 200, "the centre of the nerve is the centre of the view"
    back = window.restore(shown.astype(np.float32), 468, 606) >= 127.5
    inside = window.restore(np.ones((128, 224), np.float32), 468, 606) > 0.99
    assert 2 * (back & mask).sum() / (back.sum() + (mask & inside).sum()) > 0.96
    assert not back[~inside].any()


def test_the_image_is_centred_and_the_rest_black() -> None:
    placed = Letterbox(100, 100, 320, 416).place(np.full((100, 100), 255, np.uint8))
    assert placed[:, 48:368].min() == 255
    assert placed[:, :48].max() == placed[:, 368:].max() == 0


def test_grey_and_normalised() -> None:
    colour = np.zeros((4, 4, 3), np.uint8)
    colour[..., 1] = 255
    assert to_grey(colour)[0, 0] == 150  # BT.601 weight of green
    grey = np.array([[0, 255]], np.uint8)
    assert to_grey(grey) is grey
    assert normalise(grey, 0.5, 0.5).tolist() == [[-1, 1]]
    assert normalise(grey, 0.5, 0.5).dtype == np.float32


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Letterbox(0, 10, 320, 416)
    with pytest.raises(ValueError, match="expected"):
        Letterbox(10, 10, 320, 416).place(np.zeros((11, 10), np.uint8))
