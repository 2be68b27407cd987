from dataclasses import replace

import numpy as np
import pytest

from nerveapp.domain.annotation import ClipRecord, State
from nerveapp.domain.clip import Image
from nerveapp.errors import AnnotationError, StoreError
from nerveapp.workflows.annotating.select_annotations import (
    clips_of_outlines,
    locked_people,
    outlines_that_count,
    read_frames,
    select_frames,
)
from nerveapp.workflows.training.training_set import candidates
from tests.fakes.annotation_store import FakeAnnotationStore
from tests.fakes.model_registry import FakeModelRegistry
from tests.io.store.records import CLIP, IMAGE, START, annotation

OTHER = replace(CLIP, sha256="b" * 64, subject="S02")


@pytest.fixture
def store() -> FakeAnnotationStore:
    found = FakeAnnotationStore()
    found.register(CLIP)
    found.register(OTHER)
    return found


def save(store: FakeAnnotationStore, frame: int, **other: object) -> str:
    record = annotation(frame, **other)  # type: ignore[arg-type]
    store.save(record, IMAGE)
    return record.id


def test_training_page_and_files_take_the_same_outline_of_a_frame(store: FakeAnnotationStore) -> None:
    agreed = save(store, 1, state=State.ADJUDICATED, seed=1)
    save(store, 1, rater="R2", seed=2)
    save(store, 2, rater="R2", seed=3)
    newest = save(store, 2, rater="R1", seed=4)
    save(store, 3, state=State.DRAFT)
    registry = FakeModelRegistry(store)
    frames = select_frames(store)
    assert [one.annotation.id for one in frames] == [agreed, newest]
    assert [one.entry.id for one in candidates(store, registry)[0]] == [agreed, newest]
    assert np.array_equal(frames[0].image(), IMAGE)


class CountingStore(FakeAnnotationStore):
    """Notes which pictures are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[int] = []

    def image(self, clip_sha256: str, frame: int) -> Image:
        self.read.append(frame)
        return super().image(clip_sha256, frame)


def test_pictures_are_read_one_after_another_when_they_are_asked_for() -> None:
    store = CountingStore()
    store.register(CLIP)
    for frame in range(3):
        save(store, frame)
    frames = select_frames(store)
    assert store.read == []
    for done, one in enumerate(frames, 1):
        assert np.array_equal(one.image(), IMAGE)
        assert len(store.read) == done


def test_adjudicated_only_means_nothing_else(store: FakeAnnotationStore) -> None:
    agreed = save(store, 1, state=State.ADJUDICATED)
    save(store, 2)
    assert [one.annotation.id for one in select_frames(store, adjudicated_only=True)] == [agreed]
    with pytest.raises(AnnotationError, match="No annotations fit"):
        select_frames(store, adjudicated_only=True, clip_sha256=OTHER.sha256[:6])


def test_a_rater_and_a_clip_can_be_chosen(store: FakeAnnotationStore) -> None:
    first = save(store, 1, rater="R1")
    second = save(store, 1, rater="R2")
    third = save(store, 1, rater="R1", clip_sha256=OTHER.sha256)
    assert [one.entry.id for one in outlines_that_count(store, rater="R1")] == [first, third]
    assert [one.entry.id for one in outlines_that_count(store, clip_sha256="aa")] == [second]


def test_what_a_rater_adjudicated_is_not_what_the_rater_drew(store: FakeAnnotationStore) -> None:
    own = save(store, 1, rater="R1")
    save(store, 1, rater="R1", state=State.ADJUDICATED, seed=2)
    assert [one.entry.id for one in outlines_that_count(store, rater="R1")] == [own]


class DeletedMeanwhile(FakeAnnotationStore):
    """A store of which a clip is deleted after its outlines were read."""

    deleted = False

    def clips(self) -> tuple[ClipRecord, ...]:
        return tuple(one for one in super().clips() if not (self.deleted and one == CLIP))


def test_of_a_clip_that_is_deleted_meanwhile_is_said_so_or_it_is_left_out() -> None:
    store = DeletedMeanwhile()
    store.register(CLIP)
    store.register(OTHER)
    gone, there = save(store, 1), save(store, 1, clip_sha256=OTHER.sha256)
    registry = FakeModelRegistry(store)
    registry.lock([gone, there], now=START)
    store.deleted = True
    with pytest.raises(StoreError, match="deleted meanwhile"):
        read_frames(store, [gone, there])
    assert clips_of_outlines(store, [gone, there]) == {there: OTHER}
    assert OTHER.subject in locked_people(store, registry)
