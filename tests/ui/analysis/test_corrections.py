"""What Analyse uses of the outlines that are stored of a clip, whichever page was open before."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.domain.annotation import Entry, State
from nerveapp.domain.view import View
from nerveapp.errors import StoreError
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.annotating.annotate import clip_record, new_annotation
from tests.fakes import FakeAnnotationStore, FakeClip, FakeFrameSource, FakeSegmenter

CLIP = FakeClip(6)
ANALYSIS = analyse(CLIP, FakeSegmenter(), view=View(), calibration=None)


def _script() -> None:
    import streamlit as st  # noqa: PLC0415 - it runs as a script of its own

    from nerveapp.ui.analysis.corrections import corrections_switched_off, offer_corrections  # noqa: PLC0415

    given = st.session_state["analysis"], st.session_state["frames"], st.session_state["store"]
    st.session_state["displayed"] = offer_corrections(*given)
    st.session_state["off"] = corrections_switched_off(st.session_state["displayed"])


def keep(store: FakeAnnotationStore, rater: str, frames: dict[int, State]) -> None:
    store.register(clip_record(ANALYSIS, subject=""))
    mask = np.zeros((40, 60), np.bool_)
    mask[2:30, 5:50] = True
    image = next(iter(CLIP.frames())).image
    for frame, state in frames.items():
        made = new_annotation(
            ANALYSIS, frame, mask, rater=rater, state=state, now=datetime.now(UTC), seconds=1, supersedes=None
        )
        store.save(made, image)


@pytest.fixture
def store() -> FakeAnnotationStore:
    """Frames 1 and 4 finished, frame 2 begun."""
    found = FakeAnnotationStore()
    keep(found, "R1", {4: State.FINAL, 1: State.FINAL, 2: State.DRAFT})
    return found


def displayed(store: FakeAnnotationStore | None) -> AppTest:
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["analysis"], test.session_state["frames"] = ANALYSIS, FakeFrameSource(CLIP)
    test.session_state["store"] = store
    test.run()
    assert not test.exception
    return test


def corrected(test: AppTest) -> list[int]:
    return [one.frame for one in test.session_state["displayed"].corrections]


def test_what_was_corrected_counts_from_the_start_and_is_switched_off_visibly(store: FakeAnnotationStore) -> None:
    test = displayed(store)
    assert [one.label for one in test.toggle] == ["Use 2 corrected outlines by R1"]
    assert corrected(test) == [1, 4]
    assert not test.session_state["off"]
    test.toggle[0].set_value(False).run()
    assert corrected(test) == []
    assert test.session_state["off"]
    assert "switched off" in test.caption[0].value


def test_whose_they_are_is_told(store: FakeAnnotationStore) -> None:
    keep(store, "R2", {3: State.FINAL})
    test = displayed(store)
    assert corrected(test) == [1, 3, 4]
    assert [one.label for one in test.toggle] == ["Use 3 corrected outlines by R1 and R2"]


def test_what_is_saved_meanwhile_counts_with_the_next_run(store: FakeAnnotationStore) -> None:
    test = displayed(store)
    first = test.session_state["displayed"]
    test.run()
    assert test.session_state["displayed"] is first, "nothing is measured anew for nothing"
    keep(store, "R1", {5: State.FINAL})
    test.run()
    assert corrected(test) == [1, 4, 5]


def test_without_a_store_nothing_is_drawn() -> None:
    test = displayed(None)
    assert not test.toggle
    assert not test.caption
    assert test.session_state["displayed"] is ANALYSIS
    assert not test.session_state["off"]


@dataclass
class BrokenStore(FakeAnnotationStore):
    """A store that cannot be read."""

    def entries(self, **_given: object) -> tuple[Entry, ...]:
        raise StoreError("The store is damaged or no database.", "Restore a backup.")


def test_a_store_that_cannot_be_read_is_shown_and_the_analysis_stands() -> None:
    test = displayed(BrokenStore())
    assert "damaged or no database" in test.warning[0].value
    assert test.session_state["displayed"] is ANALYSIS


def test_outlines_that_were_left_as_they_were_are_told_apart(store: FakeAnnotationStore) -> None:
    as_it_was = ANALYSIS.masks[5].unpack()
    made = new_annotation(
        ANALYSIS, 5, as_it_was, rater="R1", state=State.FINAL, now=datetime.now(UTC), seconds=1, supersedes=None
    )
    store.save(made, next(iter(CLIP.frames())).image)
    assert [one.label for one in displayed(store).toggle] == [
        "Use 2 corrected outlines and 1 confirmed as it was by R1"
    ]
