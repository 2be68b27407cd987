"""The shipped models' descriptions of what they learnt from, on real and synthetic clips."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from nerveapp.bootstrap import application
from nerveapp.demo import DEMO_CLIP
from nerveapp.domain.clip import Frame
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.workflows.analysing.familiarity import LOOKED_AT, warning_before
from tests.real_data import ROOT, needs_real_data


def frames(*images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Iterator[Frame]:
    for index, image in enumerate(images):
        yield Frame(index, index / 25, image)


def test_the_shipped_cards_describe_what_they_learnt_from_and_know_the_demo_clip() -> None:
    models = application().models
    for name in RECIPES:
        card = models.card(name)
        assert card.appearance is not None
        assert [one.name for one in card.appearance.sets] == [one.name for one in card.trained_on]
        assert sum(len(one.whitening) + 35 for one in card.appearance.sets) < 500, "a card stays small"
    card = models.card("median-wrist")
    assert warning_before(card, application().local_clips.open([DEMO_CLIP]).frames()) is None


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


@pytest.mark.slow
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
