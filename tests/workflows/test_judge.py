import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard, TrainingData, WeightFile
from nerveapp.domain.promotion import Gate, Role
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.errors import ModelError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.registry import SqlModelRegistry
from nerveapp.ports import TrainedWeights
from nerveapp.workflows.judge import (
    compare_models,
    for_role,
    in_use,
    locked_images,
    model_in_use,
    promote,
    roll_back,
    score_unseen,
)
from tests.fakes import CARD, FakeModelStore, FakeSegmenter
from tests.io.store.records import annotation

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WRIST = View()
SHIPPED = replace(CARD, name="median-wrist")


def image(person: str, level: int, *, clip: str = "", site: Site = Site.WRIST) -> LabelledImage:
    """A frame in which `FakeSegmenter` finds a box as high as its grey level; half of it is the nerve."""
    nerve = np.zeros((40, 60), bool)
    nerve[5 : 5 + level // 2, 10:30] = True
    grey = np.full((40, 60), level, np.uint8)
    return LabelledImage(f"{person}-{level}", person, grey, nerve, clip=clip, view=View(Nerve.MEDIAN, site))


def card(name: str, letter: str, *people: str, clips: tuple[str, ...] = ()) -> ModelCard:
    data = TrainingData("own images", "made here", "none", 2 * len(people), len(people), people, clips)
    return replace(CARD, name=name, weights=WeightFile(f"{name}.safetensors", letter * 64), trained_on=(data,))


IMAGES = [image("A", 20), image("A", 24), image("B", 18)]
OLD, NEW = (FakeSegmenter(card=card(name, letter, "Z")) for name, letter in (("old", "a"), ("new", "b")))


@dataclass
class Place:
    """A store with outlines of two people, locked, and the models."""

    store: SqlAnnotationStore
    registry: SqlModelRegistry
    models: FakeModelStore

    def save(self, person: str, level: int, view: View = WRIST) -> str:
        """Store a frame as `image` makes it."""
        made, clip = image(person, level), hashlib.sha256(f"{person}{view}".encode()).hexdigest()
        self.store.register(ClipRecord(clip, 60, 40, 100, person, view))
        record = annotation(level, clip_sha256=clip, mask=PackedMask.pack(made.nerve), prediction=None)
        self.store.save(record, made.grey)
        return record.id

    def add(self, segmenter: FakeSegmenter) -> FakeSegmenter:
        self.models.kept[segmenter.card.name] = segmenter.card, TrainedWeights(b"")
        return segmenter

    def judge(self, new: FakeSegmenter, old: FakeSegmenter | None = None) -> Gate:
        shown = locked_images(Role.MEDIAN_WRIST, self.store, self.registry)
        return compare_models(old or FakeSegmenter(card=SHIPPED), self.add(new), shown)

    def promote(self, card: ModelCard, gate: Gate, now: datetime = NOW) -> None:
        promote(Role.MEDIAN_WRIST, card, gate, models=self.models, store=self.store, registry=self.registry, now=now)


@pytest.fixture
def place() -> Place:
    engine = open_database("sqlite://")
    found = Place(SqlAnnotationStore(engine), SqlModelRegistry(engine), FakeModelStore())
    found.add(FakeSegmenter(card=SHIPPED))
    found.registry.lock([found.save("A", 20), found.save("A", 24), found.save("B", 18)], now=NOW)
    return found


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


def test_what_was_judged_is_what_is_put_to_use(place: Place) -> None:
    gate = place.judge(NEW)
    for other in (card("new", "c"), card("other", "b")):
        with pytest.raises(ModelError, match="has not passed"):
            place.promote(other, gate)
    assert in_use(Role.MEDIAN_WRIST, place.registry) == ("median-wrist", "")
    place.promote(NEW.card, gate)
    assert in_use(Role.MEDIAN_WRIST, place.registry) == ("new", "b" * 64)
    assert in_use(Role.OTHER_NERVES, place.registry) == ("peripheral-nerve", "")


def test_a_model_is_put_to_use_by_all_locked_frames_of_its_role_alone(place: Place) -> None:
    elbow = place.save("C", 16, View(Nerve.ULNAR, Site.ELBOW))
    place.registry.lock([elbow], now=NOW)
    good = place.judge(NEW)
    place.save("D", 22)
    others = (
        compare_models(FakeSegmenter(card=SHIPPED), NEW, IMAGES),
        replace(good, frames=good.frames[:-1]),
        replace(good, frames=()),
        replace(good, frames=tuple(sorted((*good.frames, elbow)))),
    )
    for gate in others:
        with pytest.raises(ModelError, match="not judged on the frames that are locked"):
            place.promote(NEW.card, gate)
    place.promote(NEW.card, good)
    place.registry.lock([place.save("E", 26)], now=NOW)
    later = place.add(FakeSegmenter(card=card("later", "d")))
    with pytest.raises(ModelError, match="not judged on the frames that are locked"):
        place.promote(later.card, replace(good, new="later", new_sha256="d" * 64))


def test_a_model_is_put_to_use_beside_the_one_in_use_alone(place: Place) -> None:
    place.add(OLD)
    gate = place.judge(NEW, OLD)
    with pytest.raises(ModelError, match="compared with old, and median-wrist is in use"):
        place.promote(NEW.card, gate)
    place.promote(OLD.card, place.judge(OLD))
    place.promote(NEW.card, gate)
    altered = place.add(FakeSegmenter(card=card("new", "e")))
    assert model_in_use(Role.MEDIAN_WRIST, place.registry, place.models) == "median-wrist", "it is another model now"
    with pytest.raises(ModelError, match="median-wrist is in use"):
        place.promote(OLD.card, place.judge(OLD, altered))


def test_a_model_that_has_learnt_from_a_locked_person_does_not_pass(place: Place) -> None:
    knows = FakeSegmenter(card=card("knows", "c", "A"))
    with pytest.raises(ModelError, match="has not passed"):
        place.promote(knows.card, place.judge(knows))


def test_going_back_undoes_one_promotion_after_another(place: Place) -> None:
    registry, used = place.registry, FakeSegmenter(card=SHIPPED)
    with pytest.raises(ModelError, match="ever promoted"):
        roll_back(Role.MEDIAN_WRIST, registry, shipped=SHIPPED, now=NOW)
    for number, letter in enumerate("bc"):
        new = FakeSegmenter(card=card(f"new-{letter}", letter))
        place.promote(new.card, place.judge(new, used), NOW + timedelta(days=number))
        used = new
    for expected in ("new-b", "median-wrist"):
        roll_back(Role.MEDIAN_WRIST, registry, shipped=SHIPPED, now=NOW + timedelta(days=3))
        assert in_use(Role.MEDIAN_WRIST, registry)[0] == expected
    with pytest.raises(ModelError, match="shipped model is in use"):
        roll_back(Role.MEDIAN_WRIST, registry, shipped=SHIPPED, now=NOW + timedelta(days=4))


def test_a_role_takes_its_own_frames() -> None:
    forearm = image("A", 20, site=Site.FOREARM)
    unknown = replace(IMAGES[0], view=None)
    assert for_role([*IMAGES, forearm, unknown], Role.MEDIAN_WRIST) == IMAGES
    assert for_role([*IMAGES, forearm, unknown], Role.OTHER_NERVES) == [forearm]
