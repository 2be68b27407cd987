from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from nerveapp.analysis.reliability import expected_dice
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.clip import Image
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.report import TrainingReport
from nerveapp.domain.experiments.shipped_recipes import POSTER_RECIPE
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.errors import RightsError, TrainingError
from nerveapp.ports import ModelStore, Tracker, TrainingRun
from nerveapp.workflows.training.custom_recipe import custom_recipe
from nerveapp.workflows.training.custom_training import TrainingTools, train_custom_model
from nerveapp.workflows.training.train import split_by_recipe
from tests.fakes import FakeModelStore, FakeTrainer

NOW = datetime(2026, 5, 1, tzinfo=UTC)
VIEW = View(Nerve.ULNAR, Site.ELBOW)
UNKNOWN = pytest.approx(2 / 3)
"""Dice of an image that was not learnt; of one that was it is 1."""


def frames(people: str, each: int, *, apart: int = 10) -> list[LabelledImage]:
    """Frames of one clip per person; the grey level is the number of the frame among all."""
    nerve = np.zeros((16, 24), bool)
    nerve[4:12, 4:20] = True
    return [
        LabelledImage(
            f"{person}-{number}",
            person,
            np.full((16, 24), len(people) * number + index, np.uint8),
            nerve,
            clip=f"clip-{person}",
            frame=apart * number,
            view=VIEW,
        )
        for index, person in enumerate(people)
        for number in range(each)
    ]


IMAGES = frames("abcdef", 4)


@dataclass
class ByHeart:
    """Outlines the whole nerve in images that were learnt and its upper half in others."""

    card: ModelCard
    learnt: set[str]
    images: Sequence[LabelledImage]
    engine: str = "fake on cpu"
    batch_size: int = 1
    workers: int = 1

    @property
    def tracker(self) -> Tracker | None:
        return None

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> PredictedMask:
        (known,) = (one for one in self.images if np.array_equal(one.grey, image))
        mask = known.nerve.copy()
        if known.name not in self.learnt:
            mask[8:] = False
        return PredictedMask(mask, 0.5 + int(image.flat[0]) / 300, 1)


@dataclass
class Bench:
    """A trainer and two stores."""

    trainer: FakeTrainer = field(default_factory=FakeTrainer)
    runs: FakeModelStore = field(default_factory=FakeModelStore)
    store: FakeModelStore = field(default_factory=FakeModelStore)
    said: list[str] = field(default_factory=list)

    def train(
        self,
        recipe: Recipe,
        images: Sequence[LabelledImage] = IMAGES,
        *,
        beside_random: bool = False,
        actor: Actor = Actor(),  # noqa: B008 (it is frozen)
    ) -> TrainingReport:
        def load(name: str, stored: ModelStore) -> ByHeart:
            learnt = stored.weights(name).safetensors.decode().split()[1:]
            return ByHeart(stored.card(name), set(learnt), images)

        return train_custom_model(
            actor,
            TrainingRun(recipe),
            images,
            tools=TrainingTools(self.trainer, load, lambda: NOW, (("numpy", "2"),)),
            runs=self.runs,
            store=self.store,
            beside_random=beside_random,
            log=self.said.append,
        )

    def learnt(self, name: str) -> set[str]:
        return set(self.store.weights(name).safetensors.decode().split()[1:])


@pytest.fixture
def bench() -> Bench:
    return Bench()


def custom(split: SplitKind, images: Sequence[LabelledImage] = IMAGES, *, refinement: bool = False) -> Recipe:
    base = replace(
        POSTER_RECIPE, refinement=replace(POSTER_RECIPE, name="", crop_size_factor=4.0) if refinement else None
    )
    return custom_recipe(base, images, name="mine", split=split)


@pytest.mark.parametrize(("split", "parts"), [(SplitKind.FOLDS, 5), (SplitKind.LEAVE_ONE_OUT, 6)])
def test_of_folds_the_model_learns_from_all_and_has_the_scores_of_as_many_others(
    bench: Bench, split: SplitKind, parts: int
) -> None:
    report = bench.train(custom(split))
    assert bench.runs.stored() == tuple(f"mine-fold-{number}" for number in range(1, parts + 1))
    assert bench.store.stored() == ("mine",), "models of parts are not for use"
    assert bench.learnt("mine") == {image.name for image in IMAGES}
    card = bench.store.card("mine")
    assert card.held_out == ()
    (score,) = card.scores
    assert (score.n, score.groups) == (24, 6)
    assert score.dice_mean == UNKNOWN
    assert f"{parts} models of the recipe, not this one" in score.split

    (measured,) = report.splits
    assert (measured.split, measured.leakage, measured.score) == (split, 0, score)
    assert (measured.training_frames, measured.training_people) == {5: (19, 5), 6: (20, 5)}[parts]
    assert (report.model, report.sha256, report.made_at) == ("mine", card.sha256, NOW)
    assert report.recipe == custom(split)
    assert report.versions == (("numpy", "2"),)


