"""What a refinement stage is told about where the nerve is while it learns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.network.prompting import click_prompt, random_click

HEIGHT, WIDTH = 96, 128


def disc(x: float, y: float, radius: float) -> npt.NDArray[np.float32]:
    yy, xx = np.mgrid[:HEIGHT, :WIDTH]
    return np.asarray((xx - x) ** 2 + (yy - y) ** 2 <= radius**2, np.float32)


def test_a_click_is_a_disc_where_it_was_clicked() -> None:
    rows, columns = np.nonzero(click_prompt(HEIGHT, WIDTH, 40.5, 20.5))
    assert (columns.mean(), rows.mean()) == (40, 20)
    assert 9 <= len(rows) <= 81


@given(seed=st.integers(0, 10_000))
def test_of_two_nerves_the_clicked_one_alone_is_asked_for(seed: int) -> None:
    chosen, other = disc(64, 48, 14), disc(110, 48, 12)
    view = random_click(np.maximum(chosen, other), chosen, np.random.default_rng(seed))
    rows, columns = np.nonzero(view.prompt)
    assert chosen[round(rows.mean()), round(columns.mean())] == 1
    assert np.array_equal(view.nerve, chosen)


@given(seed=st.integers(0, 10_000))
def test_a_click_where_no_nerve_is_asks_for_nothing_and_one_on_another_nerve_for_that(seed: int) -> None:
    nothing, other = np.zeros((HEIGHT, WIDTH), np.float32), disc(64, 48, 6)
    view = random_click(other, nothing, np.random.default_rng(seed))
    rows, columns = np.nonzero(view.prompt)
    hit = other[round(rows.mean()), round(columns.mean())] == 1
    assert np.array_equal(view.nerve, other if hit else nothing)
