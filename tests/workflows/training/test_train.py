from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from nerveapp.analysis.reliability import expected_dice
from nerveapp.domain.clip import Image
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import CrossValidation, EngineScores, Fold, ImageScore
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.experiments.split import Split
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard, RefinementStage
from nerveapp.domain.score import Score
from nerveapp.domain.segmentation import Flag, PredictedMask
from nerveapp.errors import DataError, TrainingError
from nerveapp.ports import Segmenter, Tracker, TrainedWeights, TrainingRun
from nerveapp.workflows.evaluating.evaluate import score_images, summarise_scores
from nerveapp.workflows.training.cross_validate import (
    confidence_of,
    cross_validate,
    judged_out_of_fold,
    summarise_cross_validation,
    without_outlines,
)
from nerveapp.workflows.training.custom_recipe import custom_recipe
from nerveapp.workflows.training.train import make_model, split_by_recipe
from tests.fakes import FakeModelStore, FakeTrainer

RECIPE = replace(RECIPES["median-wrist"], phantom_stills=3, refinement=None)


def image(name: str, group: str, level: int = 100) -> LabelledImage:
    grey = np.full((80, 100), level, np.uint8)
    nerve = np.zeros((80, 100), bool)
    nerve[20:40, 30:60] = True
    return LabelledImage(name, group, grey, nerve)


IMAGES = [image(f"{person}-{number}", person) for person in "abcdefghij" for number in range(2)]


@dataclass
class FakeStore(FakeModelStore):
    saved: list[ModelCard] = field(default_factory=list)

    def names(self) -> tuple[str, ...]:
        return tuple(card.name for card in self.saved)

    def stored(self) -> tuple[str, ...]:
        return self.names()

    def card(self, name: str) -> ModelCard:
        return next(card for card in reversed(self.saved) if card.name == name)

    def weights(self, name: str) -> TrainedWeights:
        return TrainedWeights(b"weights")

    def save(self, card: ModelCard, weights: TrainedWeights) -> ModelCard:
        self.saved.append(card)
        return card


@dataclass
class HalfRight:
    """Outlines the upper half of the nerve of `image`."""

    card: ModelCard
    engine: str = "fake on cpu"
    batch_size: int = 1
    workers: int = 1

    @property
    def tracker(self) -> Tracker | None:
        return None

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        mask = np.zeros(images[0].shape[:2], bool)
        mask[20:30, 30:60] = True
        return [PredictedMask(mask, 0.9, 1) for _ in images]


def make(recipe: Recipe, trainer: FakeTrainer, store: FakeStore, *, anew: bool = False) -> ModelCard:
    return make_model(TrainingRun(recipe), IMAGES, trainer=trainer, store=store, versions=(), anew=anew)


def test_a_fold_learns_nothing_of_the_people_held_out() -> None:
    trainer = FakeTrainer()
    card = make(RECIPE.for_fold(0), trainer, FakeStore())
    trained = {one.group for one in trainer.sets[0].real}
    assert len(card.held_out) == 2
    assert trained.isdisjoint(card.held_out)
    assert {one.group for one in trainer.calibrated_on[0]}.isdisjoint(card.held_out), "nor did it set the 8-bit ranges"
    assert trained | set(card.held_out) == set("abcdefghij")
    assert set(card.trained_on[0].members) == trained
    assert card.trained_on[0].images == 16
    assert [data.name for data in card.trained_on] == ["median-wrist", "phantom"]
    assert card.losses == (0.5, 0.25)


def test_the_final_model_learns_from_everybody() -> None:
    card = make(RECIPE, FakeTrainer(), FakeStore())
    assert card.held_out == ()
    assert card.trained_on[0].members == tuple("abcdefghij")


def test_what_was_trained_by_the_same_recipe_is_used_again() -> None:
    store = FakeStore()
    first = make(RECIPE, FakeTrainer(), store)
    idle = FakeTrainer()
    assert make(RECIPE, idle, store) == first
    assert not idle.trained
    make(RECIPE, idle, store, anew=True)
    assert idle.trained
    busy = FakeTrainer()
    make(replace(RECIPE, epochs=RECIPE.epochs + 1), busy, store)
    assert busy.trained, "another recipe is another model"


