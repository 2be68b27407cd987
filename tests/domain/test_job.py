from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.shipped_recipes import POSTER_RECIPE
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.job import JobState, TrainingRequest

TEN = replace(POSTER_RECIPE, epochs=10)


def epochs(recipe: Recipe, *, beside_random: bool = False) -> int:
    return TrainingRequest(recipe, 100, 5, beside_random, datetime(2026, 1, 1, tzinfo=UTC)).epochs_in_all


@pytest.mark.parametrize(
    ("split", "folds", "alone", "beside"),
    [
        (SplitKind.FOLDS, 5, 60, 70),
        (SplitKind.LEAVE_ONE_OUT, 8, 90, 100),
        (SplitKind.PEOPLE, 5, 10, 20),
        (SplitKind.TIME_BLOCKS, 5, 10, 20),
        (SplitKind.FRAMES, 5, 10, 10),
    ],
)
def test_epochs_are_counted_over_all_trainings(split: SplitKind, folds: int, alone: int, beside: int) -> None:
    recipe = replace(TEN, split=split, folds=folds)
    assert epochs(recipe) == alone
    assert epochs(recipe, beside_random=True) == beside
    assert epochs(replace(recipe, members=2)) == 2 * alone
    assert epochs(replace(recipe, refinement=replace(TEN, epochs=3, members=2))) == alone * 16 // 10


def test_a_job_lives_while_it_waits_or_runs() -> None:
    assert {state for state in JobState if state.active} == {JobState.WAITING, JobState.RUNNING}


def test_steps_are_named_in_the_order_in_which_networks_are_trained() -> None:
    recipe = replace(TEN, name="mine", folds=2, refinement=replace(TEN, epochs=3, members=2))
    steps = TrainingRequest(recipe, 100, 2, True, datetime(2026, 1, 1, tzinfo=UTC)).steps
    assert [(step.network, step.title, step.epochs) for step in steps] == [
        ("mine-fold-1-close-up", "fold 1 of 2, refinement stage", 6),
        ("mine-fold-1", "fold 1 of 2, first stage", 10),
        ("mine-fold-2-close-up", "fold 2 of 2, refinement stage", 6),
        ("mine-fold-2", "fold 2 of 2, first stage", 10),
        ("mine-random-fold-1-close-up", "frames at random, for comparison, refinement stage", 6),
        ("mine-random-fold-1", "frames at random, for comparison, first stage", 10),
        ("mine-close-up", "the final model, refinement stage", 6),
        ("mine", "the final model, first stage", 10),
    ]
    one_part = TrainingRequest(replace(TEN, split=SplitKind.PEOPLE), 9, 3, False, datetime(2026, 1, 1, tzinfo=UTC))
    assert [step.title for step in one_part.steps] == ["the model"]
