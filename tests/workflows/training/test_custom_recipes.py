from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from nerveapp.domain.experiments.recipe import IMAGENET, Recipe
from nerveapp.domain.experiments.shipped_recipes import POSTER_RECIPE
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.errors import TrainingError
from nerveapp.ports import TrainingRun
from nerveapp.workflows.training.custom_recipe import custom_recipe, started
from nerveapp.workflows.training.train import make_model, split_by_recipe
from tests.fakes import FakeModelStore, FakeTrainer

REFINEMENT = replace(POSTER_RECIPE, name="", crop_size_factor=4.0)
TWO_STAGES = replace(POSTER_RECIPE, refinement=REFINEMENT)


def image(person: str, number: int = 0, *, clip: str = "") -> LabelledImage:
    grey = np.full((6, 8), number, np.uint8)
    nerve = np.zeros((6, 8), bool)
    nerve[2:4, 3:5] = True
    return LabelledImage(f"{person}-{number}", person, grey, nerve, clip=clip or f"clip-{person}", frame=10 * number)


def images(people: str, each: int = 2) -> list[LabelledImage]:
    return [image(person, number) for person in people for number in range(each)]


@pytest.mark.parametrize(
    ("people", "each", "split", "folds"),
    [
        ("abcdefg", 2, SplitKind.FOLDS, 5),
        ("abc", 2, SplitKind.FOLDS, 3),
        ("ab", 1, SplitKind.PEOPLE, 2),
        ("abcdefg", 2, SplitKind.LEAVE_ONE_OUT, 7),
        ("a", 9, SplitKind.TIME_BLOCKS, 5),
        ("a", 9, SplitKind.FRAMES, 5),
        ("a", 3, SplitKind.FRAMES, 3),
    ],
)
def test_images_are_dealt_into_as_many_parts_as_they_allow(
    people: str, each: int, split: SplitKind, folds: int
) -> None:
    own = custom_recipe(TWO_STAGES, images(people, each), name="mine", split=split)
    assert own.refinement is not None
    assert (own.folds, own.split, own.refinement.folds, own.refinement.split) == (folds, split, folds, split)
    splits = [split_by_recipe(images(people, each), own.for_fold(part)) for part in own.parts_held_out]
    assert all(one.held_out and one.training for one in splits)
    assert not split_by_recipe(images(people, each), own).held_out, "the recipe itself holds nobody out"


@pytest.mark.parametrize("split", SplitKind)
def test_one_person_can_be_split_by_time_or_at_random_but_not_by_person(split: SplitKind) -> None:
    alone = images("a", 10)
    if not split.by_person:
        own = custom_recipe(POSTER_RECIPE, alone, name="mine", split=split)
        assert split_by_recipe(alone, own.for_fold(0)).held_out
        return
    with pytest.raises(TrainingError, match="one person") as caught:
        custom_recipe(POSTER_RECIPE, alone, name="mine", split=split)
    assert "blocks of time" in caught.value.hint


@pytest.mark.parametrize("split", [SplitKind.TIME_BLOCKS, SplitKind.FRAMES])
def test_one_frame_alone_is_no_training_set_however_often_it_is_given(split: SplitKind) -> None:
    once = image("a")
    for given in ([once], [once, replace(once, name="again")]):
        with pytest.raises(TrainingError, match="one image"):
            custom_recipe(POSTER_RECIPE, given, name="mine", split=split)


def test_frames_outlined_twice_are_dealt_together() -> None:
    twice = [replace(one, name=one.name + again) for one in images("a", 3) for again in ("", "-again")]
    own = custom_recipe(POSTER_RECIPE, twice, name="mine", split=SplitKind.FRAMES)
    split = split_by_recipe(twice, own.for_fold(0))
    assert (own.folds, len(split.training), len(split.held_out)) == (3, 4, 2)


VESSEL = np.zeros((6, 8), bool)


