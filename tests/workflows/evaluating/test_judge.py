import hashlib
import weakref
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest

from nerveapp.domain.actor import Actor
from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip import Image
from nerveapp.domain.experiments.report import TestedFrame, TrainingReport
from nerveapp.domain.experiments.results import ImageScore
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.model import ModelCard, TrainingData, WeightFile
from nerveapp.domain.promotion import Gate, Role
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.errors import ModelError, RightsError
from nerveapp.ports import TrainedWeights
from nerveapp.workflows.evaluating.judge import (
    compare_models,
    for_role,
    judging_frames,
    locked_frames,
    score_on_locked,
    score_unseen,
)
from nerveapp.workflows.models.choose_model import model_in_use
from nerveapp.workflows.models.promote import judged_sites, lock_people, people_to_lock, promote, roll_back
from tests.fakes import CARD, FakeAnnotationStore, FakeModelRegistry, FakeModelStore, FakeSegmenter
from tests.io.store.records import annotation

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WRIST = View(Nerve.MEDIAN, Site.WRIST)
EVERYBODY, NOBODY = Actor(), Actor(rights=frozenset())
SHIPPED = replace(CARD, name="median-wrist")


def image(person: str, level: int, *, clip: str = "", view: View = WRIST) -> AnnotatedFrame:
    """A frame in which `FakeSegmenter` finds a box as high as its grey level; half of it is the nerve."""
    nerve = np.zeros((40, 60), bool)
    nerve[5 : 5 + level // 2, 10:30] = True
    record = ClipRecord(clip or hashlib.sha256(f"{person}{view}".encode()).hexdigest(), 60, 40, 100, person, view)
    traced = annotation(level, clip_sha256=record.sha256, mask=PackedMask.pack(nerve), prediction=None)
    return AnnotatedFrame(record, traced, partial(np.full, (40, 60), level, np.uint8))


def card(name: str, letter: str, *people: str, clips: tuple[str, ...] = ()) -> ModelCard:
    learnt = people or ("somebody else",)
    data = TrainingData("own images", "made here", "none", 2 * len(learnt), len(learnt), learnt, clips)
    return replace(CARD, name=name, weights=WeightFile(f"{name}.safetensors", letter * 64), trained_on=(data,))


IMAGES = [image("A", 20), image("A", 24), image("B", 18)]
OLD, NEW = (FakeSegmenter(card=card(name, letter, "Z")) for name, letter in (("old", "a"), ("new", "b")))


@dataclass
class Place:
    """A store with outlines of two people, locked, and the models."""

    store: FakeAnnotationStore
    registry: FakeModelRegistry
    models: FakeModelStore

    def save(self, person: str, level: int, view: View = WRIST) -> str:
        """Store a frame as `image` makes it."""
        made = image(person, level, view=view)
        self.store.register(made.clip)
        self.store.save(made.annotation, made.image())
        return made.annotation.id

    def add(self, segmenter: FakeSegmenter) -> FakeSegmenter:
        self.models.kept[segmenter.card.name] = segmenter.card, TrainedWeights(b"")
        return segmenter

    def used(self, role: Role = Role.MEDIAN_WRIST) -> str:
        return model_in_use(role, self.registry, self.models)

    def judge(self, new: FakeSegmenter, old: FakeSegmenter | None = None) -> Gate:
        shown = locked_frames(Role.MEDIAN_WRIST, self.store, self.registry)
        return compare_models(old or FakeSegmenter(card=SHIPPED), self.add(new), shown)

    def promote(self, card: ModelCard, gate: Gate, now: datetime = NOW) -> None:
        promote(
            Role.MEDIAN_WRIST,
            card,
            gate,
            models=self.models,
            store=self.store,
            registry=self.registry,
            actor=Actor("R1"),
            now=now,
        )


@pytest.fixture
def place() -> Place:
    store = FakeAnnotationStore()
    found = Place(store, FakeModelRegistry(store), FakeModelStore())
    found.add(FakeSegmenter(card=SHIPPED))
    found.registry.lock([found.save("A", 20), found.save("A", 24), found.save("B", 18)], now=NOW)
    return found


def test_a_judgement_names_the_sites_that_it_is_of(place: Place) -> None:
    assert judged_sites(place.judge(NEW), place.store) == ("the median nerve at the wrist",)
    place.registry.lock([place.save("C", 22, View(Nerve.ULNAR, Site.ELBOW))], now=NOW)
    locked = locked_frames(Role.OTHER_NERVES, place.store, place.registry)
    gate = compare_models(FakeSegmenter(card=SHIPPED), place.add(NEW), locked)
    assert judged_sites(gate, place.store) == ("the ulnar nerve at the elbow",)


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
    frames = [image("A", 20, clip="clip-a"), image("B", 18, clip="clip-a")]
    gate = compare_models(OLD, FakeSegmenter(card=card("new", "b", "Z", clips=("clip-a",))), frames)
    assert gate.seen_by_new == ("A", "B")
    assert not gate.passed


def test_what_was_judged_is_what_is_put_to_use(place: Place) -> None:
    gate = place.judge(NEW)
    for other in (card("new", "c"), card("other", "b")):
        with pytest.raises(ModelError, match="has not passed"):
            place.promote(other, gate)
    assert place.used() == "median-wrist"
    with pytest.raises(RightsError, match="put models to use"):
        promote(
            Role.MEDIAN_WRIST,
            NEW.card,
            gate,
            models=place.models,
            store=place.store,
            registry=place.registry,
            actor=NOBODY,
            now=NOW,
        )
    place.promote(NEW.card, gate)
    assert place.used() == "new"
    assert place.used(Role.OTHER_NERVES) == "peripheral-nerve"


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
    with pytest.raises(ModelError, match="old is in use"):
        place.promote(NEW.card, replace(gate, old_sha256="9" * 64))  # of this name, but trained anew since
    place.promote(NEW.card, gate)
    altered = place.add(FakeSegmenter(card=card("new", "e")))
    assert place.used() == "median-wrist", "it is another model now"
    with pytest.raises(ModelError, match="median-wrist is in use"):
        place.promote(OLD.card, place.judge(OLD, altered))


def test_a_model_that_has_learnt_from_a_locked_person_does_not_pass(place: Place) -> None:
    knows = FakeSegmenter(card=card("knows", "c", "A"))
    with pytest.raises(ModelError, match="has not passed"):
        place.promote(knows.card, place.judge(knows))


def promote_in_turn(place: Place, letters: str) -> None:
    """Promote a model for each letter, a day after the one before."""
    used = FakeSegmenter(card=SHIPPED)
    for number, letter in enumerate(letters):
        new = FakeSegmenter(card=card(f"new-{letter}", letter))
        place.promote(new.card, place.judge(new, used), NOW + timedelta(days=number))
        used = new


def test_going_back_undoes_one_promotion_after_another(place: Place) -> None:
    def back(actor: Actor = EVERYBODY) -> None:
        roll_back(Role.MEDIAN_WRIST, place.registry, models=place.models, actor=actor, now=NOW + timedelta(days=3))

    with pytest.raises(ModelError, match="ever promoted"):
        back()
    promote_in_turn(place, "bc")
    for expected in ("new-b", "median-wrist"):
        back(Actor("R2"))
        assert place.used() == expected
    assert [one.by for one in place.registry.promotions(Role.MEDIAN_WRIST)] == ["R1", "R1", "R2", "R2"]
    with pytest.raises(ModelError, match="shipped model is in use"):
        back()
    with pytest.raises(RightsError):
        back(NOBODY)


def test_going_back_passes_over_a_model_that_was_removed_since(place: Place) -> None:
    promote_in_turn(place, "bc")
    place.models.remove("new-b")
    step = roll_back(Role.MEDIAN_WRIST, place.registry, models=place.models, actor=EVERYBODY, now=NOW)
    assert step.model == place.used() == "median-wrist", "what is said to be in use is"


def test_nobody_goes_back_from_a_model_they_do_not_see(place: Place) -> None:
    promote_in_turn(place, "bc")
    roll_back(Role.MEDIAN_WRIST, place.registry, models=place.models, actor=EVERYBODY, now=NOW, used="new-c")
    with pytest.raises(ModelError, match="by now"):
        roll_back(Role.MEDIAN_WRIST, place.registry, models=place.models, actor=EVERYBODY, now=NOW, used="new-c")
    assert place.used() == "new-b"


def test_going_back_past_a_model_that_was_removed_is_not_repeated(place: Place) -> None:
    promote_in_turn(place, "bcd")
    place.models.remove("new-c")
    back = [
        roll_back(Role.MEDIAN_WRIST, place.registry, models=place.models, actor=EVERYBODY, now=NOW).model
        for _ in range(2)
    ]
    assert back == ["new-b", "median-wrist"]


def test_a_model_whose_card_names_nobody_passes_no_gate_and_has_no_score_on_the_unseen(place: Place) -> None:
    known = card("new", "b")
    secret = replace(known, trained_on=(replace(known.trained_on[0], name="elsewhere", members=()),))
    new, used = FakeSegmenter(card=secret), FakeSegmenter(card=SHIPPED)
    gate = place.judge(new, used)
    assert not gate.passed
    with pytest.raises(ModelError, match="does not name the people of elsewhere"):
        place.promote(secret, gate)
    with pytest.raises(ModelError, match="names nobody of elsewhere"):
        score_unseen(IMAGES, new)


def test_locked_frames_of_which_nobody_said_what_they_show_stand_in_no_models_way(place: Place) -> None:
    place.save("D", 20, View())
    lock_people(["D"], store=place.store, registry=place.registry, actor=EVERYBODY, now=NOW)
    new = FakeSegmenter(card=card("new", "b"))
    place.promote(new.card, place.judge(new, FakeSegmenter(card=SHIPPED)))
    assert place.used() == "new"


def test_a_role_takes_its_own_frames() -> None:
    forearm = image("A", 20, view=View(Nerve.MEDIAN, Site.FOREARM))
    unknown = [image("A", 20, view=view) for view in (View(), View(Nerve.MEDIAN))]
    assert for_role([*IMAGES, forearm, *unknown], Role.MEDIAN_WRIST) == IMAGES
    assert for_role([*IMAGES, forearm, *unknown], Role.OTHER_NERVES) == [forearm]


def test_who_is_locked_is_listed_with_frames_beforehand_and_not_offered_again(place: Place) -> None:
    for person, level in (("C", 16), ("C", 22), ("D", 20)):
        place.save(person, level)
    assert [(one.person, one.frames) for one in people_to_lock(place.store, place.registry)] == [("C", 2), ("D", 1)]
    with pytest.raises(RightsError, match="lock outlines"):
        lock_people(["C"], store=place.store, registry=place.registry, actor=NOBODY, now=NOW)
    assert lock_people(["C", "A"], store=place.store, registry=place.registry, actor=EVERYBODY, now=NOW) == 2
    assert place.registry.locked_people() == ("A", "B", "C")
    assert [one.person for one in people_to_lock(place.store, place.registry)] == ["D"]
    with pytest.raises(ModelError, match="no outlines"):
        lock_people(["C"], store=place.store, registry=place.registry, actor=EVERYBODY, now=NOW)


def test_models_are_compared_on_locked_outlines_or_on_all_that_count(place: Place) -> None:
    place.save("D", 20)
    locked, all_of_them = (
        judging_frames(Role.MEDIAN_WRIST, place.store, place.registry, locked_only=only) for only in (True, False)
    )
    assert {one.clip.person for one in locked} == {"A", "B"}
    assert {one.clip.person for one in all_of_them} == {"A", "B", "D"}


def test_pictures_are_read_one_after_another_as_the_models_come_to_them() -> None:
    held: list[weakref.ref[Image]] = []
    alive: list[int] = []

    def read() -> Image:
        picture = np.full((40, 60), 20, np.uint8)
        alive.append(sum(one() is not None for one in held))
        held.append(weakref.ref(picture))
        return picture

    frames = [replace(image("A", 20), read=read) for _ in range(6)]
    compare_models(OLD, NEW, frames)
    assert len(alive) == 12
    assert max(alive) <= 1


def test_the_score_on_locked_people_is_kept_with_the_report(place: Place) -> None:
    new = place.add(FakeSegmenter(card=card("new", "b", "A")))
    tested = TestedFrame(ImageScore("f", "Z", 0.9, 0.8, None, 1, 1, 0.9), 0, "", 0, WRIST)
    report = TrainingReport("new", new.card.sha256, NOW, RECIPES["median-wrist"], (), (tested,), ())
    given = {"models": place.models, "store": place.store, "registry": place.registry}
    for _ in range(2):
        report = score_on_locked(report, new, actor=EVERYBODY, **given)  # type: ignore[arg-type]
    (kept,) = report.splits
    assert (kept.split, kept.score.groups) == (None, 1), "B alone is unseen, and an earlier score is replaced"
    assert place.models.report("new") == report
    with pytest.raises(RightsError):
        score_on_locked(report, new, actor=NOBODY, **given)  # type: ignore[arg-type]
