"""The Correct page as the session sees it: through the shell that keeps values from page to page."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from nerveapp.ui.sitting import Queue
from streamlit.testing.v1 import AppTest

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.ui.desk import Desk, LoadedClip
from nerveapp.ui.editor import Edit
from nerveapp.workflows.analyse import analyse
from tests.fakes import FakeClip, FakeSegmenter


@dataclass
class OtherClip(FakeClip):
    """Another clip."""

    letter: str = "f"

    @property
    def info(self) -> ClipInfo:
        return replace(super().info, sha256=self.letter * 64)


def _script() -> None:
    import streamlit as st  # noqa: PLC0415 - it runs as a script of its own

    from nerveapp.ui.correct_view import correct  # noqa: PLC0415
    from nerveapp.ui.shell import enter  # noqa: PLC0415

    def draw() -> None:
        if "away" not in st.session_state:
            correct(st.session_state["desk"])

    enter([st.Page(draw, title="Correct")])


def opened(letter: str, folder: Path) -> Desk:
    clip = OtherClip(6, letter=letter)
    analysis = analyse(clip, FakeSegmenter(), view=View(), calibration=None)
    loaded = LoadedClip(clip, folder, next(iter(clip.frames())).image, None)
    return Desk(loaded=loaded, outcome=SimpleNamespace(analysis=analysis))  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqlAnnotationStore:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("NERVEAPP_DATABASE", url)
    return SqlAnnotationStore(open_database(url))


def field(test: AppTest, label: str) -> str:
    assert not test.exception
    return str(next(one.value for one in test.text_input if one.label == label))


def fill(test: AppTest, label: str, value: str) -> None:
    next(one for one in test.text_input if one.label == label).set_value(value).run()
    assert not test.exception


def save(test: AppTest) -> None:
    next(one for one in test.button if one.label == "Save, next").click().run()
    assert not test.exception


def look_away_and_open(test: AppTest, desk: Desk) -> None:
    """Go to another page, and come back with a clip."""
    test.session_state["away"] = True
    test.run()
    test.session_state["desk"] = desk
    del test.session_state["away"]
    test.run()


def test_no_clip_is_of_the_person_of_another_one(tmp_path: Path, store: SqlAnnotationStore) -> None:
    first, second = opened("a", tmp_path / "a"), opened("b", tmp_path / "b")
    for letter in "ab":
        (tmp_path / letter).mkdir()
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["desk"] = first
    test.run()
    fill(test, "Rater", "R1")
    assert field(test, "Subject") == ""
    assert store.clips() == (), "to open a clip writes nothing"
    fill(test, "Subject", "S001")
    save(test)
    look_away_and_open(test, second)
    assert field(test, "Rater") == "R1", "who corrects is remembered"
    assert field(test, "Subject") == "", "whom the other clip was of is not"
    save(test)
    fill(test, "Subject", "S002")
    look_away_and_open(test, first)
    assert field(test, "Subject") == "S001", "what the store knows of this clip"
    save(test)
    assert {clip.sha256[0]: clip.subject for clip in store.clips()} == {"a": "S001", "b": "S002"}
    assert {one.rater for one in store.descriptions("a" * 64)} == {"R1"}


def test_a_name_for_a_subject_is_refused_in_words_and_nothing_is_noted(
    tmp_path: Path, store: SqlAnnotationStore
) -> None:
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["desk"] = opened("a", tmp_path)
    test.run()
    fill(test, "Rater", "R1")
    fill(test, "Subject", "Jane Doe")
    assert "not a subject code" in " ".join(error.value for error in test.error)
    assert store.clips() == ()
    fill(test, "Subject", "S003")
    assert not test.error
    assert store.clips()[0].subject == "S003"
    fill(test, "Subject", "")
    assert "Stored as S003" in " ".join(caption.value for caption in test.caption)
    assert store.clips()[0].subject == "S003"


def one_frame(folder: Path) -> Desk:
    """A clip of which nothing can be carried to."""
    found = opened("a", folder)
    assert found.loaded is not None
    clip = OtherClip(1, letter="a")
    analysis = analyse(clip, FakeSegmenter(), view=View(), calibration=None)
    found.loaded, found.outcome = replace(found.loaded, clip=clip), SimpleNamespace(analysis=analysis)  # type: ignore[assignment]
    return found


def test_carrying_to_nothing_says_so_and_that_the_frame_is_saved(tmp_path: Path, store: SqlAnnotationStore) -> None:
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["desk"] = one_frame(tmp_path)
    test.run()
    fill(test, "Rater", "R1")
    next(one for one in test.button if one.label == "Carry to neighbours").click().run()
    assert not test.exception
    said = " ".join(one.value for one in test.info)
    assert "Frame 0 is saved as final. Not carried: the clip has no frame before this one" in said
    assert not test.success
    assert [one.state for one in store.latest()] == ["final"]


def started(desk: Desk) -> AppTest:
    """The page, once the rater has said who they are."""
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["desk"] = desk
    test.run()
    fill(test, "Rater", "R1")
    return test


def test_a_queue_without_a_frame_says_so(tmp_path: Path, store: SqlAnnotationStore) -> None:
    test = started(opened("a", tmp_path))
    sitting = test.session_state["sitting"]
    sitting.doubtful = []
    sitting.queue = Queue.FLAGGED
    test.run()
    assert not test.exception
    assert "No frame of this clip is doubtful" in " ".join(one.value for one in test.info)
    assert "0 of 0" not in " ".join(one.value for one in test.caption)
    sitting.doubtful = [2]
    test.run()
    assert not test.info


def test_an_outline_in_parts_is_remarked_upon_and_can_be_saved(tmp_path: Path, store: SqlAnnotationStore) -> None:
    test = started(opened("a", tmp_path))
    sitting = test.session_state["sitting"]
    sitting.open(3)
    whole = sitting.mask.copy()
    assert not test.info
    sitting.draw(Edit("a" * 32, whole | stray(whole), 2.0))
    test.run()
    assert "2 separate parts, the smallest of 1 px²" in " ".join(one.value for one in test.info)
    save(test)
    assert [(one.frame, one.state) for one in store.latest()] == [(3, "final")]


def stray(mask: Mask) -> Mask:
    found = np.zeros_like(mask)
    found[-1, -1] = True
    return found


def test_the_buttons_stand_above_the_figures_and_the_limit_is_short(tmp_path: Path, store: SqlAnnotationStore) -> None:
    clip = OtherClip(6, letter="a")
    desk = opened("a", tmp_path)
    view = View(Nerve.MEDIAN, Site.WRIST)
    analysis = analyse(clip, FakeSegmenter(), view=view, calibration=Calibration(0.2, 0.2, CalibrationOrigin.TYPED))
    desk.outcome = SimpleNamespace(analysis=analysis)  # type: ignore[assignment]
    test = started(desk)
    test.session_state["sitting"].open(3)
    test.run()
    assert not test.exception
    order = [str(getattr(one, "label", "") or getattr(one, "value", "")) for one in test.main]
    save_at, figures_at, source_at = (
        next(place for place, words in enumerate(order) if part in words) for part in ("Save, next", "Dice", "doi:")
    )
    assert save_at < figures_at < source_at
    visible = [one.value for one in test.caption if "Upper limit of normal 11 mm²" in one.value]
    assert len(visible) == 1
    assert "doi" not in visible[0]
    assert len(visible[0]) < 130