@pytest.mark.parametrize("split", [SplitKind.FOLDS, SplitKind.LEAVE_ONE_OUT])
def test_each_image_is_tested_once_by_the_part_that_held_its_person_out(bench: Bench, split: SplitKind) -> None:
    recipe = custom(split)
    report = bench.train(recipe)
    assert sorted(one.score.name for one in report.frames) == sorted(image.name for image in IMAGES)
    assert all(one.score.dice == UNKNOWN for one in report.frames), "no model had learnt what it was tested on"
    for part in recipe.parts_held_out:
        held_out = split_by_recipe(IMAGES, recipe.for_fold(part)).held_out_people
        people = {one.score.group for one in report.frames if one.part == part}
        assert len(people) == held_out
        assert people == set(bench.runs.card(f"mine-fold-{part + 1}").held_out)
    places = {(one.score.name, one.score.group, one.clip, one.frame, one.view) for one in report.frames}
    assert places == {(one.name, one.group, one.clip, one.frame, VIEW) for one in IMAGES}


@pytest.mark.parametrize("split", [SplitKind.PEOPLE, SplitKind.TIME_BLOCKS, SplitKind.FRAMES])
def test_of_one_part_held_out_the_model_is_the_very_one_that_was_scored(bench: Bench, split: SplitKind) -> None:
    report = bench.train(custom(split))
    assert [one.name for one in bench.trainer.trained] == ["mine-fold-1"], "nothing is trained a second time"
    assert bench.store.weights("mine") == bench.runs.weights("mine-fold-1")
    assert bench.store.stored() == ("mine",)
    card = bench.store.card("mine")
    (score,) = card.scores
    assert "not this one" not in score.split
    assert score.dice_mean == UNKNOWN
    assert {one.part for one in report.frames} == {0}
    tested = {one.score.name for one in report.frames}
    assert tested == {one.name for one in split_by_recipe(IMAGES, report.recipe).held_out}
    assert tested.isdisjoint(bench.learnt("mine"))
    assert (report.recipe.name, report.recipe.held_out_fold) == ("mine", 0)
    assert report.sha256 == card.sha256
    people = {one.score.group for one in report.frames}
    assert set(card.held_out) == (people if split is SplitKind.PEOPLE else set()), "who is learnt from is not held out"


@pytest.mark.parametrize("split", [SplitKind.FOLDS, SplitKind.TIME_BLOCKS])
def test_a_refinement_is_stored_with_its_model(bench: Bench, split: SplitKind) -> None:
    report = bench.train(custom(split, refinement=True))
    assert bench.store.stored() == ("mine", "mine-close-up")
    card, second = bench.store.card("mine"), bench.store.card("mine-close-up")
    assert card.refinement is not None
    assert (card.refinement.name, card.refinement.sha256) == (second.name, second.sha256)
    assert report.sha256 == card.sha256 != card.weights.sha256
    assert bench.learnt("mine-close-up") == bench.learnt("mine")
    if split is SplitKind.TIME_BLOCKS:
        assert bench.store.weights("mine-close-up") == bench.runs.weights("mine-fold-1-close-up")


def test_frames_at_random_are_a_second_score_and_no_other_model(bench: Bench) -> None:
    images = frames("abc", 10, apart=1)
    report = bench.train(custom(SplitKind.FOLDS, images), images, beside_random=True)
    by_person, at_random = report.splits
    assert (by_person.split, by_person.leakage) == (SplitKind.FOLDS, 0)
    assert at_random.split is SplitKind.FRAMES
    assert at_random.leakage is not None
    assert at_random.leakage > 0.5
    assert (at_random.training_frames, at_random.training_people, at_random.score.n) == (24, 3, 6)
    assert f"leakage {at_random.leakage:.0%}" in at_random.score.split
    assert bench.store.card("mine").scores == (by_person.score, at_random.score)
    assert bench.store.stored() == ("mine",)
    assert len(report.frames) == 30, "of its own split alone"
    plain = Bench()
    plain.train(custom(SplitKind.FOLDS, images), images)
    assert plain.store.weights("mine") == bench.store.weights("mine")
    assert len(plain.said) == len(bench.said) - 1


