"""Accepting propagated drafts that were seen, and taking that back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.domain.clip import Image
from nerveapp.domain.editing import Edit
from nerveapp.domain.view import View
from nerveapp.errors import StoreError
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.annotating.accept_propagated import Acceptance
from nerveapp.workflows.annotating.annotate import new_annotation
from nerveapp.workflows.annotating.annotation_queue import Queue
from nerveapp.workflows.annotating.annotation_session import AnnotationSession
from nerveapp.workflows.annotating.select_annotations import outlines_that_count
from tests.fakes import FakeAnnotationStore, FakeClip, FakeSegmenter
from tests.workflows.annotating.test_annotation_session import session_on

ANALYSIS = analyse(FakeClip(10), FakeSegmenter(), view=View(), calibration=None)
APART = 7
"""In this frame the propagated outline and the model's disagree."""


@pytest.fixture
def session(store: FakeAnnotationStore) -> AnnotationSession:
    """Frame 2 is drawn, frames 3 to 9 hold propagated drafts that are gone through."""
    found = session_on(store, ANALYSIS)
    found.open(2)
    found.draw(Edit("a" * 32, ANALYSIS.masks[2].unpack(), 2.0))
    for frame in range(3, 10):
        mask = np.roll(ANALYSIS.masks[frame].unpack(), 15 if frame == APART else 0, axis=1)
        draft = new_annotation(
            ANALYSIS, frame, mask, rater="R1", state=State.DRAFT, now=found.now(), seconds=0, supersedes=None,
            source=Source.PROPAGATED,
        )  # fmt: skip
        store.save(draft, found.source.image(frame))
    found.look_up()
    found.go_through(Queue.PROPAGATED)
    return found


def step_through(acceptance: Acceptance, session: AnnotationSession, *frames: int) -> None:
    for frame in frames:
        session.open(frame)
        acceptance.see(session.records, [frame])


def counting(store: FakeAnnotationStore) -> list[int]:
    """Frames whose outline counts, for training and files."""
    return [one.entry.frame for one in outlines_that_count(store)]


def test_drafts_that_were_seen_and_agree_are_accepted_together(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    acceptance = Acceptance()
    assert acceptance.ready(session) == []
    step_through(acceptance, session, 2, 3, 4, 5, APART)
    assert acceptance.ready(session) == [3, 4, 5], "what was drawn, disagrees or was not seen is left out"
    session.open(5)
    assert acceptance.accept(session) == [3, 4, 5]
    for frame in (3, 4, 5):
        draft, accepted = store.history(ANALYSIS.clip.sha256, frame)
        assert (accepted.state, accepted.source, accepted.seconds) == (State.FINAL, Source.ACCEPTED, 0.0)
        assert (accepted.supersedes, accepted.mask, accepted.prediction) == (draft.id, draft.mask, draft.prediction)
    assert session.frame == 6, "the next that is not reviewed"
    assert counting(store) == [3, 4, 5]
    assert acceptance.ready(session) == []


def test_what_was_accepted_is_taken_back_but_for_what_was_drawn_since(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    acceptance = Acceptance()
    step_through(acceptance, session, 3, 4, 5)
    acceptance.accept(session)
    session.open(4)
    session.draw(Edit("b" * 32, ANALYSIS.masks[4].unpack(), 3.0))
    assert acceptance.take_back(session) == [3, 5]
    assert [session.records[frame].unreviewed for frame in (3, 4, 5)] == [True, False, True]
    assert counting(store) == [4], "what was taken back counts no more"
    assert len(store.history(ANALYSIS.clip.sha256, 3)) == 3, "nothing is deleted"
    assert acceptance.take_back(session) == []
    assert acceptance.ready(session) == [], "they are to be seen anew"
    assert session.frames() == [3, 5, 6, 7, 8, 9]
    step_through(acceptance, session, 3)
    assert acceptance.accept(session) == [3]
    assert counting(store) == [3, 4]


def test_an_outline_propagated_anew_has_not_been_seen(session: AnnotationSession, store: FakeAnnotationStore) -> None:
    acceptance = Acceptance()
    step_through(acceptance, session, 3, 4)
    again = replace(session.records[4], id="c" * 32, supersedes=session.records[4].id)
    store.save(again)  # in another window, so that this one does not know of it yet
    assert acceptance.accept(session) == [3]
    assert session.records[4] == again


def test_a_full_disk_accepts_nothing_and_it_can_be_tried_again(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    acceptance = Acceptance()
    step_through(acceptance, session, 3, 4)
    store.failures = 1
    with pytest.raises(StoreError, match="full"):
        acceptance.accept(session)
    assert counting(store) == []
    assert acceptance.accepted == ()
    assert acceptance.accept(session) == [3, 4]


def test_an_unsaved_stroke_is_stored_and_not_accepted(session: AnnotationSession, store: FakeAnnotationStore) -> None:
    acceptance = Acceptance()
    step_through(acceptance, session, 3, 4)
    session.draw(Edit("d" * 32, ANALYSIS.masks[4].unpack(), 3.0))
    assert acceptance.accept(session) == [3]
    assert store.latest(frame=4)[0].source is Source.CORRECTED


def test_what_is_drawn_in_another_window_between_look_and_press_is_neither_covered_nor_taken_back(
    session: AnnotationSession, store: FakeAnnotationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    acceptance = Acceptance()
    step_through(acceptance, session, 3, 4, 5)

    def draws(letter: str) -> None:
        """Finish frame 4 in another window, just before the next records are stored."""
        mine = replace(session.records[4], id=letter * 32, state=State.FINAL, source=Source.CORRECTED)
        plainly = store.save_onto

        def overtaken(records: Iterable[tuple[Annotation, Image | None]]) -> tuple[Annotation, ...]:
            store.save(replace(mine, supersedes=session.records[4].id))
            return plainly(records)

        monkeypatch.setattr(store, "save_onto", overtaken)

    draws("d")
    assert acceptance.accept(session) == [3, 5]
    counts = {one.entry.frame: one.entry.id for one in outlines_that_count(store)}
    assert counts[4] == "d" * 32
    monkeypatch.undo()
    step_through(acceptance, session, 6)
    assert acceptance.accept(session) == [6]
    assert acceptance.take_back(session) == [6]
    assert counting(store) == [3, 4, 5]
