from dataclasses import replace

import pytest

from nerveapp.domain.experiments.recipe import RECIPES, Recipe
from nerveapp.domain.experiments.split import SplitKind

WRIST = RECIPES["median-wrist"]


@pytest.mark.parametrize(
    ("split", "parts"),
    [
        (SplitKind.FOLDS, 4),
        (SplitKind.LEAVE_ONE_OUT, 4),
        (SplitKind.PEOPLE, 1),
        (SplitKind.TIME_BLOCKS, 1),
        (SplitKind.FRAMES, 1),
    ],
)
def test_every_part_of_a_crossing_split_is_held_out_and_of_others_the_first(split: SplitKind, parts: int) -> None:
    assert list(replace(WRIST, split=split, folds=4).parts_held_out) == list(range(parts))


def test_each_fold_has_a_name_of_its_own() -> None:
    folds = [WRIST.for_fold(part) for part in WRIST.parts_held_out]
    assert [(one.name, one.held_out_fold) for one in folds[:2]] == [
        ("median-wrist-fold-1", 0),
        ("median-wrist-fold-2", 1),
    ]
    assert len({one.name for one in folds}) == len({one.settings() for one in folds}) == 5


@pytest.mark.parametrize(
    "changed", [{"split": SplitKind.LEAVE_ONE_OUT}, {"folds": 9}, {"seed": 8}, {"held_out_fold": 2}], ids=str
)
def test_a_refinement_deals_people_as_the_first_network_does(changed: dict[str, object]) -> None:
    first: Recipe = replace(WRIST, **changed)  # type: ignore[arg-type]
    second = first.of_refinement()
    assert second is not None
    assert second.name == "median-wrist-close-up"
    dealt = [(one.split, one.folds, one.seed, one.held_out_fold) for one in (first, second)]
    assert dealt[0] == dealt[1]


def test_a_recipe_without_a_refinement_gives_none() -> None:
    assert replace(WRIST, refinement=None).of_refinement() is None


def test_the_first_network_is_the_same_whatever_its_refinement_is() -> None:
    assert WRIST.refinement is not None
    other = replace(WRIST, refinement=replace(WRIST.refinement, epochs=1))
    assert other.settings() == WRIST.settings()
    assert replace(WRIST, epochs=1).settings() != WRIST.settings()
