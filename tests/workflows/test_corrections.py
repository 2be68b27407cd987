import pytest

from nerveapp.domain.annotation import State
from nerveapp.workflows.corrections import corrections_of
from tests.fakes import FakeAnnotationStore
from tests.io.store.records import CLIP, IMAGE, annotation


@pytest.fixture
def store() -> FakeAnnotationStore:
    found = FakeAnnotationStore()
    found.register(CLIP)
    return found


def keep(store: FakeAnnotationStore, frame: int, rater: str, seed: int, state: State = State.FINAL) -> str:
    made = annotation(frame, rater=rater, seed=seed, state=state)
    store.save(made, IMAGE)
    return made.id


def chosen(store: FakeAnnotationStore, rater: str | None = None) -> list[str]:
    return [one.id for one in corrections_of(CLIP.sha256, store, rater=rater).outlines]


def test_without_a_rater_those_of_the_only_one_count_and_are_named(store: FakeAnnotationStore) -> None:
    first, second = keep(store, 3, "R1", 1), keep(store, 1, "R1", 2)
    found = corrections_of(CLIP.sha256, store)
    assert [one.id for one in found.outlines] == [second, first], "by frame"
    assert found.raters == ("R1",)


def test_a_rater_sees_their_own_and_whoever_has_none_the_newest_of_each_frame(store: FakeAnnotationStore) -> None:
    mine, other, newer = keep(store, 3, "R1", 1), keep(store, 5, "R2", 2), keep(store, 3, "R2", 3)
    assert chosen(store, "R1") == [mine]
    assert chosen(store, "R9") == [newer, other]
    assert chosen(store) == chosen(store, "") == [newer, other]
    assert corrections_of(CLIP.sha256, store).raters == ("R2",)


@pytest.mark.parametrize("rater", [None, "R1", "R2"])
def test_what_is_agreed_upon_goes_before_all_others(store: FakeAnnotationStore, rater: str | None) -> None:
    agreed = keep(store, 3, "R0", 4, State.ADJUDICATED)
    keep(store, 3, "R1", 5)
    keep(store, 3, "R2", 6)
    assert chosen(store, rater) == [agreed]
    assert corrections_of(CLIP.sha256, store, rater=rater).adjudicated == 1


def test_drafts_and_frames_that_the_analysed_clip_has_not_do_not_count(store: FakeAnnotationStore) -> None:
    keep(store, 3, "R1", 1, State.DRAFT)
    kept = keep(store, 9, "R1", 1)
    keep(store, 10, "R1", 1)
    found = corrections_of(CLIP.sha256, store, frame_count=10)
    assert [one.id for one in found.outlines] == [kept]
