from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import StoreError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.ui.editor import Edit
from nerveapp.ui.frame_shelf import FrameShelf
from nerveapp.ui.sitting import Queue, Sitting
from nerveapp.workflows.analyse import analyse
from nerveapp.workflows.annotate import clip_record
from tests.fakes import FakeClip, FakeSegmenter

CLIP = FakeClip(6)
ANALYSIS = analyse(CLIP, FakeSegmenter(), view=View(), calibration=None)


class FullStore(SqlAnnotationStore):
    """Refuses to write as often as it is told to."""

    failures = 0

    def save_all(self, records: Iterable[tuple[Annotation, Image | None]], **more: object) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreError("The disk is full.", "Free some space.")
        super().save_all(records, **more)  # type: ignore[arg-type]


@pytest.fixture
def store() -> FullStore:
    return FullStore(open_database("sqlite://"))


@pytest.fixture
def sitting(tmp_path: Path, store: FullStore) -> Sitting:
    found = Sitting(ANALYSIS, store, FrameShelf(CLIP, tmp_path), "R1")
    found.open(3)
    return found


def box(top: int, bottom: int) -> Mask:
    mask = np.zeros((40, 60), np.bool_)
    mask[top:bottom, 5:30] = True
    return mask


FIRST, SECOND = Edit("a" * 32, box(3, 20), 2.0), Edit("b" * 32, box(3, 30), 4.0)


@dataclass
class Points:
    """Proposes a box."""

    mask: Mask

    def propose(self, image: Image, x: float, y: float) -> PredictedMask | None:
        return PredictedMask(self.mask, 0.9, 1)


def newest(store: SqlAnnotationStore) -> Annotation:
    return store.latest(frame=3)[0]


def test_a_stroke_that_could_not_be_stored_is_taken_when_it_is_reported_again(
    sitting: Sitting, store: FullStore
) -> None:
    sitting.draw(FIRST)
    store.failures = 1
    with pytest.raises(StoreError, match="full"):
        sitting.draw(SECOND)
    assert sitting.pending is SECOND
    assert np.array_equal(sitting.mask, SECOND.mask), "it stays on show"
    sitting.draw(SECOND)  # the editor reports its last stroke with every key
    assert newest(store).id == SECOND.id
    assert np.array_equal(newest(store).mask.unpack(), SECOND.mask)
    sitting.draw(SECOND)
    assert len(store.history(ANALYSIS.clip.sha256, 3)) == 2, "what is stored is not taken again"


@pytest.mark.parametrize("leave", [Sitting.refresh, lambda one: one.open(3), lambda one: one.step(1)])
def test_no_older_outline_comes_in_the_place_of_a_pending_stroke(
    sitting: Sitting, store: FullStore, leave: Callable[[Sitting], None]
) -> None:
    sitting.draw(FIRST)
    store.failures = 2
    with pytest.raises(StoreError):
        sitting.draw(SECOND)
    try:
        leave(sitting)
    except StoreError:
        assert sitting.pending is SECOND
    assert sitting.frame == 3
    assert np.array_equal(sitting.mask, SECOND.mask)
    store.failures = 0
    sitting.finish()
    assert newest(store).state is State.FINAL
    assert np.array_equal(newest(store).mask.unpack(), SECOND.mask)


def test_another_frame_is_opened_once_the_pending_stroke_is_stored(sitting: Sitting, store: FullStore) -> None:
    store.failures = 1
    with pytest.raises(StoreError):
        sitting.draw(FIRST)
    sitting.step(1)
    assert sitting.frame == 4
    assert newest(store).id == FIRST.id


def test_a_frame_that_could_not_be_finished_is_finished_by_the_next_try(sitting: Sitting, store: FullStore) -> None:
    sitting.draw(FIRST)
    store.failures = 1
    with pytest.raises(StoreError):
        sitting.finish()
    assert newest(store).state is State.DRAFT
    assert sitting.records[3].state is State.DRAFT
    sitting.finish()
    assert newest(store).state is State.FINAL
    assert np.array_equal(newest(store).mask.unpack(), FIRST.mask)


def test_a_proposal_that_could_not_be_stored_is_not_what_is_saved_next(sitting: Sitting, store: FullStore) -> None:
    sitting.draw(FIRST)
    store.failures = 1
    with pytest.raises(StoreError):
        sitting.propose(Points(box(10, 35)))
    assert np.array_equal(sitting.mask, FIRST.mask), "what the editor shows"
    sitting.finish()
    assert np.array_equal(newest(store).mask.unpack(), FIRST.mask)
    assert sitting.propose(Points(box(10, 35)))
    assert np.array_equal(newest(store).mask.unpack(), box(10, 35))


def test_carrying_begins_with_what_is_stored(sitting: Sitting, store: FullStore) -> None:
    sitting.draw(FIRST)
    store.failures = 1
    with pytest.raises(StoreError):
        sitting.carry(lambda done, total: None)
    assert all(one.source is not Source.CARRIED for one in store.latest())
    sitting.carry(lambda done, total: None)
    assert newest(store).state is State.FINAL
    assert sitting.records[3].state is State.FINAL


def test_opening_a_clip_writes_nothing_and_the_first_stroke_says_what_it_shows(
    tmp_path: Path, store: FullStore
) -> None:
    analysis = replace(ANALYSIS, view=View(Nerve.ULNAR, Site.ELBOW, Side.LEFT))
    sitting = Sitting(analysis, store, FrameShelf(CLIP, tmp_path), "R1")
    assert store.clips() == ()
    sitting.draw(FIRST)
    (known,) = store.clips()
    assert known.view == analysis.view
    assert [one.rater for one in store.descriptions(known.sha256)] == ["R1"]


def test_what_somebody_else_says_of_the_clip_meanwhile_stays(sitting: Sitting, store: FullStore) -> None:
    sitting.draw(FIRST)
    said = replace(clip_record(ANALYSIS, subject="S2"), view=View(Nerve.ULNAR, Site.ELBOW, Side.LEFT))
    store.register(said, rater="R2")
    sitting.draw(SECOND)
    sitting.finish()
    assert store.clips() == (said,)


def test_the_queue_of_flagged_frames_is_as_long_as_their_count(tmp_path: Path, store: FullStore) -> None:
    clip = FakeClip(40)
    analysis = analyse(clip, FakeSegmenter(), view=View(), calibration=None)
    sitting = Sitting(analysis, store, FrameShelf(clip, tmp_path), "R1")
    assert sitting.queue is Queue.DOUBT
    assert len(sitting.frames()) == analysis.summary.flagged > 10