def test_another_title_or_licence_is_written_on_the_card_without_another_training() -> None:
    store = FakeStore()
    first = make(RECIPE, FakeTrainer(), store)
    scored = store.save(replace(first, scores=(summary_of_nothing(),), flag_below=0.5), TrainedWeights(b"weights"))
    idle = FakeTrainer()
    renamed = replace(RECIPE, title="Another title", remark="Another remark.", licence="MIT", data_licence="CC0-1.0")
    card = make(renamed, idle, store)
    assert not idle.trained
    assert (card.title, card.remark, card.licence) == ("Another title", "Another remark.", "MIT")
    assert card.trained_on[0].licence == "CC0-1.0"
    assert (card.scores, card.flag_below, card.losses) == (scored.scores, 0.5, first.losses)


def test_another_threshold_needs_no_training_but_other_scores() -> None:
    store = FakeStore()
    first = make(RECIPE, FakeTrainer(), store)
    store.save(replace(first, scores=(summary_of_nothing(),), flag_below=0.5), TrainedWeights(b"weights"))
    idle = FakeTrainer()
    card = make(replace(RECIPE, threshold=0.3), idle, store)
    assert not idle.trained
    assert (card.threshold, card.scores, card.flag_below) == (0.3, (), 0.0)


def test_other_numbers_for_cpus_are_made_of_the_same_weights_by_images_learnt_from() -> None:
    store = FakeStore()
    recipe = RECIPE.for_fold(0)
    first = make(recipe, FakeTrainer(), store)
    store.save(replace(first, scores=(summary_of_nothing(),)), TrainedWeights(b"weights"))
    idle = FakeTrainer()
    card = make(replace(recipe, cpu_precision="float16"), idle, store)
    assert not idle.trained
    assert (card.cpu_precision, card.scores) == ("float16", ())
    assert {one.group for one in idle.calibrated_on[0]}.isdisjoint(card.held_out)


def test_a_refinement_is_a_network_of_its_own_with_the_same_people_held_out() -> None:
    closer = replace(RECIPE, name="", crop_size_factor=4.0)
    recipe = replace(RECIPE, refinement=closer).for_fold(1)
    store = FakeStore()
    card = make(recipe, FakeTrainer(), store)
    second = store.card(f"{recipe.name}-close-up")
    assert card.refinement == RefinementStage(second.name, second.weights.sha256)
    assert second.crop_size_factors == (4.0,)
    assert second.held_out == card.held_out != ()

    store.save(replace(card, scores=(summary_of_nothing(),)), TrainedWeights(b""))
    busy = FakeTrainer()
    other = make(replace(recipe, refinement=replace(closer, epochs=99)), busy, store)
    assert busy.trained, "the refinement stage is trained anew"
    assert len([saved for saved in store.saved if saved.name == recipe.name and saved.losses]) >= 1
    assert other.losses == card.losses


def test_a_recipe_is_applied_to_images_of_the_installation() -> None:
    own = custom_recipe(RECIPES["median-wrist"], IMAGES[:6], name="mine")
    assert (own.name, own.folds, own.licence) == ("mine", 3, "not published")
    assert own.refinement is not None
    assert own.refinement.folds == 3, "both networks hold out the same people"
    assert custom_recipe(RECIPE, IMAGES, name="mine").folds == 5
    few = replace(own, phantom_stills=2, refinement=replace(own.refinement, phantom_stills=1))
    card = make(few.for_fold(0), FakeTrainer(), FakeStore())
    assert "SasageyoOrg" not in str(card), "somebody's images are not the published ones"


@pytest.mark.parametrize("name", ["", "median-wrist", "../x", "mine-close-up", "two words"])
def test_impossible_names_are_refused(name: str) -> None:
    with pytest.raises(TrainingError, match="cannot be called"):
        custom_recipe(RECIPE, IMAGES, name=name)


def test_one_person_alone_is_no_training_set() -> None:
    with pytest.raises(TrainingError, match="one person"):
        custom_recipe(RECIPE, IMAGES[:2], name="mine")


def summary_of_nothing() -> Score:
    return Score("set", "split", "engine", 1, 1, 0.9, 0.0, 0.8, 0.0, None, None, 0, (0.9, 0.9), True)


