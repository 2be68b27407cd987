"""What a refinement stage is told about where the nerve is while it learns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.network.prompting import click_prompt, outline_prompt, random_prompt

HEIGHT, WIDTH = 96, 128


def disc(x: float, y: float, radius: float) -> npt.NDArray[np.float32]:
    yy, xx = np.mgrid[:HEIGHT, :WIDTH]
    return np.asarray((xx - x) ** 2 + (yy - y) ** 2 <= radius**2, np.float32)


def test_a_click_is_a_disc_where_it_was_clicked() -> None:
    rows, columns = np.nonzero(click_prompt(HEIGHT, WIDTH, 40.5, 20.5))
    assert (columns.mean(), rows.mean()) == (40, 20)
    assert 9 <= len(rows) <= 81


def test_an_outline_is_told_as_its_inside() -> None:
    told = outline_prompt(np.array([[0, 255]], np.uint8))
    assert told.dtype == np.float32
    assert told.tolist() == [[0, 1]]


@given(seed=st.integers(0, 10_000))
def test_a_prompted_view_asks_for_the_nerve_it_is_about_and_an_unprompted_one_for_all(seed: int) -> None:
    chosen, other = disc(64, 48, 14), disc(110, 48, 12)
    view = random_prompt(np.maximum(chosen, other), chosen, np.random.default_rng(seed))
    assert view.prompt.min() >= 0
    assert view.prompt.max() <= 1
    if view.prompt.any():
        assert np.array_equal(view.nerve, chosen)
        assert (view.prompt * chosen).sum() > 0
    else:
        assert np.array_equal(view.nerve, np.maximum(chosen, other))


def test_all_kinds_of_prompt_occur() -> None:
    chosen = disc(64, 48, 14)
    rng = np.random.default_rng(1)
    sizes = [float(random_prompt(chosen, chosen, rng).prompt.sum()) for _ in range(200)]
    click = float(click_prompt(HEIGHT, WIDTH, 50, 50).sum())
    assert sum(size == 0 for size in sizes) > 20
    assert sum(size == click for size in sizes) > 40
    assert sum(size > 2 * click for size in sizes) > 40


def test_a_view_away_from_the_nerve_is_sometimes_told_of_one_and_is_to_answer_with_nothing() -> None:
    far = disc(118, 12, 10)
    rng = np.random.default_rng(1)
    views = [random_prompt(far, far, rng) for _ in range(100)]
    misled = [view for view in views if view.prompt.any()]
    assert 20 < len(misled) < 80
    assert not any(view.nerve.any() for view in misled)
    assert all(np.array_equal(view.nerve, far) for view in views if not view.prompt.any())
