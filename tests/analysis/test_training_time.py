from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.training_time import expected_seconds, pace_of, views_of
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.shipped_recipes import POSTER_RECIPE
from nerveapp.domain.experiments.split import SplitKind

PLAIN = replace(POSTER_RECIPE, input_height=32, input_width=64, epochs=10, images_per_epoch=None)
REFINEMENT = replace(PLAIN, input_height=32, input_width=32, epochs=4)
START = datetime(2026, 1, 1, tzinfo=UTC)
A_SECOND_AN_IMAGE = 1 / (32 * 64)


def ends(*seconds: float) -> list[datetime]:
    return [START + timedelta(seconds=one) for one in seconds]


@pytest.mark.parametrize(
    ("recipe", "images", "expected"),
    [
        (PLAIN, 10, 10 * 2048),
        (replace(PLAIN, phantom_share=0.5), 10, 15 * 2048),
        (replace(PLAIN, images_per_epoch=4), 10, 4 * 2048),
        (replace(PLAIN, images_per_epoch=40), 10, 10 * 2048),
    ],
)
def test_an_epoch_shows_so_many_pixels(recipe: Recipe, images: int, expected: float) -> None:
    assert views_of(recipe, images) == expected


def test_a_pace_takes_two_epochs() -> None:
    assert pace_of([], 10) is None
    assert pace_of(ends(5), 10) is None
    assert pace_of(ends(0, 5), 10) == 0.5


def test_a_break_between_two_epochs_does_not_slow_the_pace() -> None:
    assert pace_of(ends(0, 4, 8, 30_000, 30_004), 2) == 2


@pytest.mark.parametrize(
    ("split", "folds", "expected"),
    [
        # Ten epochs at a second per image; of 100 images a fold leaves 80, a person of twenty 95.
        (SplitKind.FOLDS, 5, 10 * (5 * 80 + 100)),
        (SplitKind.LEAVE_ONE_OUT, 20, 10 * (20 * 95 + 100)),
        (SplitKind.PEOPLE, 5, 10 * 80),
        (SplitKind.TIME_BLOCKS, 5, 10 * 80),
        (SplitKind.FRAMES, 5, 10 * 80),
    ],
)
def test_a_training_lasts_as_long_as_its_parts_and_the_model_itself(
    split: SplitKind, folds: int, expected: float
) -> None:
    recipe = replace(PLAIN, split=split, folds=folds)

    def seconds(one: Recipe) -> float:
        return expected_seconds(one, 100, beside_random=False, pace=A_SECOND_AN_IMAGE)

    assert seconds(recipe) == pytest.approx(expected)
    assert seconds(replace(recipe, members=3)) == pytest.approx(3 * expected)
    # The refinement stage has four epochs on half the pixels: a fifth of the time.
    assert seconds(replace(recipe, refinement=REFINEMENT)) == pytest.approx(1.2 * expected)


@pytest.mark.parametrize(
    ("split", "longer"), [(SplitKind.FOLDS, 800), (SplitKind.TIME_BLOCKS, 800), (SplitKind.FRAMES, 0)]
)
def test_frames_at_random_beside_take_one_training_more_unless_they_are_the_split_itself(
    split: SplitKind, longer: float
) -> None:
    recipe = replace(PLAIN, split=split)
    alone, beside = (
        expected_seconds(recipe, 100, beside_random=beside, pace=A_SECOND_AN_IMAGE) for beside in (False, True)
    )
    assert beside - alone == pytest.approx(longer)


@given(st.floats(1e-7, 1e-3), st.integers(2, 500), st.sampled_from(SplitKind))
def test_a_measured_pace_expects_what_was_measured(pace: float, images: int, split: SplitKind) -> None:
    recipe = replace(PLAIN, split=split, folds=2, epochs=1, phantom_share=0.2)
    kept = round(images / 2)
    an_epoch = pace * views_of(recipe, kept)
    found = pace_of([START, START + timedelta(seconds=an_epoch)], views_of(recipe, kept))
    assert found == pytest.approx(pace, rel=1e-3, abs=1e-9)
    expected = expected_seconds(recipe, images, beside_random=False, pace=pace)
    parts = 2 * an_epoch + pace * views_of(recipe, images) if split.crosses else an_epoch
    assert expected == pytest.approx(parts)
