"""The pure part of following: windows, motion and likeness."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.tracking import NerveAppearance, alike, appearance, moved, next_window, reframed
from nerveapp.analysis.transforms import Box, Window
from nerveapp.domain.segmentation import Mask

HEIGHT, WIDTH = 96, 160


def disc(x: float, y: float, radius: float, height: int = HEIGHT, width: int = WIDTH) -> Mask:
    yy, xx = np.mgrid[:height, :width]
    return np.asarray((xx - x) ** 2 + (yy - y) ** 2 <= radius**2)


def tissue() -> npt.NDArray[np.uint8]:
    grains = np.random.default_rng(2).standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    return np.asarray(np.clip(90 + 150 * cv2.GaussianBlur(grains, (0, 0), 2), 0, 255), np.uint8)


@pytest.mark.parametrize(("dx", "dy"), [(3, 0), (-4, 2), (0, -3)])
def test_probabilities_go_along_with_the_tissue(dx: int, dy: int) -> None:
    before = tissue()
    now = np.roll(before, (dy, dx), (0, 1))
    gone = moved(disc(80, 48, 20).astype(np.float32), before, now)
    assert dice(gone >= 0.5, disc(80 + dx, 48 + dy, 20)) > 0.97


def test_a_window_stays_for_small_steps_and_follows_large_ones() -> None:
    window = Window(200, 150, 80, HEIGHT, WIDTH)
    centred = disc(WIDTH / 2 - 0.5, HEIGHT / 2 - 0.5, 21)
    reach = WIDTH / float(np.sqrt(centred.sum()))
    assert next_window(window, centred, reach=reach) == window
    assert next_window(window, disc(82, 49, 21), reach=reach) == window
    away = next_window(window, disc(99.5, 47.5, 21), reach=reach)
    assert (round(away.x), round(away.y), away.span) == (210, 150, 80)
    grown = next_window(window, disc(79.5, 47.5, 30), reach=reach)
    assert grown.span == pytest.approx(80 * 30 / 21, rel=0.02)


@given(dx=st.floats(-15, 15), dy=st.floats(-5, 5), zoom=st.floats(0.8, 1.4))
def test_what_is_put_into_another_window_lies_at_the_same_place_of_the_frame(dx: float, dy: float, zoom: float) -> None:
    old = Window(200, 150, 100, HEIGHT, WIDTH)
    new = Window(200 + dx, 150 + dy, 100 * zoom, HEIGHT, WIDTH)
    values = disc(80, 48, 15).astype(np.float32)
    there = new.restore(reframed(values, old, new), 300, 400) >= 0.5
    here = old.restore(values, 300, 400) >= 0.5
    assert dice(there, here) > 0.9


def test_a_nerve_is_told_from_a_vessel_by_its_grey_and_from_a_muscle_by_its_size() -> None:
    grey = np.full((HEIGHT, WIDTH), 100, np.uint8)
    grey[disc(50, 40, 12)] = 140
    grey[disc(110, 40, 12)] = 10
    nerve = appearance(grey, disc(50, 40, 12), zoom=2)
    vessel = appearance(grey, disc(110, 40, 12), zoom=2)
    assert nerve.area == pytest.approx(np.pi * 36, rel=0.05)
    assert nerve.contrast > 0 > vessel.contrast
    assert alike(nerve, nerve)
    assert not alike(nerve, vessel)
    assert not alike(nerve, NerveAppearance(nerve.area * 3, nerve.contrast))
    assert not alike(nerve, NerveAppearance(0.0, 0.0))


@given(x=st.floats(-40, 440), y=st.floats(-40, 340), span=st.floats(20, 900), grey=st.integers(0, 10_000))
def test_a_window_shows_the_same_whether_the_frame_is_cropped_first_or_not(
    x: float, y: float, span: float, grey: int
) -> None:
    noise = np.random.default_rng(grey).integers(0, 255, (300, 400)).astype(np.uint8)
    image = cv2.GaussianBlur(noise, (0, 0), 2)
    window = Window(x, y, span, 64, 96)
    whole = image if window.zoom >= 1 else cv2.GaussianBlur(image, (0, 0), np.sqrt((window.zoom**-2 - 1) / 12))
    expected = cv2.warpAffine(np.asarray(whole), window.matrix, (96, 64))
    assert np.abs(window.place(np.asarray(image, np.uint8)).astype(int) - expected).max() <= 2


@given(left=st.integers(0, 30), top=st.integers(0, 30), width=st.integers(1, 20), height=st.integers(1, 20))
def test_the_box_around_a_mask_is_the_smallest(left: int, top: int, width: int, height: int) -> None:
    mask = np.zeros((60, 60), bool)
    mask[top : top + height, left : left + width] = True
    assert Box.around(mask) == Box(left, top, left + width, top + height)
    assert Box.around(np.zeros((5, 5), bool)) is None
