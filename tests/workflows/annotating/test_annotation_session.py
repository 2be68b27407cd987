from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import Image
from nerveapp.domain.editing import Edit
from nerveapp.domain.segmentation import Mask, PackedMask, PredictedMask
from nerveapp.domain.tracking import Pointed
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnnotationError, RightsError, StoreError
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.recalibrate import recalibrate
from nerveapp.workflows.annotating.annotate import clip_record
from nerveapp.workflows.annotating.annotation_queue import Queue
from nerveapp.workflows.annotating.annotation_session import AnnotationSession
from nerveapp.workflows.annotating.dataset import listed
from tests.fakes import FakeAnnotationStore, FakeClip, FakeFrameSource, FakeSegmenter, FakeTracker

CLIP = FakeClip(6)
ANALYSIS = analyse(CLIP, FakeSegmenter(), view=View(), calibration=None)


R1 = Actor("R1")


def session_on(store: FakeAnnotationStore, analysis: Analysis = ANALYSIS, **more: Any) -> AnnotationSession:
    source = FakeFrameSource(FakeClip(len(analysis.frames)))
    return AnnotationSession(analysis, store, source, R1, **{"without_subject": True, **more})


@pytest.fixture
def session(store: FakeAnnotationStore) -> AnnotationSession:
    found = session_on(store)
    found.open(3)
    return found


def box(top: int, bottom: int) -> Mask:
    mask = np.zeros((40, 60), np.bool_)
    mask[top:bottom, 5:30] = True
    return mask


FIRST, SECOND = Edit("a" * 32, box(3, 20), 2.0), Edit("b" * 32, box(3, 30), 4.0)


@dataclass(frozen=True)
class Points(FakeTracker):
    """Outlines a box wherever somebody points."""

    mask: Mask = field(default_factory=lambda: box(10, 35))

    def point(self, image: Image, x: float, y: float, *, extent: tuple[float, float] | None = None) -> Pointed | None:
        return Pointed((PredictedMask(self.mask, 0.9, 1),))


def newest(store: FakeAnnotationStore) -> Annotation:
    return store.latest(frame=3)[0]


