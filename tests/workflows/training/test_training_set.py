from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from nerveapp.domain.annotation import ClipRecord, Entry, Source, State
from nerveapp.domain.clip import Image
from nerveapp.domain.experiments.shipped_recipes import POSTER_RECIPE
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.workflows.annotating.dataset import Listed
from nerveapp.workflows.annotating.select_annotations import locked_people
from nerveapp.workflows.training.custom_recipe import custom_recipe
from nerveapp.workflows.training.train import split_by_recipe
from nerveapp.workflows.training.training_set import Sampling, as_images, candidates, sample
from tests.fakes import FakeAnnotationStore, FakeModelRegistry
from tests.io.store.records import IMAGE, START, annotation

WRIST, ELBOW = View(Nerve.MEDIAN, Site.WRIST), View(Nerve.ULNAR, Site.ELBOW)
CLIPS = (
    ClipRecord("a" * 64, 64, 48, 100, "S01", WRIST),
    ClipRecord("b" * 64, 64, 48, 100, "S01", ELBOW),
    ClipRecord("c" * 64, 64, 48, 100, "S02", WRIST),
    ClipRecord("d" * 64, 64, 48, 100, "", WRIST),
)
A, B, C, D = (clip.sha256 for clip in CLIPS)


@pytest.fixture
def store() -> FakeAnnotationStore:
    found = FakeAnnotationStore()
    for clip in CLIPS:
        found.register(clip)
    return found


@pytest.fixture
def registry(store: FakeAnnotationStore) -> FakeModelRegistry:
    return FakeModelRegistry(store)


def save(store: FakeAnnotationStore, clip: str, frame: int = 0, **other: object) -> str:
    record = annotation(frame, clip_sha256=clip, **other)  # type: ignore[arg-type]
    store.save(record, IMAGE)
    return record.id


def test_of_each_frame_the_newest_final_outline_is_learnt_from(
    store: FakeAnnotationStore, registry: FakeModelRegistry
) -> None:
    assert candidates(store, registry) == ([], ())
    second = save(store, C, 2, source=Source.IMPORTED)
    save(store, A, 7, rater="R2")
    first = save(store, A, 7, rater="R1")
    save(store, A, 7, rater="R2", state=State.DRAFT)
    save(store, A, 8, state=State.DRAFT)
    found, locked = candidates(store, registry)
    assert [one.entry.id for one in found] == [first, second]
    assert [one.frame_key for one in found] == [(A, 7), (C, 2)]
    assert [one.clip for one in found] == [CLIPS[0], CLIPS[2]]
    assert locked == ()


def test_of_people_models_are_judged_on_nothing_is_learnt(
    store: FakeAnnotationStore, registry: FakeModelRegistry
) -> None:
    ids = {clip: save(store, clip) for clip in (A, B, C, D)}
    registry.lock([ids[A]], now=START)
    found, locked = candidates(store, registry)
    assert locked == locked_people(store, registry) == ("S01",)
    assert [one.entry.id for one in found] == [ids[C], ids[D]], "of their other clips neither"
    registry.lock([ids[D]], now=START)
    found, locked = candidates(store, registry)
    assert set(locked) == {"S01", D}, "a clip without a code is a person of its own"
    assert [one.entry.id for one in found] == [ids[C]]


def test_a_locked_outline_that_was_drawn_anew_still_locks_its_person(
    store: FakeAnnotationStore, registry: FakeModelRegistry
) -> None:
    locked = save(store, A)
    registry.lock([locked], now=START)
    save(store, A, supersedes=locked)
    assert candidates(store, registry) == ([], ("S01",))


def test_a_lock_follows_the_person_when_a_code_is_given_later(
    store: FakeAnnotationStore, registry: FakeModelRegistry
) -> None:
    registry.lock([save(store, D)], now=START)
    save(store, C)
    assert [one.clip.sha256 for one in candidates(store, registry)[0]] == [C]
    store.register(replace(CLIPS[3], subject="S02"))
    assert candidates(store, registry) == ([], ("S02",))


def test_a_lock_stays_on_a_person_whose_clip_is_given_another_code(
    store: FakeAnnotationStore, registry: FakeModelRegistry
) -> None:
    two = [replace(CLIPS[0], sha256=letter * 64, subject="S77") for letter in "ef"]
    for clip in two:
        store.register(clip)
    locked, other = (save(store, clip.sha256) for clip in two)
    registry.lock([locked], now=START)
    store.register(replace(two[0], subject="S78"))
    assert locked_people(store, registry) == ("S77", "S78")
    assert other not in {one.entry.id for one in candidates(store, registry)[0]}


