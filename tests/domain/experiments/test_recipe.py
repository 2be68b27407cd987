import json
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest

from nerveapp.domain.experiments.identity import same_training
from nerveapp.domain.experiments.recipe import DECIDES_NO_WEIGHTS, Recipe
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.experiments.split import SplitKind

WRIST = RECIPES["median-wrist"]
REPOSITORY = Path(__file__).parents[3]


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


OTHER: dict[str, object] = {
    "dataset": "other", "input_height": 64, "input_width": 64, "epochs": 1, "cpu_precision": "float16",
    "architecture": "unetplusplus", "encoder": "resnet18", "start": "scratch", "classes": ("nerve", "vessel"),
    "members": 3, "mean": 0.4, "std": 0.4, "batch_size": 4, "seed": 8, "images_per_epoch": 5, "learning_rate": 1e-4,
    "encoder_rate_factor": 1.0, "augmentation": 2.0, "phantom_stills": 1, "phantom_nerves": ("ulnar",),
    "phantom_share": 0.5, "max_gap": None, "crop_size_factor": 4.0, "elsewhere": 0.5, "painted_vessels": 0.5,
    "speckle": 0.2, "speckle_share": 0.6, "decoder_channels": 512,
    "split": SplitKind.PEOPLE, "folds": 3, "held_out_fold": 1, "images_sha256": "ab12",
    "name": "other", "title": "Other", "remark": "Other.", "licence": "MIT", "data_licence": "MIT",
    "data_source": "elsewhere", "threshold": 0.4, "test_time_flip": True, "max_components": 9,
    "crop_scales": (1.0, 2.0),
    "refinement": None,
}  # fmt: skip
"""A value of each field that the recipe for the wrist has not."""


def test_each_field_is_said_to_decide_the_weights_or_not() -> None:
    assert set(OTHER) == {one.name for one in fields(Recipe)}
    assert set(OTHER) >= DECIDES_NO_WEIGHTS


@pytest.mark.parametrize("field", OTHER)
def test_a_training_is_another_one_where_what_decides_its_weights_changes(field: str) -> None:
    other: Recipe = replace(WRIST, **{field: OTHER[field]})  # type: ignore[arg-type]
    assert same_training(WRIST.settings(), other) is same_training(other.settings(), WRIST)
    assert same_training(WRIST.settings(), other) is (field in DECIDES_NO_WEIGHTS)
    assert (other.settings() == WRIST.settings()) is (field in DECIDES_NO_WEIGHTS)


def of_an_earlier_version(recipe: Recipe, *unknown: str) -> str:
    settings = asdict(replace(recipe, refinement=None))
    return json.dumps({name: value for name, value in settings.items() if name not in {"images_sha256", *unknown}})


@pytest.mark.parametrize(
    "unknown", [(), ("start", "architecture", "split", "classes", "elsewhere", "decoder_channels")], ids=len
)
def test_settings_of_earlier_versions_are_recognised(unknown: tuple[str, ...]) -> None:
    named = replace(WRIST, title="As it was called then", remark="")
    assert same_training(of_an_earlier_version(named, *unknown), WRIST)
    assert not same_training(of_an_earlier_version(replace(named, epochs=1), *unknown), WRIST)


def test_images_of_an_earlier_custom_training_are_told_from_others() -> None:
    source = "annotations made with NerveApp or imported into it, sha256 0123456789abcdef"
    custom = replace(WRIST, data_source=source, images_sha256="0123456789abcdef")
    assert same_training(of_an_earlier_version(custom), custom)
    assert not same_training(of_an_earlier_version(custom), replace(custom, images_sha256="fedcba9876543210"))


@pytest.mark.parametrize("settings", ["", "no JSON", "[]", "{}", "null"])
def test_what_is_no_settings_is_of_no_training(settings: str) -> None:
    assert not same_training(settings, WRIST)


@pytest.mark.parametrize("name", RECIPES)
def test_the_shipped_weights_are_of_the_recipes_of_today(name: str) -> None:
    recipe = RECIPES[name]
    second = recipe.of_refinement()
    assert second is not None
    for one in (recipe, second):
        card = json.loads((REPOSITORY / "weights" / f"{one.name}.json").read_text())
        assert same_training(card["recipe"], one)