def test_a_stroke_that_could_not_be_stored_is_taken_when_it_is_reported_again(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    session.draw(FIRST)
    store.failures = 1
    with pytest.raises(StoreError, match="full"):
        session.draw(SECOND)
    assert session.unsaved is SECOND
    assert np.array_equal(session.mask, SECOND.mask), "it stays displayed"
    session.draw(SECOND)  # the editor reports its last stroke with every key
    assert newest(store).id == SECOND.id
    assert np.array_equal(newest(store).mask.unpack(), SECOND.mask)
    session.draw(SECOND)
    assert len(store.history(ANALYSIS.clip.sha256, 3)) == 2, "what is stored is not taken again"


@pytest.mark.parametrize("leave", [AnnotationSession.refresh, lambda one: one.open(3), lambda one: one.step(1)])
def test_no_older_outline_comes_in_the_place_of_an_unsaved_stroke(
    session: AnnotationSession, store: FakeAnnotationStore, leave: Callable[[AnnotationSession], None]
) -> None:
    session.draw(FIRST)
    store.failures = 2
    with pytest.raises(StoreError):
        session.draw(SECOND)
    try:
        leave(session)
    except StoreError:
        assert session.unsaved is SECOND
    assert session.frame == 3
    assert np.array_equal(session.mask, SECOND.mask)
    store.failures = 0
    session.finish()
    assert newest(store).state is State.FINAL
    assert np.array_equal(newest(store).mask.unpack(), SECOND.mask)


def test_another_frame_is_opened_once_the_unsaved_stroke_is_stored(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    store.failures = 1
    with pytest.raises(StoreError):
        session.draw(FIRST)
    session.step(1)
    assert session.frame == 4
    assert newest(store).id == FIRST.id


def test_a_frame_that_could_not_be_finished_is_finished_by_the_next_try(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    session.draw(FIRST)
    store.failures = 1
    with pytest.raises(StoreError):
        session.finish()
    assert newest(store).state is State.DRAFT
    assert session.records[3].state is State.DRAFT
    session.finish()
    assert newest(store).state is State.FINAL
    assert np.array_equal(newest(store).mask.unpack(), FIRST.mask)


def test_a_proposal_that_could_not_be_stored_is_not_what_is_saved_next(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    session.draw(FIRST)
    store.failures = 1
    with pytest.raises(StoreError):
        session.point(Points(), (7.0, 12.0))
    assert np.array_equal(session.mask, FIRST.mask), "what the editor shows"
    session.finish()
    assert np.array_equal(newest(store).mask.unpack(), FIRST.mask)
    assert session.point(Points(), (7.0, 12.0))
    assert np.array_equal(newest(store).mask.unpack(), box(10, 35))


def test_smaller_and_larger_outlines_of_what_was_pointed_at_are_taken_one_after_the_other(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    class Sizes(FakeTracker):
        def point(
            self, image: Image, x: float, y: float, *, extent: tuple[float, float] | None = None
        ) -> Pointed | None:
            return Pointed(tuple(PredictedMask(box(3, bottom), 0.9, 1) for bottom in (10, 20, 30)), 1)

    at = (7.0, 12.0)
    assert session.point(Sizes(), at)
    assert session.point(Sizes(), at, larger=1)
    assert np.array_equal(session.mask, box(3, 30))
    assert not session.point(Sizes(), at, larger=1)
    assert np.array_equal(newest(store).mask.unpack(), box(3, 30)), "it stays"
    session.draw(Edit("a" * 32, box(3, 25), 2.0))  # between two sizes
    assert session.point(Sizes(), at, larger=-1)
    assert np.array_equal(session.mask, box(3, 20))
    assert session.point(Sizes(), at, larger=-1)
    assert np.array_equal(newest(store).mask.unpack(), box(3, 10))


def test_what_was_drawn_beyond_the_end_of_a_clip_that_is_cut_short_is_left_alone(store: FakeAnnotationStore) -> None:
    whole = session_on(store)
    whole.open(5)
    whole.draw(FIRST)
    whole.finish()
    short = analyse(FakeClip(4), FakeSegmenter(), view=View(), calibration=None)
    short = replace(short, clip=replace(short.clip, sha256=ANALYSIS.clip.sha256))
    left = session_on(store, short)
    left.go_through(Queue.DRAWN)
    assert left.frames() == []
    assert [one.frame for one in store.latest()] == [5], "it stays stored"


def test_propagation_begins_with_what_is_stored(session: AnnotationSession, store: FakeAnnotationStore) -> None:
    session.draw(FIRST)
    store.failures = 1
    with pytest.raises(StoreError):
        session.propagate(FakeTracker(always=box(5, 25)), lambda done, total: None)
    assert all(one.source is not Source.PROPAGATED for one in store.latest())
    session.propagate(FakeTracker(always=box(5, 25)), lambda done, total: None)
    assert newest(store).state is State.FINAL
    assert session.records[3].state is State.FINAL


def test_the_frames_in_which_propagated_and_found_outlines_part_are_gone_through(session: AnnotationSession) -> None:
    assert not session.next_disagreement(), "nothing is propagated yet"
    session.draw(SECOND)
    session.propagate(FakeTracker(always=box(5, 25)), lambda done, total: None)
    # The model outlines as many rows as the frame's number: least in the first frames, on either side of the drawn one.
    assert session.next_disagreement()
    assert session.frame == 4
    assert session.next_disagreement()
    assert session.frame == 0
    session.finish()
    assert session.next_disagreement()
    assert session.frame == 1, "a frame that was reviewed is no disagreement any more: the next of its stretch is"
    session.open(3)
    session.propagate(FakeTracker(always=box(5, 25)), lambda done, total: None, frames=1)
    assert session.records[5].source is Source.PROPAGATED


def test_opening_a_clip_writes_nothing_and_the_first_stroke_says_what_it_shows(store: FakeAnnotationStore) -> None:
    analysis = replace(ANALYSIS, view=View(Nerve.ULNAR, Site.ELBOW, Side.LEFT))
    session = session_on(store, analysis)
    assert store.clips() == ()
    session.draw(FIRST)
    (known,) = store.clips()
    assert known.view == analysis.view
    assert [one.rater for one in store.descriptions(known.sha256)] == ["R1"]


def test_what_somebody_else_says_of_the_clip_meanwhile_stays(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    session.draw(FIRST)
    said = replace(clip_record(ANALYSIS, subject="S2"), view=View(Nerve.ULNAR, Site.ELBOW, Side.LEFT))
    store.register(said, rater="R2")
    session.draw(SECOND)
    session.finish()
    assert store.clips() == (said,)


def test_a_first_stroke_takes_back_nothing_that_was_said_since_the_clip_was_analysed(
    store: FakeAnnotationStore,
) -> None:
    analysed = recalibrate(ANALYSIS, Calibration(0.08, 0.08, CalibrationOrigin.TYPED))
    said = replace(
        clip_record(analysed, subject="S2"),
        view=View(Nerve.ULNAR, Site.ELBOW, Side.LEFT),
        calibration=Calibration(0.05, 0.05, CalibrationOrigin.TYPED),
    )
    store.register(said, rater="R2")
    session = session_on(store, analysed)
    session.draw(FIRST)
    session.name_subject("S2")
    assert store.clips() == (said,)


def test_what_a_rater_adjudicated_stands_beside_their_own_work(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    session.draw(FIRST)
    own = session.records[session.frame]
    agreed = replace(own, id="f" * 32, state=State.ADJUDICATED, mask=PackedMask.pack(box(5, 35)), supersedes=None)
    store.save(agreed)
    session.look_up()
    assert session.records[session.frame] == own, "a draft is still to be finished"
    both = [one.entry for one in listed(store) if one.entry.frame == session.frame]
    assert {one.state for one in both} == {State.DRAFT, State.ADJUDICATED}


def test_the_queue_of_flagged_frames_is_as_long_as_their_count(store: FakeAnnotationStore) -> None:
    analysis = analyse(FakeClip(40), FakeSegmenter(), view=View(), calibration=None)
    session = session_on(store, analysis)
    assert session.queue is Queue.FLAGGED
    assert len(session.frames()) == analysis.summary.flagged > 10


def test_nothing_is_kept_until_somebody_says_whose_clip_it_is_or_that_this_is_not_known(
    store: FakeAnnotationStore,
) -> None:
    session = session_on(store, without_subject=False)
    with pytest.raises(AnnotationError, match="no patient code yet"):
        session.draw(FIRST)
    assert store.latest() == ()
    session.name_subject("S012")
    session.settle()
    assert [one.id for one in store.latest()] == [FIRST.id], "the stroke was not lost meanwhile"
    assert [one.subject for one in store.clips()] == ["S012"]
    assert not session_on(store, without_subject=False).needs_subject, "it is asked once"


def test_who_has_kept_outlines_of_a_clip_without_a_code_is_not_asked_again(store: FakeAnnotationStore) -> None:
    session_on(store, without_subject=True).draw(FIRST)
    assert not session_on(store, without_subject=False).needs_subject


def test_whoever_may_not_draw_or_has_no_code_is_refused(store: FakeAnnotationStore) -> None:
    source = FakeFrameSource(CLIP)
    with pytest.raises(RightsError):
        AnnotationSession(ANALYSIS, store, source, Actor("R1", frozenset({Right.ANALYSE})))
    with pytest.raises(AnnotationError, match="rater code"):
        AnnotationSession(ANALYSIS, store, source, Actor())


def test_an_outline_saved_in_another_window_meanwhile_is_noticed_and_kept(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    other = session_on(store)
    other.open(3)
    other.draw(FIRST)
    assert not other.finish()
    session.draw(SECOND)
    assert session.finish(), "it was opened before the other window saved"
    assert not session.finish(), "it is said once"
    assert {one.id for one in store.history(ANALYSIS.clip.sha256, 3)} > {FIRST.id, SECOND.id}
