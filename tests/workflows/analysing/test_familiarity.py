from dataclasses import replace

import cv2
import numpy as np
import pytest

from nerveapp.domain.actor import Actor
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.view import Nerve
from nerveapp.errors import DataError, TrainingError
from nerveapp.ports import TrainedWeights, TrainingRun
from nerveapp.workflows.studies.robustness import UNCHANGED
from nerveapp.workflows.studies.unfamiliar_images import HELD_OUT, measure_unfamiliar
from nerveapp.workflows.training.describe_training import describe_training
from nerveapp.workflows.training.train import make_model, phantom_images
from tests.fakes import FakeTrainer
from tests.workflows.training.test_train import FakeStore

_SHIPPED = RECIPES["median-wrist"]
RECIPE = replace(
    _SHIPPED, phantom_stills=4, refinement=replace(_SHIPPED, phantom_stills=1, crop_size_factor=4.0, refinement=None)
)


@pytest.fixture(scope="module")
def images() -> list[LabelledImage]:
    return phantom_images(9, seed=3, nerves=(Nerve.MEDIAN,))


def trained(images: list[LabelledImage], store: FakeStore) -> ModelCard:
    return make_model(TrainingRun(RECIPE), images, trainer=FakeTrainer(), store=store, versions=())


def test_a_training_describes_its_images_and_phantoms_and_its_refinement_stage_nothing(
    images: list[LabelledImage],
) -> None:
    store = FakeStore()
    card = trained(images, store)
    assert card.appearance is not None
    assert [one.name for one in card.appearance.sets] == ["median-wrist", "phantom"]
    assert store.card("median-wrist-close-up").appearance is None
    assert trained(images, store).appearance == card.appearance, "a description outlives another run"
    (bare,) = (
        make_model(
            TrainingRun(replace(RECIPE, phantom_share=0.0, refinement=None)),
            images[:4],
            trainer=FakeTrainer(),
            store=FakeStore(),
            versions=(),
        ),
    )
    assert bare.appearance is not None
    assert [one.name for one in bare.appearance.sets] == ["median-wrist"]


def test_a_stored_model_is_described_without_another_training(images: list[LabelledImage]) -> None:
    store = FakeStore()
    card = trained(images, store)
    store.save(replace(card, appearance=None), TrainedWeights(b"weights"))
    described = describe_training(Actor(), RECIPE, images, store=store)
    assert described.appearance == card.appearance
    assert described.sha256 == card.sha256
    with pytest.raises(DataError, match="5 of the 9 groups"):
        describe_training(Actor(), RECIPE, images[:4], store=store)
    with pytest.raises(TrainingError, match="not trained by the recipe"):
        describe_training(Actor(), replace(RECIPE, epochs=1), images, store=store)


def test_every_model_is_shown_its_own_set_held_out_the_other_and_the_clips(
    images: list[LabelledImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {name: replace(recipe, folds=2, phantom_stills=2) for name, recipe in RECIPES.items()}
    monkeypatch.setattr("nerveapp.workflows.studies.unfamiliar_images.RECIPES", small)
    monkeypatch.setattr("nerveapp.workflows.studies.unfamiliar_images.UNSEEN_PHANTOM_STILLS", 2)
    blurred = [replace(image, grey=np.asarray(cv2.GaussianBlur(image.grey, (0, 0), 9))) for image in images[:4]]
    sets = {"median-wrist": images[:4], "usgra-nerves": blurred}
    found = measure_unfamiliar(images=sets.__getitem__, clips={"a clip": [images[0].grey] * 3}, versions=())
    rows = {(row.model, row.shown, row.change, row.severity): row for row in found.rows}
    held_out = rows["median-wrist", HELD_OUT, UNCHANGED, UNCHANGED]
    assert (held_out.images, held_out.groups) == (4, 4)
    assert rows["median-wrist", HELD_OUT, "blur", "severe"].images == 4
    assert rows["median-wrist", "usgra-nerves", UNCHANGED, UNCHANGED].images == 4
    assert rows["peripheral-nerve", "a clip", UNCHANGED, UNCHANGED].images == 3
