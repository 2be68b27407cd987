from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from nerveapp.bootstrap import application
from nerveapp.demo import DEMO_CLIP
from nerveapp.domain.actor import Actor
from nerveapp.domain.clip import Frame
from nerveapp.domain.experiments.recipe import RECIPES
from nerveapp.domain.model import ModelCard
from nerveapp.domain.view import Nerve
from nerveapp.errors import DataError, TrainingError
from nerveapp.ports import TrainedWeights, TrainingRun
from nerveapp.workflows.describe_training import describe_training
from nerveapp.workflows.familiarity import LOOKED_AT, warning_before
from nerveapp.workflows.robustness import UNCHANGED
from nerveapp.workflows.train import make_model, phantom_images
from nerveapp.workflows.unfamiliar_images import HELD_OUT, measure_unfamiliar
from tests.fakes import FakeTrainer
from tests.real_data import ROOT, needs_real_data
from tests.workflows.test_train import FakeStore

_SHIPPED = RECIPES["median-wrist"]
RECIPE = replace(
    _SHIPPED, phantom_stills=4, refinement=replace(_SHIPPED, phantom_stills=1, crop_size_factor=4.0, refinement=None)
)
IMAGES = phantom_images(9, seed=3, nerves=(Nerve.MEDIAN,))


def frames(*images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Iterator[Frame]:
    for index, image in enumerate(images):
        yield Frame(index, index / 25, image)


def trained(store: FakeStore) -> ModelCard:
    return make_model(TrainingRun(RECIPE), IMAGES, trainer=FakeTrainer(), store=store, versions=())


def test_a_training_describes_its_images_and_phantoms_and_its_refinement_stage_nothing() -> None:
    store = FakeStore()
    card = trained(store)
    assert card.appearance is not None
    assert [one.name for one in card.appearance.sets] == ["median-wrist", "phantom"]
    assert store.card("median-wrist-close-up").appearance is None
    assert trained(store).appearance == card.appearance, "a description outlives another run"
    (bare,) = (
        make_model(
            TrainingRun(replace(RECIPE, phantom_share=0.0, refinement=None)),
            IMAGES[:4],
            trainer=FakeTrainer(),
            store=FakeStore(),
            versions=(),
        ),
    )
    assert bare.appearance is not None
    assert [one.name for one in bare.appearance.sets] == ["median-wrist"]


def test_the_middle_one_of_a_clips_first_frames_decides_and_no_more_are_read() -> None:
    card = application().models.card("median-wrist")
    like = next(iter(application().local_clips.open([DEMO_CLIP]).frames())).image
    black = np.zeros_like(like)
    shown = [like] * 30
    shown[LOOKED_AT[0]] = black
    assert warning_before(card, frames(*shown)) is None, "one frame in the air is no other kind of clip"
    shown[LOOKED_AT[1]] = black
    warning = warning_before(card, frames(*shown))
    assert warning is not None
    assert warning.startswith("These images are unlike those the model was trained on (")
    assert "its scores do not hold here" in warning
    unread = frames(*shown)
    warning_before(card, unread)
    assert next(unread).index == LOOKED_AT[-1] + 1
    assert warning_before(replace(card, appearance=None), frames(black)) is None


def test_a_stored_model_is_described_without_another_training() -> None:
    store = FakeStore()
    card = trained(store)
    store.save(replace(card, appearance=None), TrainedWeights(b"weights"))
    described = describe_training(Actor(), RECIPE, IMAGES, store=store)
    assert described.appearance == card.appearance
    assert described.sha256 == card.sha256
    with pytest.raises(DataError, match="5 of the 9 groups"):
        describe_training(Actor(), RECIPE, IMAGES[:4], store=store)
    with pytest.raises(TrainingError, match="not trained by the recipe"):
        describe_training(Actor(), replace(RECIPE, epochs=1), IMAGES, store=store)


def test_the_shipped_cards_describe_what_they_learnt_from_and_know_the_demo_clip() -> None:
    models = application().models
    for name in RECIPES:
        card = models.card(name)
        assert card.appearance is not None
        assert [one.name for one in card.appearance.sets] == [one.name for one in card.trained_on]
        assert sum(len(one.whitening) + 35 for one in card.appearance.sets) < 500, "a card stays small"
    card = models.card("median-wrist")
    assert warning_before(card, application().local_clips.open([DEMO_CLIP]).frames()) is None


def test_every_model_is_shown_its_own_set_held_out_the_other_and_the_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {name: replace(recipe, folds=2, phantom_stills=2) for name, recipe in RECIPES.items()}
    monkeypatch.setattr("nerveapp.workflows.unfamiliar_images.RECIPES", small)
    monkeypatch.setattr("nerveapp.workflows.unfamiliar_images.UNSEEN_PHANTOM_STILLS", 2)
    blurred = [replace(image, grey=np.asarray(cv2.GaussianBlur(image.grey, (0, 0), 9))) for image in IMAGES[:4]]
    sets = {"median-wrist": IMAGES[:4], "usgra-nerves": blurred}
    found = measure_unfamiliar(images=sets.__getitem__, clips={"a clip": [IMAGES[0].grey] * 3}, versions=())
    rows = {(row.model, row.shown, row.change, row.severity): row for row in found.rows}
    held_out = rows["median-wrist", HELD_OUT, UNCHANGED, UNCHANGED]
    assert (held_out.images, held_out.groups) == (4, 4)
    assert rows["median-wrist", HELD_OUT, "blur", "severe"].images == 4
    assert rows["median-wrist", "usgra-nerves", UNCHANGED, UNCHANGED].images == 4
    assert rows["peripheral-nerve", "a clip", UNCHANGED, UNCHANGED].images == 3


@needs_real_data
def test_real_images_of_other_nerves_are_warned_of() -> None:
    app = application()
    card = app.models.card("median-wrist")
    own, other = (app.labelled_folders.images(ROOT / name)[::10] for name in ("median-wrist", "usgra-nerves"))
    warned = [[warning_before(card, frames(image.grey)) is not None for image in one] for one in (own, other)]
    assert np.mean(warned[0]) <= 0.05
    assert np.mean(warned[1]) >= 0.9
    plexus = app.local_clips.open([ROOT / "clips" / "brachial-plexus-philips-sparq.mp4"])
    assert warning_before(card, plexus.frames()) is not None
