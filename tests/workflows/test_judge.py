from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from nerveapp.domain.exam import Exam, Nerve, Site
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard, TrainingData, WeightFile
from nerveapp.domain.promotion import Role
from nerveapp.errors import ModelError
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.registry import SqlModelRegistry
from nerveapp.workflows.judge import compare_models, for_role, in_use, promote, roll_back, score_unseen
from tests.fakes import CARD, FakeSegmenter

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SHIPPED = replace(CARD, name="median-wrist")


def image(person: str, level: int, *, clip: str = "", site: Site = Site.WRIST) -> LabelledImage:
    """A frame in which `FakeSegmenter` finds a box as high as its grey level; half of it is the nerve."""
    nerve = np.zeros((40, 60), bool)
    nerve[5 : 5 + level // 2, 10:30] = True
    grey = np.full((40, 60), level, np.uint8)
    return LabelledImage(f"{person}-{level}", person, grey, nerve, clip=clip, exam=Exam(Nerve.MEDIAN, site))


def card(name: str, letter: str, *people: str, clips: tuple[str, ...] = ()) -> ModelCard:
    data = TrainingData("own images", "made here", "none", 2 * len(people), len(people), people, clips)
    return replace(CARD, name=name, weights=WeightFile(f"{name}.safetensors", letter * 64), trained_on=(data,))


IMAGES = [image("A", 20), image("A", 24), image("B", 18)]
OLD, NEW = (FakeSegmenter(card=card(name, letter, "Z")) for name, letter in (("old", "a"), ("new", "b")))


@pytest.fixture
def registry() -> SqlModelRegistry:
    return SqlModelRegistry(open_database("sqlite://"))


def test_only_people_and_clips_never_learnt_from_are_unseen() -> None:
    knows = FakeSegmenter(card=card("m", "c", "A", clips=("clip-c",)))
    found = score_unseen([*IMAGES, image("C", 16, clip="clip-c")], knows)
    assert (found.score.n, found.score.groups) == (1, 1)
    assert found.split is None
    assert found.leakage is None
    with pytest.raises(ModelError, match="nobody"):
        score_unseen(IMAGES[:2], knows)


def test_models_are_compared_person_by_person_on_the_same_frames() -> None:
    told: list[tuple[int, int]] = []
    gate = compare_models(OLD, NEW, IMAGES, on_progress=lambda done, whole: told.append((done, whole)))
    assert [(one.person, one.frames) for one in gate.people] == [("A", 2), ("B", 1)]
    assert all(one.old_dice == one.new_dice == pytest.approx(2 / 3) for one in gate.people)
    assert gate.passed
    assert told[-1] == (6, 6)
    with pytest.raises(ModelError, match="no frames"):
        compare_models(OLD, NEW, [])


def test_a_model_does_not_pass_on_people_whose_clips_it_knows() -> None:
    frames = [replace(one, clip="clip-a") for one in IMAGES]
    gate = compare_models(OLD, FakeSegmenter(card=card("new", "b", "Z", clips=("clip-a",))), frames)
    assert gate.seen_by_new == ("A", "B")
    assert not gate.passed


def test_what_was_judged_is_what_is_put_to_use(registry: SqlModelRegistry) -> None:
    gate = compare_models(OLD, NEW, IMAGES)
    for other in (card("new", "c"), card("other", "b")):
        with pytest.raises(ModelError, match="has not passed"):
            promote(Role.MEDIAN_WRIST, other, gate, registry, now=NOW)
    assert in_use(Role.MEDIAN_WRIST, registry) == ("median-wrist", "")
    promote(Role.MEDIAN_WRIST, NEW.card, gate, registry, now=NOW)
    assert in_use(Role.MEDIAN_WRIST, registry) == ("new", "b" * 64)
    assert in_use(Role.OTHER_NERVES, registry) == ("peripheral-nerve", "")


def test_going_back_undoes_one_promotion_after_another(registry: SqlModelRegistry) -> None:
    with pytest.raises(ModelError, match="ever promoted"):
        roll_back(Role.MEDIAN_WRIST, registry, shipped=SHIPPED, now=NOW)
    for number, letter in enumerate("bc"):
        new = FakeSegmenter(card=card(f"new-{letter}", letter))
        later = NOW + timedelta(days=number)
        promote(Role.MEDIAN_WRIST, new.card, compare_models(OLD, new, IMAGES), registry, now=later)
    for expected in ("new-b", "median-wrist"):
        roll_back(Role.MEDIAN_WRIST, registry, shipped=SHIPPED, now=NOW + timedelta(days=3))
        assert in_use(Role.MEDIAN_WRIST, registry)[0] == expected
    with pytest.raises(ModelError, match="shipped model is in use"):
        roll_back(Role.MEDIAN_WRIST, registry, shipped=SHIPPED, now=NOW + timedelta(days=4))


def test_a_role_takes_its_own_frames() -> None:
    forearm = image("A", 20, site=Site.FOREARM)
    unknown = replace(IMAGES[0], exam=None)
    assert for_role([*IMAGES, forearm, unknown], Role.MEDIAN_WRIST) == IMAGES
    assert for_role([*IMAGES, forearm, unknown], Role.OTHER_NERVES) == [forearm]
