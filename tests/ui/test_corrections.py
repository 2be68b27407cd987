"""What Analyse offers of the outlines that were stored of a clip, without Correct having been opened."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from nerveapp.ui.frame_shelf import FrameShelf
from nerveapp.ui.sitting import Sitting
from streamlit.testing.v1 import AppTest

from nerveapp.domain.annotation import State
from nerveapp.domain.view import View
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.ui.desk import Desk, LoadedClip
from nerveapp.workflows.analyse import analyse
from nerveapp.workflows.annotate import clip_record, new_annotation
from tests.fakes import FakeClip, FakeSegmenter

CLIP = FakeClip(6)
ANALYSIS = analyse(CLIP, FakeSegmenter(), view=View(), calibration=None)


def _script() -> None:
    import streamlit as st  # noqa: PLC0415 - it runs as a script of its own

    from nerveapp.ui.corrections import offer_own_outlines  # noqa: PLC0415

    desk = st.session_state["desk"]
    st.session_state["shown"] = offer_own_outlines(desk, desk.shown)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the store would be."""
    path = tmp_path / "store.db"
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{path}")
    return path


def filled(path: Path, rater: str = "R1") -> SqlAnnotationStore:
    """Frames 1 and 4 finished, frame 2 begun."""
    store = SqlAnnotationStore(open_database(f"sqlite:///{path}"))
    store.register(clip_record(ANALYSIS, subject=""))
    mask = np.zeros((40, 60), np.bool_)
    mask[2:30, 5:50] = True
    image = next(iter(CLIP.frames())).image
    for frame, state in ((4, State.FINAL), (1, State.FINAL), (2, State.DRAFT)):
        made = new_annotation(
            ANALYSIS, frame, mask, rater=rater, state=state, now=datetime.now(UTC), seconds=1, supersedes=None
        )
        store.save(made, image)
    return store


def shown(folder: Path, rater: str = "") -> AppTest:
    test = AppTest.from_function(_script, default_timeout=30)
    loaded = LoadedClip(CLIP, folder, next(iter(CLIP.frames())).image, None)
    test.session_state["desk"] = Desk(loaded=loaded, outcome=SimpleNamespace(analysis=ANALYSIS))  # type: ignore[arg-type]
    if rater:
        test.session_state["rater"] = rater
    test.run()
    assert not test.exception
    return test


def corrected(test: AppTest) -> list[int]:
    return [one.frame for one in test.session_state["shown"].corrections]


def test_what_was_corrected_another_day_is_used_and_can_be_left_out(tmp_path: Path, path: Path) -> None:
    filled(path)
    test = shown(tmp_path, "R1")
    assert [one.label for one in test.toggle] == ["Use my 2 corrected outlines"]
    assert corrected(test) == [1, 4]
    test.toggle[0].set_value(False).run()
    assert corrected(test) == []


def test_nobody_is_given_the_outlines_of_another(tmp_path: Path, path: Path) -> None:
    filled(path)
    test = shown(tmp_path, "R2")
    assert not test.toggle
    assert not test.caption
    assert corrected(test) == []


def test_a_session_without_a_rater_is_told_that_outlines_are_stored(tmp_path: Path, path: Path) -> None:
    filled(path)
    test = shown(tmp_path)
    assert not test.toggle
    assert "2 corrected outlines of this clip are stored" in test.caption[0].value


def test_no_store_is_made_to_look_into(tmp_path: Path, path: Path) -> None:
    test = shown(tmp_path, "R1")
    assert not test.toggle
    assert not test.caption
    assert not path.exists()


def test_a_store_that_cannot_be_read_is_told_and_the_analysis_stands(tmp_path: Path, path: Path) -> None:
    path.write_bytes(b"no database at all, whatever it is called " * 40)
    test = shown(tmp_path, "R1")
    assert "damaged or no database" in test.caption[0].value
    assert test.session_state["shown"] is ANALYSIS


def test_the_store_is_asked_once_however_often_the_page_is_drawn(tmp_path: Path, path: Path) -> None:
    store = filled(path)
    test = shown(tmp_path, "R1")
    known = test.session_state["own-outlines"]
    test.run()
    assert test.session_state["own-outlines"] is known
    assert len(store.latest()) == 3


def test_what_correct_knows_goes_before_what_was_read_earlier(tmp_path: Path, path: Path) -> None:
    store = filled(path)
    test = shown(tmp_path, "R1")
    sitting = Sitting(ANALYSIS, store, FrameShelf(CLIP, tmp_path), "R1")
    sitting.open(5)
    sitting.finish()
    test.session_state["sitting"] = sitting
    test.run()
    assert [one.label for one in test.toggle] == ["Use my 3 corrected outlines"]
    assert corrected(test) == [1, 4, 5]