def test_every_image_is_scored_once_by_the_model_that_never_saw_its_person() -> None:
    store = FakeStore()
    loaded: list[str] = []

    def load(name: str) -> list[Segmenter]:
        loaded.append(name)
        return [HalfRight(store.card(name))]

    result = cross_validate(
        RECIPE,
        IMAGES,
        label="half",
        folds=range(5),
        make=lambda recipe: make(recipe, FakeTrainer(), store),
        load=load,
        versions=(),
    )
    assert loaded == [f"median-wrist-fold-{number}" for number in range(1, 6)]
    for fold in result.folds:
        held_out = {image.group for image in fold.scores[0].images}
        assert held_out == set(store.card(f"median-wrist-fold-{fold.number + 1}").held_out)
    assert sorted(image.name for image in result.out_of_fold("fake on cpu")) == sorted(image.name for image in IMAGES)

    (score,) = summarise_cross_validation(result)
    assert (score.n, score.groups) == (20, 10)
    assert score.dice_mean == pytest.approx(2 * 300 / 900)
    assert score.area_error_rel_mean == pytest.approx(0.5)
    assert score.missed == 0
    assert "out of fold" in score.split
    assert score.split.endswith("measured with phantom_stills 3 (kept: 240); no refinement stage")
    (kept,) = summarise_cross_validation(replace(result, recipe=RECIPES["median-wrist"]))
    assert kept.split.endswith("the recipe's models, not this one")


def test_results_without_outlines_keep_the_figures() -> None:
    store = FakeStore()
    result = cross_validate(
        RECIPE,
        IMAGES,
        label="half",
        folds=[0],
        make=lambda recipe: make(recipe, FakeTrainer(), store),
        load=lambda name: [HalfRight(store.card(name))],
        versions=(),
    )
    bare = without_outlines(result)
    assert result.out_of_fold("fake on cpu")[0].outline
    assert not bare.out_of_fold("fake on cpu")[0].outline
    assert summarise_cross_validation(bare) == summarise_cross_validation(result)


def test_a_split_that_shares_a_person_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="both sides"):
        Split((image("a-1", "a"),), (image("a-2", "a"),))


def test_the_folds_are_the_same_every_time_and_share_nobody() -> None:
    assert split_by_recipe(IMAGES, RECIPE.for_fold(0)) == split_by_recipe(IMAGES, RECIPE.for_fold(0))
    held_out = [{one.group for one in split_by_recipe(IMAGES, RECIPE.for_fold(k)).held_out} for k in range(5)]
    assert set.union(*held_out) == set("abcdefghij")
    assert sum(map(len, held_out)) == 10


def test_a_missed_nerve_counts_as_missed() -> None:
    low = image("x", "x")
    below = LabelledImage("y", "y", low.grey, np.roll(low.nerve, 40, axis=0))
    scores = score_images([low, below], HalfRight(_any_card()))
    summary = summarise_scores(scores, dataset="d", split="s", engine="e", unseen_people=True)
    assert summary.missed == 1
    assert summary.dice_mean == pytest.approx((2 / 3) / 2)
    assert summary.dice_sd == pytest.approx((2 / 3) / 2)


def test_nothing_to_score_is_told() -> None:
    with pytest.raises(DataError, match="no images"):
        summarise_scores([], dataset="d", split="s", engine="e", unseen_people=True)


def _any_card() -> ModelCard:
    return make(RECIPE, FakeTrainer(), FakeStore())


def scored(name: str, dice: float, certainty: float) -> ImageScore:
    return ImageScore(name, name, dice, dice, 1.0, 100, 100, certainty)


def test_confidence_is_judged_by_a_fit_that_never_saw_the_image() -> None:
    rng = np.random.default_rng(1)
    folds = []
    for number in range(5):
        certainties = rng.uniform(0.6, 1, 40)
        images = tuple(scored(f"{number}-{i}", 2 * c - 1, c) for i, c in enumerate(certainties))
        folds.append(Fold(number, 160, 80, (), (EngineScores("e", images),)))
    result = CrossValidation("r", RECIPE, tuple(folds), ())

    knots, flag_below = confidence_of(result, "e")
    assert expected_dice(0.8, knots) == pytest.approx(0.6, abs=0.03)
    judged = judged_out_of_fold(result, "e")
    low = [image for image in judged if Flag.LOW_CONFIDENCE in image.flags]
    assert len(low) == pytest.approx(0.12 * 200, abs=8)
    assert max(image.dice for image in low) < flag_below + 0.1
    # A fold all of whose outlines failed although they were sure: the others' fit cannot know it.
    failed = Fold(0, 160, 80, (), (EngineScores("e", tuple(scored(f"x-{i}", 0.0, 0.99) for i in range(40))),))
    betrayed = judged_out_of_fold(replace(result, folds=(failed, *folds[1:])), "e")
    assert min(image.confidence for image in betrayed if image.name.startswith("x-")) > 0.9
