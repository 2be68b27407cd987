"""Making drafts of what was finished."""

from __future__ import annotations

import numpy as np
import pytest

from nerveapp.domain.annotation import Source, State
from nerveapp.domain.editing import Edit
from nerveapp.domain.view import View
from nerveapp.errors import StoreError
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.annotating.annotation_session import AnnotationSession
from nerveapp.workflows.annotating.withdraw import can_withdraw, withdraw
from tests.fakes import FakeAnnotationStore, FakeClip, FakeSegmenter
from tests.workflows.annotating.test_annotation_session import session_on

ANALYSIS = analyse(FakeClip(4), FakeSegmenter(), view=View(), calibration=None)


@pytest.fixture
def session(store: FakeAnnotationStore) -> AnnotationSession:
    """Frame 2 is open; nothing is drawn."""
    found = session_on(store, ANALYSIS)
    found.open(2)
    return found


def stroke(session: AnnotationSession, letter: str, by: int) -> None:
    session.draw(Edit(letter * 32, np.roll(session.mask, by, axis=1), 1.0))


def test_nothing_is_withdrawn_where_nothing_is_finished(session: AnnotationSession, store: FakeAnnotationStore) -> None:
    assert not withdraw(session)
    stroke(session, "a", 1)
    assert not can_withdraw(session)
    assert not withdraw(session)
    assert [one.state for one in store.history(ANALYSIS.clip.sha256, 2)] == [State.DRAFT]


def test_what_was_finished_twice_counts_no_more_and_what_is_displayed_stays(
    session: AnnotationSession, store: FakeAnnotationStore
) -> None:
    for letter in "ab":
        stroke(session, letter, 1)
        session.finish()
    stroke(session, "c", 1)  # a draft upon what counts
    displayed = session.mask.copy()
    assert can_withdraw(session)
    assert withdraw(session)
    assert store.latest(states={State.FINAL}) == ()
    (draft,) = store.latest()
    assert (draft.state, draft.source, draft.supersedes) == (State.DRAFT, Source.WITHDRAWN, "c" * 32)
    assert np.array_equal(session.mask, displayed)
    assert session.records[2] == draft
    assert not can_withdraw(session)
    session.finish()
    assert [one.frame for one in store.latest(states={State.FINAL})] == [2]


def test_what_cannot_be_stored_counts_as_before(session: AnnotationSession, store: FakeAnnotationStore) -> None:
    stroke(session, "a", 1)
    session.finish()
    store.failures = 1
    with pytest.raises(StoreError):
        withdraw(session)
    assert can_withdraw(session)
    assert session.records[2].state is State.FINAL
