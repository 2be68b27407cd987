from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import State
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import View
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.corrections import corrections_of
from nerveapp.workflows.annotating.select_annotations import outlines_that_count
from tests.fakes import FakeAnnotationStore, FakeClip, FakeSegmenter
from tests.io.store.records import CLIP, IMAGE, annotation


def by_model(frames: int) -> Analysis:
    """The clip as a model outlined it, of so many frames."""
    found = analyse(FakeClip(frames), FakeSegmenter(), view=View(), calibration=None)
    nothing = PackedMask.pack(np.zeros((CLIP.height, CLIP.width), np.bool_))
    clip = replace(found.clip, sha256=CLIP.sha256, width=CLIP.width, height=CLIP.height)
    return replace(found, clip=clip, masks=(nothing,) * frames)


BY_MODEL = by_model(20)


@pytest.fixture
def store() -> FakeAnnotationStore:
    found = FakeAnnotationStore()
    found.register(CLIP)
    return found


def keep(store: FakeAnnotationStore, frame: int, rater: str, seed: int, state: State = State.FINAL) -> str:
    made = annotation(frame, rater=rater, seed=seed, state=state)
    store.save(made, IMAGE)
    return made.id


def chosen(store: FakeAnnotationStore) -> list[str]:
    return [one.id for one in corrections_of(BY_MODEL, store).outlines]


def test_those_of_the_only_rater_count_and_are_named(store: FakeAnnotationStore) -> None:
    first, second = keep(store, 3, "R1", 1), keep(store, 1, "R1", 2)
    found = corrections_of(BY_MODEL, store)
    assert [one.id for one in found.outlines] == [second, first], "by frame"
    assert found.raters == ("R1",)


def test_the_newest_of_each_frame_counts_whoever_drew_it(store: FakeAnnotationStore) -> None:
    keep(store, 3, "R1", 1)
    other, newer = keep(store, 5, "R2", 2), keep(store, 3, "R2", 3)
    assert chosen(store) == [newer, other]
    assert corrections_of(BY_MODEL, store).raters == ("R2",)


def test_what_is_agreed_upon_goes_before_all_others(store: FakeAnnotationStore) -> None:
    agreed = keep(store, 3, "R0", 4, State.ADJUDICATED)
    keep(store, 3, "R1", 5)
    keep(store, 3, "R2", 6)
    assert chosen(store) == [agreed]
    assert corrections_of(BY_MODEL, store).adjudicated == 1


@given(
    drawn=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["R1", "R2"]), st.sampled_from([*State])), max_size=12)
)
def test_what_is_measured_is_what_models_are_trained_on_and_files_hold(drawn: list[tuple[int, str, State]]) -> None:
    store = FakeAnnotationStore()
    store.register(CLIP)
    for seed, (frame, rater, state) in enumerate(drawn):
        keep(store, frame, rater, seed, state)
    assert chosen(store) == [one.entry.id for one in outlines_that_count(store)]


def test_drafts_and_frames_that_the_analysed_clip_has_not_do_not_count(store: FakeAnnotationStore) -> None:
    keep(store, 3, "R1", 1, State.DRAFT)
    kept = keep(store, 9, "R1", 1)
    keep(store, 10, "R1", 1)
    found = corrections_of(by_model(10), store)
    assert [one.id for one in found.outlines] == [kept]