@pytest.mark.parametrize(
    "changed",
    [
        {"nerve": np.ones((6, 8), bool)},
        {"grey": np.ones((6, 8), np.uint8)},
        {"vessel": VESSEL},
        {"group": "b"},
        {"name": "other"},
        {"frame": 11},
        {"clip": "other"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_training_set_makes_another_recipe(changed: dict[str, object]) -> None:
    """Else a model of an earlier try would pass for one of this set."""
    before = images("abc")
    after = [replace(before[0], **changed), *before[1:]]  # type: ignore[arg-type]
    own = [custom_recipe(POSTER_RECIPE, one, name="mine") for one in (before, after, before[::-1])]
    assert own[0].settings() != own[1].settings()
    assert own[0].settings() == own[2].settings(), "the order says nothing"


def test_an_outlined_vessel_is_not_one_that_was_looked_for_in_vain() -> None:
    some = VESSEL.copy()
    some[0, 0] = True
    sets = [[replace(image("a"), vessel=vessel), image("b")] for vessel in (None, VESSEL, some)]
    assert len({custom_recipe(POSTER_RECIPE, one, name="mine").settings() for one in sets}) == 3


# Starting from a model.


def parent(people: str) -> FakeModelStore:
    """A store with a model that has learnt from people, and with its close-up."""
    store = FakeModelStore()
    make(replace(TWO_STAGES, name="parent"), images(people), store=store)
    return store


def make(
    recipe: Recipe,
    given: Sequence[LabelledImage],
    *,
    store: FakeModelStore,
    parents: FakeModelStore | None = None,
    trainer: FakeTrainer | None = None,
) -> ModelCard:
    return make_model(
        TrainingRun(recipe), given, trainer=trainer or FakeTrainer(), store=store, versions=(), parents=parents
    )


def from_parent(parents: FakeModelStore, name: str = "parent", split: SplitKind = SplitKind.LEAVE_ONE_OUT) -> Recipe:
    """A recipe for images of a, b and c."""
    start = f"{name} {parents.card(name).sha256}"
    two = replace(TWO_STAGES, start=start, refinement=replace(REFINEMENT, start=start))
    return custom_recipe(two, images("abc"), name="mine", split=split)


def test_both_networks_start_from_those_of_the_model_that_is_named() -> None:
    parents, trainer = parent("xyz"), FakeTrainer()
    card = make(
        from_parent(parents).for_fold(0), images("abc"), store=FakeModelStore(), parents=parents, trainer=trainer
    )
    assert trainer.starts == [parents.weights(name).safetensors for name in ("parent-close-up", "parent")]
    assert card.refinement is not None
    plain = FakeTrainer()
    make(replace(POSTER_RECIPE, start=IMAGENET), images("abc"), store=FakeModelStore(), parents=parents, trainer=plain)
    assert plain.starts == [None]


def test_a_model_to_start_from_says_how_wide_the_decoders_are() -> None:
    wide = replace(TWO_STAGES, name="parent", decoder_channels=512)
    parents = FakeModelStore()
    make(replace(wide, refinement=replace(REFINEMENT, decoder_channels=64)), images("x"), store=parents)
    start = f"parent {parents.card('parent').sha256}"
    for chosen, widths in ((start, [512, 64]), (IMAGENET, [256, 256])):
        recipe = started(TWO_STAGES, chosen, parents)
        stages = [stage for stage in (recipe, recipe.refinement) if stage]
        assert [stage.start for stage in stages] == [chosen, chosen]
        assert [stage.decoder_channels for stage in stages] == widths
    alone = started(replace(TWO_STAGES, refinement=None), start, parents)
    assert (alone.decoder_channels, alone.refinement) == (512, None)


def test_a_model_that_knows_who_would_be_tested_is_no_start() -> None:
    parents, store, trainer = parent("xb"), FakeModelStore(), FakeTrainer()
    recipe = from_parent(parents)
    refused = []
    for part in recipe.parts_held_out:
        (tested,) = {one.group for one in split_by_recipe(images("abc"), recipe.for_fold(part)).held_out}
        try:
            make(recipe.for_fold(part), images("abc"), store=store, parents=parents, trainer=trainer)
        except TrainingError as error:
            assert "parent was trained on b, on whom the new model would be tested" in error.message
            refused.append(tested)
    assert refused == ["b"], "the others are strangers to it"
    assert len(trainer.starts) == 4, "two networks for each of two people"


def test_with_nobody_held_out_or_people_not_kept_apart_any_model_is_a_start() -> None:
    parents = parent("abc")
    for recipe in (from_parent(parents), from_parent(parents, split=SplitKind.FRAMES).for_fold(0)):
        trainer = FakeTrainer()
        make(recipe, images("abc"), store=FakeModelStore(), parents=parents, trainer=trainer)
        assert trainer.starts[-1] == parents.weights("parent").safetensors


def test_whom_the_model_before_the_last_one_knew_is_not_forgotten() -> None:
    parents = parent("ax")
    start = f"parent {parents.card('parent').sha256}"
    child = replace(TWO_STAGES, name="child", start=start, refinement=replace(REFINEMENT, start=start))
    card = make(child, images("yz"), store=parents, parents=parents)
    assert {member for data in card.trained_on for member in data.members} == set("axyz")
    recipe = from_parent(parents, "child")
    messages = []
    for part in recipe.parts_held_out:
        try:
            make(recipe.for_fold(part), images("abc"), store=FakeModelStore(), parents=parents)
        except TrainingError as error:
            messages.append(error.message)
    assert len(messages) == 1
    assert "child was trained on a," in messages[0]


@pytest.mark.parametrize("how", ["gone", "changed", "nowhere to look"])
def test_a_start_that_is_gone_or_another_one_is_told(how: str) -> None:
    parents = parent("xyz")
    recipe = from_parent(parents).for_fold(0)
    changed = parent("xy")
    look_in = {"gone": FakeModelStore(), "changed": changed, "nowhere to look": None}[how]
    trainer = FakeTrainer()
    with pytest.raises(TrainingError, match="parent to start from is gone or was changed"):
        make(recipe, images("abc"), store=FakeModelStore(), parents=look_in, trainer=trainer)
    assert not trainer.trained


def test_nothing_left_to_train_on_is_told() -> None:
    """All frames lie so close to the held-out one that they would leak."""
    near = [replace(image("a", number), frame=number) for number in range(3)]
    recipe = custom_recipe(POSTER_RECIPE, near, name="mine", split=SplitKind.TIME_BLOCKS)
    with pytest.raises(TrainingError, match="No images are left"):
        make(recipe.for_fold(0), near, store=FakeModelStore())