def test_frames_at_random_are_not_trained_beside_themselves(bench: Bench) -> None:
    report = bench.train(custom(SplitKind.FRAMES), beside_random=True)
    assert len(report.splits) == len(bench.trainer.trained) == 1


@pytest.mark.parametrize("refinement", [False, True])
def test_few_images_can_be_dealt_at_random_too(bench: Bench, refinement: bool) -> None:
    images = frames("ab", 2)[:3]
    report = bench.train(custom(SplitKind.FOLDS, images, refinement=refinement), images, beside_random=True)
    assert [one.score.n for one in report.splits] == [3, 1]
    assert report.splits[1].training_frames == 2


def test_two_people_are_tested_on_each_other(bench: Bench) -> None:
    images = frames("ab", 3)
    report = bench.train(custom(SplitKind.FOLDS, images), images)
    assert report.recipe.folds == 2
    assert report.splits[0].training_people == 1
    assert [{one.score.group for one in report.frames if one.part == part} for part in (0, 1)] in (
        [{"a"}, {"b"}],
        [{"b"}, {"a"}],
    )


@pytest.mark.parametrize("split", [SplitKind.FOLDS, SplitKind.FRAMES])
@pytest.mark.parametrize("enough", [True, False])
def test_confidence_is_fitted_on_enough_held_out_images_only(bench: Bench, split: SplitKind, enough: bool) -> None:
    images = frames("abcde", 4) if split is SplitKind.FOLDS else frames("abcde", 20)
    left_out = 0 if enough else 1 if split is SplitKind.FOLDS else 5
    images = images[: len(images) - left_out]
    report = bench.train(custom(split, images), images)
    assert len(report.frames) == (20 if enough else 19)
    card = bench.store.card("mine")
    assert bool(card.confidence_knots) is enough
    assert (card.flag_below > 0) is enough
    if enough:
        assert expected_dice(report.frames[0].score.confidence, card.confidence_knots) == UNKNOWN


@pytest.mark.parametrize("split", SplitKind)
def test_a_training_that_is_run_again_trains_nothing_and_tells_the_same(bench: Bench, split: SplitKind) -> None:
    recipe = custom(split, refinement=True)
    first = bench.train(recipe, beside_random=True)
    trainings = len(bench.trainer.trained)
    stored = dict(bench.store.kept)
    assert bench.train(recipe, beside_random=True) == first
    assert len(bench.trainer.trained) == trainings
    assert bench.store.kept == stored


def test_a_training_on_more_outlines_is_another_one(bench: Bench) -> None:
    bench.train(custom(SplitKind.FOLDS))
    more = frames("abcdef", 5)
    with pytest.raises(TrainingError, match="another model called mine"):
        bench.train(custom(SplitKind.FOLDS, more), more)
    assert bench.learnt("mine") == {image.name for image in IMAGES}
    bench.store.kept.clear()
    report = bench.train(custom(SplitKind.FOLDS, more), more)
    assert report.splits[0].score.n == 30
    assert bench.learnt("mine") == {image.name for image in more}


def test_of_frames_without_a_clip_nobody_knows_the_leakage(bench: Bench) -> None:
    stills = [replace(image, clip="") for image in IMAGES]
    at_random = bench.train(custom(SplitKind.FRAMES, stills), stills).splits[0]
    assert at_random.leakage is None
    assert "leakage unknown" in at_random.score.split


def test_the_card_names_people_and_clips_so_that_a_code_given_later_hides_nothing(bench: Bench) -> None:
    bench.train(custom(SplitKind.FOLDS))
    card = bench.store.card("mine")
    assert all(card.knows("renamed", image.clip) for image in IMAGES)
    assert all(card.knows(image.group, "another") for image in IMAGES)
    assert not card.knows("renamed", "another")


def test_a_training_called_otherwise_is_not_trained_again(bench: Bench) -> None:
    recipe = custom(SplitKind.FOLDS)
    bench.train(recipe)
    trainings = len(bench.trainer.trained)
    bench.train(replace(recipe, title="Another title", remark="Another remark.", licence="MIT"))
    assert len(bench.trainer.trained) == trainings
    assert bench.store.card("mine").title == "Another title"
    with pytest.raises(TrainingError, match="another model called mine"):
        bench.train(replace(recipe, epochs=recipe.epochs + 1))


def test_who_may_not_train_trains_nothing(bench: Bench) -> None:
    with pytest.raises(RightsError):
        bench.train(custom(SplitKind.FOLDS), actor=Actor(rights=frozenset(Right) - {Right.TRAIN}))
    assert not bench.trainer.trained