def test_what_was_agreed_on_goes_before_what_one_rater_drew_later(
    store: FakeAnnotationStore, registry: FakeModelRegistry
) -> None:
    agreed = save(store, A, state=State.ADJUDICATED, seed=1)
    save(store, A, seed=2)
    assert [one.entry.id for one in candidates(store, registry)[0]] == [agreed]


def candidate(clip: str, frame: int) -> Listed:
    record = next(one for one in CLIPS if one.sha256 == clip)
    one = annotation(frame, clip_sha256=clip)
    return Listed(record, Entry(one.id, clip, frame, one.rater, one.state, one.source, one.made_at))


FOUND = [candidate(clip, frame) for clip, count in ((A, 6), (B, 4), (C, 5)) for frame in range(count)]


def unasked(clip: str, frame: int) -> Image:
    raise AssertionError("no picture is needed")


def flat(level: Callable[[int], int]) -> Callable[[str, int], Image]:
    """Pictures whose level follows from the frame; those of clip B are in colour and larger."""

    def image(clip: str, frame: int) -> Image:
        return np.full((50, 70, 3) if clip == B else (48, 64), level(frame), np.uint8)

    return image


def places(taken: list[Listed]) -> list[tuple[str, int]]:
    return [one.frame_key for one in taken]


def test_all_frames_are_all_frames() -> None:
    assert sample(FOUND, Sampling.ALL, count=0, image=unasked) == FOUND


def test_every_second_frame_of_each_clip() -> None:
    taken = sample(FOUND, Sampling.EVERY_KTH, count=2, image=unasked)
    assert places(taken) == [(A, 0), (A, 2), (A, 4), (B, 0), (B, 2), (C, 0), (C, 2), (C, 4)]


def test_of_each_site_so_many_by_chance() -> None:
    taken = sample(FOUND, Sampling.PER_SITE, count=5, image=unasked)
    assert places(taken) == sorted(places(taken))
    sites = [one.clip.view for one in taken]
    assert (sites.count(WRIST), sites.count(ELBOW)) == (5, 4)
    assert taken == sample(FOUND, Sampling.PER_SITE, count=5, image=unasked)
    assert len({tuple(places(sample(FOUND, Sampling.PER_SITE, count=5, image=unasked, seed=s))) for s in range(9)}) > 1


def test_of_each_clip_the_frames_that_differ_most() -> None:
    darkest_and_brightest = sample(FOUND, Sampling.SPREAD, count=3, image=flat(lambda frame: 10 * frame))
    for clip, last in ((A, 5), (B, 3), (C, 4)):
        taken = [frame for of, frame in places(darkest_and_brightest) if of == clip]
        assert len(taken) == 3
        assert {0, last} <= set(taken)
    assert places(darkest_and_brightest) == sorted(places(darkest_and_brightest))
    alike = sample(FOUND, Sampling.SPREAD, count=3, image=flat(lambda frame: 90))
    assert [clip for clip, _ in places(alike)] == [A, B, C], "one of each: the others show the same"


@pytest.mark.parametrize("sampling", Sampling)
def test_of_nothing_nothing_is_taken(sampling: Sampling) -> None:
    assert sample([], sampling, count=3, image=unasked) == []


@pytest.mark.parametrize("split", SplitKind)
def test_stand_ins_are_split_as_the_real_images_will_be(split: SplitKind) -> None:
    stand_ins = as_images(FOUND)
    assert [one.name for one in stand_ins] == [one.entry.id for one in FOUND]
    assert [(one.group, one.frame_key, one.view) for one in stand_ins] == [
        (one.clip.person, one.frame_key, one.clip.view) for one in FOUND
    ]
    # A training reads them from files, whose names sort otherwise.
    real = [replace(one, name=f"{one.clip}_{one.frame:06d}") for one in reversed(stand_ins)]
    recipe = custom_recipe(POSTER_RECIPE, stand_ins, name="mine", split=split)
    for part in recipe.parts_held_out:
        shown, done = (split_by_recipe(images, recipe.for_fold(part)) for images in (stand_ins, real))
        assert {one.frame_key for one in shown.held_out} == {one.frame_key for one in done.held_out}
        assert {one.frame_key for one in shown.training} == {one.frame_key for one in done.training}


def test_two_clips_of_one_person_are_one_person_and_clips_without_a_code_are_not() -> None:
    people = {one.group for one in as_images([*FOUND, candidate(D, 1)])}
    assert people == {"S01", "S02", D}
