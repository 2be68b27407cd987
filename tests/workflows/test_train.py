from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from nerveapp.domain.clip import Image
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.recipe import RECIPES, Recipe
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.errors import DataError
from nerveapp.ports import EpochReport, Segmenter, TrainedWeights
from nerveapp.workflows.evaluate import score_images, summarise_scores
from nerveapp.workflows.train import Split, make_model, split_by_group

RECIPE = replace(RECIPES["median-wrist"], phantom_stills=3)


def image(name: str, group: str, level: int = 100) -> LabelledImage:
    grey = np.full((80, 100), level, np.uint8)
    nerve = np.zeros((80, 100), bool)
    nerve[20:40, 30:60] = True
    return LabelledImage(name, group, grey, nerve)


IMAGES = [image(f"{person}-{number}", person) for person in "abcdefghij" for number in range(2)]


@dataclass
class FakeStore:
    saved: list[ModelCard] = field(default_factory=list)

    def names(self) -> tuple[str, ...]:
        return tuple(card.name for card in self.saved)

    def card(self, name: str) -> ModelCard:
        return next(card for card in self.saved if card.name == name)

    def weights(self, name: str) -> TrainedWeights:
        return TrainedWeights(b"weights")

    def save(self, card: ModelCard, weights: TrainedWeights) -> ModelCard:
        self.saved.append(card)
        return card


@dataclass
class FakeTrainer:
    real: Sequence[LabelledImage] = ()
    synthetic: Sequence[LabelledImage] = ()
    shown: Sequence[LabelledImage] = ()

    def train(
        self,
        real: Sequence[LabelledImage],
        synthetic: Sequence[LabelledImage],
        recipe: Recipe,
        *,
        on_epoch: Callable[[EpochReport], None],
        cancelled: Callable[[], bool],
    ) -> bytes:
        self.real, self.synthetic = real, synthetic
        return b"trained"

    def for_cpus(self, safetensors: bytes, shown: Sequence[LabelledImage], recipe: Recipe) -> TrainedWeights:
        self.shown = shown
        return TrainedWeights(safetensors)


@dataclass
class HalfRight:
    """Outlines the upper half of the nerve of `image`."""

    card: ModelCard
    engine: str = "fake on cpu"
    batch_size: int = 1
    workers: int = 1

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        mask = np.zeros(images[0].shape[:2], bool)
        mask[20:30, 30:60] = True
        return [PredictedMask(mask, 0.9, 1) for _ in images]


def test_what_is_scored_was_never_trained_on() -> None:
    trainer, store = FakeTrainer(), FakeStore()

    def load(name: str) -> list[Segmenter]:
        return [HalfRight(store.card(name))]

    card = make_model(
        RECIPE, IMAGES, trainer=trainer, store=store, load=load, versions=(), on_epoch=lambda report: None
    )
    trained = {one.group for one in trainer.real}
    assert trained.isdisjoint(card.held_out)
    assert {one.group for one in trainer.shown}.isdisjoint(card.held_out), "nor did it set the 8-bit ranges"
    assert trained | set(card.held_out) == set("abcdefghij")
    real, phantom = card.scores
    assert (real.n, real.groups) == (4, 2)
    assert real.dice_mean == pytest.approx(2 * 300 / 900)
    assert real.area_error_rel_mean == pytest.approx(0.5)
    assert real.missed == 0
    assert "never trained on" in real.split
    assert phantom.dataset == "phantom"
    assert card.trained_on[0].images == 16
    assert [data.name for data in card.trained_on] == ["median-wrist", "phantom"]


def test_a_split_that_shares_a_person_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="both sides"):
        Split((image("a-1", "a"),), (image("a-2", "a"),))


def test_the_split_is_the_same_every_time() -> None:
    assert split_by_group(IMAGES, RECIPE) == split_by_group(IMAGES, RECIPE)
    other = split_by_group(IMAGES, replace(RECIPE, held_out_fold=1))
    assert {one.group for one in other.held_out}.isdisjoint(
        {one.group for one in split_by_group(IMAGES, RECIPE).held_out}
    )


def test_a_missed_nerve_counts_as_missed() -> None:
    low = image("x", "x")
    below = LabelledImage("y", "y", low.grey, np.roll(low.nerve, 40, axis=0))
    scores = score_images([low, below], HalfRight(_any_card()))
    summary = summarise_scores(scores, dataset="d", split="s", engine="e")
    assert summary.missed == 1
    assert summary.dice_mean == pytest.approx((2 / 3) / 2)
    assert summary.dice_sd == pytest.approx((2 / 3) / 2)


def test_nothing_to_score_is_told() -> None:
    with pytest.raises(DataError, match="no images"):
        summarise_scores([], dataset="d", split="s", engine="e")


def _any_card() -> ModelCard:
    store = FakeStore()
    return make_model(
        RECIPE,
        IMAGES,
        trainer=FakeTrainer(),
        store=store,
        load=lambda name: [],
        versions=(),
        on_epoch=lambda report: None,
    )
