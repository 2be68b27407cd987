"""The Correct page as the session sees it: through the shell that keeps values from page to page."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.domain.annotation import Source, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.editing import Edit
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.io.frame_cache import FrameCache
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.ui.correction.correct_view import Correcting
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.annotating.annotate import clip_record, new_annotation
from nerveapp.workflows.annotating.annotation_queue import Queue
from tests.fakes import FakeClip, FakeSegmenter, FakeTracker
from tests.stores import empty_store


@dataclass
class OtherClip(FakeClip):
    """Another clip."""

    letter: str = "f"

    @property
    def info(self) -> ClipInfo:
        return replace(super().info, sha256=self.letter * 64)


def _script() -> None:
    import streamlit as st  # noqa: PLC0415 - it runs as a script of its own

    from nerveapp.ui.correction.correct_view import correct  # noqa: PLC0415
    from nerveapp.ui.page.shell import enter  # noqa: PLC0415

    def draw() -> None:
        if "away" not in st.session_state:
            correct(st.session_state["given"])

    enter([st.Page(draw, title="Correct")], lambda: None)


def opened(letter: str, folder: Path) -> Correcting:
    clip = OtherClip(6, letter=letter)
    analysis = analyse(clip, FakeSegmenter(), view=View(), calibration=None)
    return Correcting(analysis, FrameCache(clip, folder), lambda session: None)


@pytest.fixture(autouse=True)
def tracker(monkeypatch: pytest.MonkeyPatch) -> FakeSegmenter:
    """A model that sees one box in every frame it is asked to follow something into."""
    box = np.zeros((40, 60), np.bool_)
    box[5:25, 5:30] = True
    segmenter = FakeSegmenter(tracker=FakeTracker(always=box))
    monkeypatch.setattr("nerveapp.bootstrap.segmenters.cached_segmenter", lambda *_, **__: segmenter)
    return segmenter


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqlAnnotationStore:
    url = empty_store(tmp_path / "store.db")
    monkeypatch.setenv("NERVEAPP_DATABASE", url)
    return SqlAnnotationStore(open_database(url))


def field(test: AppTest, label: str) -> str:
    assert not test.exception
    return str(next(one.value for one in test.text_input if one.label == label))


def fill(test: AppTest, label: str, value: str) -> None:
    next(one for one in test.text_input if one.label == label).set_value(value).run()
    assert not test.exception


def without_code(test: AppTest) -> None:
    next(one for one in test.checkbox if one.label == "No patient code").check().run()
    assert not test.exception


def save(test: AppTest) -> None:
    next(one for one in test.button if one.label == "Save, next").click().run()
    assert not test.exception


def look_away_and_open(test: AppTest, given: Correcting) -> None:
    """Go to another page, and come back with a clip."""
    test.session_state["away"] = True
    test.run()
    test.session_state["given"] = given
    del test.session_state["away"]
    test.run()


def test_no_clip_is_of_the_person_of_another_one(tmp_path: Path, store: SqlAnnotationStore) -> None:
    first, second = opened("a", tmp_path / "a"), opened("b", tmp_path / "b")
    for letter in "ab":
        (tmp_path / letter).mkdir()
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["given"] = first
    test.run()
    fill(test, "Rater", "R1")
    assert field(test, "Patient code") == ""
    assert store.clips() == (), "to open a clip writes nothing"
    fill(test, "Patient code", "S001")
    save(test)
    look_away_and_open(test, second)
    assert field(test, "Rater") == "R1", "who corrects is remembered"
    assert field(test, "Patient code") == "", "whom the other clip was of is not"
    assert "Save, next" not in [one.label for one in test.button], "nothing is saved of nobody unasked"
    fill(test, "Patient code", "S002")
    save(test)
    look_away_and_open(test, first)
    assert field(test, "Patient code") == "S001", "what the store knows of this clip"
    save(test)
    assert {clip.sha256[0]: clip.subject for clip in store.clips()} == {"a": "S001", "b": "S002"}
    assert {one.rater for one in store.descriptions("a" * 64)} == {"R1"}


def test_a_name_for_a_subject_is_refused_in_words_and_nothing_is_noted(
    tmp_path: Path, store: SqlAnnotationStore
) -> None:
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["given"] = opened("a", tmp_path)
    test.run()
    fill(test, "Rater", "R1")
    fill(test, "Patient code", "Jane Doe")
    assert "not a patient code" in " ".join(error.value for error in test.error)
    assert store.clips() == ()
    fill(test, "Patient code", "S003")
    assert not test.error
    assert store.clips()[0].subject == "S003"
    fill(test, "Patient code", "")
    assert "Stored as S003" in next(one.help for one in test.text_input if one.label == "Patient code")
    assert store.clips()[0].subject == "S003"


def one_frame(folder: Path) -> Correcting:
    """A clip of which nothing can be propagated to."""
    clip = OtherClip(1, letter="a")
    analysis = analyse(clip, FakeSegmenter(), view=View(), calibration=None)
    return Correcting(analysis, FrameCache(clip, folder), lambda session: None)


def test_propagation_that_reaches_nothing_says_so_and_that_the_frame_is_saved(
    tmp_path: Path, store: SqlAnnotationStore
) -> None:
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["given"] = one_frame(tmp_path)
    test.run()
    fill(test, "Rater", "R1")
    without_code(test)
    draw(test, 0)
    press(test, "Propagate")
    said = " ".join(one.value for one in test.info)
    assert "Frame 0 is saved as final. Not propagated: the clip has no frame before this one" in said
    assert not test.success
    assert [one.state for one in store.latest()] == ["final"]


def press(test: AppTest, label: str) -> None:
    next(one for one in test.button if one.label == label).click().run()
    assert not test.exception


def draw(test: AppTest, frame: int) -> None:
    """Draw a box that the model outlines in none of the first frames."""
    session = test.session_state["annotation-session"]
    session.open(frame)
    mask = np.zeros((40, 60), np.bool_)
    mask[3:30, 5:30] = True
    session.draw(Edit(f"{frame:032x}", mask, 2.0))
    test.run()


def test_an_outline_is_followed_through_the_clip_and_the_frames_where_it_parts_are_gone_to(
    tmp_path: Path, store: SqlAnnotationStore
) -> None:
    test = started(opened("a", tmp_path))
    assert next(one for one in test.button if one.label == "Next disagreement").disabled
    draw(test, 2)
    press(test, "Propagate")
    said = " ".join(one.value for one in test.success)
    assert "Frame 2 is saved as final. Propagated to frames 0 to 1 and 3 to 5." in said
    assert "5 propagated outlines disagree with the model's: D goes there." in said
    assert [one.source.in_words for one in store.latest()].count("propagated, not reviewed") == 5
    assert "× marks propagated outlines that disagree" in " ".join(one.value for one in test.caption)
    session = test.session_state["annotation-session"]
    press(test, "Next disagreement")
    assert session.frame == 3
    press(test, "Next disagreement")
    assert session.frame == 0
    save(test)
    assert session.records[0].state == "final"


def test_propagated_outlines_that_were_stepped_through_are_accepted_at_once_and_taken_back(
    tmp_path: Path, store: SqlAnnotationStore
) -> None:
    test = started(opened("a", tmp_path))
    draw(test, 2)
    press(test, "Save, next")
    assert "accept-seen" not in [one.key for one in test.button], "nothing is propagated"
    propagated(test, store)
    accept = test.button(key="accept-seen")
    assert (accept.label, accept.disabled) == ("Accept what you have seen", True)
    for _ in range(3):
        press(test, "→")
    assert test.button(key="accept-seen").label == "Accept frames 4–5"
    test.button(key="accept-seen").click().run()
    assert not test.exception
    assert "Frames 4–5 are accepted as propagated." in " ".join(one.value for one in test.success)
    assert "3 frames saved (2 accepted together)" in " ".join(one.value for one in test.caption)
    accepted = [one for one in store.latest() if one.source is Source.ACCEPTED]
    assert [(one.frame, one.state, one.seconds) for one in accepted] == [(4, "final", 0.0), (5, "final", 0.0)]
    test.button(key="take-back").click().run()
    assert not test.exception
    assert "Frames 4–5 are to be reviewed again." in " ".join(one.value for one in test.info)
    assert [one.frame for one in store.latest(states={State.FINAL})] == [2]
    assert "take-back" not in [one.key for one in test.button]


def test_a_saved_outline_is_withdrawn_stays_as_a_draft_and_can_be_saved_again(
    tmp_path: Path, store: SqlAnnotationStore
) -> None:
    test = started(opened("a", tmp_path))
    session = test.session_state["annotation-session"]
    frame = session.frame
    draw(test, frame)
    assert not any(one.label.startswith("Withdraw") for one in test.button), "a draft counts nowhere anyway"
    press(test, "Save, next")
    session.open(frame)
    test.run()
    drawn = session.mask.copy()
    press(test, f"Withdraw frame {frame}")
    assert f"The outline of frame {frame} is a draft again" in " ".join(one.value for one in test.success)
    assert store.latest(states={State.FINAL}) == ()
    assert np.array_equal(session.mask, drawn)
    assert "0 frames saved, 1 draft" in " ".join(one.value for one in test.caption)
    assert not any(one.label.startswith("Withdraw") for one in test.button)
    press(test, "Save, next")
    assert [one.frame for one in store.latest(states={State.FINAL})] == [frame]


def propagated(test: AppTest, store: SqlAnnotationStore) -> None:
    """Hold drafts in frames 3 to 5; in frame 3 the model sees something else. The frame on show is 2."""
    session = test.session_state["annotation-session"]
    for frame in (3, 4, 5):
        mask = np.roll(session.analysis.masks[frame].unpack(), 15 if frame == 3 else 0, axis=1)
        draft = new_annotation(
            session.analysis, frame, mask, rater="R1", state=State.DRAFT, now=session.now(), seconds=0,
            supersedes=None, source=Source.PROPAGATED,
        )  # fmt: skip
        store.save(draft, session.source.image(frame))
    session.look_up()
    session.open(2)
    test.run()


def test_drafts_played_through_in_the_clip_beside_are_seen(tmp_path: Path, store: SqlAnnotationStore) -> None:
    test = started(opened("a", tmp_path))
    draw(test, 2)
    propagated(test, store)
    known, session = test.session_state["annotation-controls"], test.session_state["annotation-session"]
    known.played["as shown"] = dict(session.records)
    test.session_state["clip-beside"] = {"frame": {"clip": "c", "index": 5, "outlines": "older", "seen": [[0, 5]]}}
    test.run()
    assert test.button(key="accept-seen").disabled, "other outlines than those now propagated"
    test.session_state["clip-beside"] = {"frame": {"clip": "c", "index": 5, "outlines": "as shown", "seen": [[0, 4]]}}
    test.run()
    assert test.button(key="accept-seen").label == "Accept frame 4"


def test_the_rater_says_how_far_an_outline_is_propagated(tmp_path: Path, store: SqlAnnotationStore) -> None:
    clip = OtherClip(60, letter="a")
    analysis = analyse(clip, FakeSegmenter(), view=View(), calibration=None)
    test = started(Correcting(analysis, FrameCache(clip, tmp_path), lambda session: None))
    draw(test, 30)
    next(one for one in test.selectbox if one.label == "How far").set_value("20 frames each way").run()
    press(test, "Propagate")
    assert "Propagated to frames 10 to 29 and 31 to 50." in " ".join(one.value for one in test.success)


def test_a_model_that_cannot_follow_says_so_and_nothing_is_saved(
    tmp_path: Path, store: SqlAnnotationStore, tracker: FakeSegmenter
) -> None:
    tracker.tracker = None
    test = started(opened("a", tmp_path))
    draw(test, 2)
    press(test, "Propagate")
    assert "it can neither be pointed with nor follow a nerve" in " ".join(one.value for one in test.error)
    assert [one.state for one in store.latest()] == ["draft"]


def test_another_model_of_the_same_name_follows_nothing(
    tmp_path: Path, store: SqlAnnotationStore, tracker: FakeSegmenter
) -> None:
    given = opened("a", tmp_path)
    tracker.card = replace(tracker.card, weights=replace(tracker.card.weights, sha256="9" * 64))
    test = started(given)
    draw(test, 2)
    press(test, "Propagate")
    assert "Another model bears the name" in " ".join(one.value for one in test.error)


def started(given: Correcting) -> AppTest:
    """The page, once the rater has said who they are."""
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["given"] = given
    test.run()
    fill(test, "Rater", "R1")
    without_code(test)
    return test


def test_whose_outline_counts_is_said_before_it_is_replaced(tmp_path: Path, store: SqlAnnotationStore) -> None:
    given = one_frame(tmp_path)
    test = started(given)
    said = "outline counts in this frame"
    store.register(clip_record(given.analysis, subject=""))
    assert not any(said in one.value for one in test.caption)
    mask = given.analysis.masks[0].unpack()
    for rater, state in (("R7", State.FINAL), ("R0", State.ADJUDICATED)):
        made = new_annotation(
            given.analysis, 0, mask, rater=rater, state=state, now=datetime.now(UTC), seconds=1, supersedes=None
        )
        store.save(made, given.frames.image(0))
        test.run()
        expected = f"R7's {said}: yours takes its place" if state is State.FINAL else "agreed upon counts in this frame"
        assert any(expected in one.value for one in test.caption)


def test_a_queue_without_a_frame_says_so(tmp_path: Path, store: SqlAnnotationStore) -> None:
    test = started(opened("a", tmp_path))
    session = test.session_state["annotation-session"]
    session.flagged = []
    session.queue = Queue.FLAGGED
    test.run()
    assert not test.exception
    assert "No frame of this clip is flagged for review" in " ".join(one.value for one in test.info)
    assert "0 of 0" not in " ".join(one.value for one in test.caption)
    session.flagged = [2]
    test.run()
    assert not test.info


def test_an_outline_in_components_is_remarked_upon_and_can_be_saved(tmp_path: Path, store: SqlAnnotationStore) -> None:
    test = started(opened("a", tmp_path))
    session = test.session_state["annotation-session"]
    session.open(3)
    whole = session.mask.copy()
    assert not test.info
    session.draw(Edit("a" * 32, whole | stray(whole), 2.0))
    test.run()
    assert "2 separate components, the smallest of 1 px²" in " ".join(one.value for one in test.info)
    save(test)
    assert [(one.frame, one.state) for one in store.latest()] == [(3, "final")]


def stray(mask: Mask) -> Mask:
    found = np.zeros_like(mask)
    found[-1, -1] = True
    return found


def test_the_buttons_stand_above_the_figures_and_the_limit_is_short(tmp_path: Path, store: SqlAnnotationStore) -> None:
    clip = OtherClip(6, letter="a")
    view = View(Nerve.MEDIAN, Site.WRIST)
    analysis = analyse(clip, FakeSegmenter(), view=view, calibration=Calibration(0.2, 0.2, CalibrationOrigin.TYPED))
    test = started(Correcting(analysis, FrameCache(clip, tmp_path), lambda session: None))
    test.session_state["annotation-session"].open(3)
    test.run()
    assert not test.exception
    labels = [str(getattr(one, "label", "") or getattr(one, "value", "")) for one in test.main]
    order = [words.replace("\\", "") for words in labels]
    save_at, figures_at, source_at = (
        next(place for place, words in enumerate(order) if part in words) for part in ("Save, next", "Dice", "doi:")
    )
    assert save_at < figures_at < source_at
    visible = [one.value for one in test.caption if "Upper limit of normal 11 mm²" in one.value]
    assert len(visible) == 1
    assert "doi" not in visible[0]
    assert len(visible[0]) < 130


def test_that_there_is_no_code_is_said_once_for_a_clip(tmp_path: Path, store: SqlAnnotationStore) -> None:
    first, second = opened("a", tmp_path / "a"), opened("b", tmp_path / "b")
    test = started(first)
    save(test)
    look_away_and_open(test, second)
    assert "Save, next" not in [one.label for one in test.button], "it was said of the other clip"
    look_away_and_open(test, first)
    save(test)
    assert [one.subject for one in store.clips()] == [""]


def test_the_page_opens_where_the_clinician_was_and_follows_when_they_moved(
    tmp_path: Path, store: SqlAnnotationStore
) -> None:
    test = started(replace(opened("a", tmp_path), player_frame=4))
    session = test.session_state["annotation-session"]
    assert session.frame == 4
    session.open(2)
    test.run()
    assert session.frame == 2, "whoever went on from there is not called back"
    test.session_state["given"] = replace(test.session_state["given"], player_frame=5)
    test.run()
    assert test.session_state["annotation-session"].frame == 5


def test_whose_outline_counts_in_the_frame_is_told_until_this_one_is_saved(
    tmp_path: Path, store: SqlAnnotationStore
) -> None:
    given = opened("a", tmp_path)
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["given"] = given
    test.run()
    fill(test, "Rater", "R1")
    without_code(test)
    save(test)
    (saved,) = store.latest(states={State.FINAL})
    store.save(replace(saved, id="1" * 32, state=State.DRAFT, supersedes=saved.id))
    look_away_and_open(test, opened("b", tmp_path))
    look_away_and_open(test, given)
    assert test.session_state["annotation-session"].frame == saved.frame
    assert "The outline you saved on" in captions(test)
    store.save(replace(saved, id="2" * 32, rater="R2"))
    test.run()
    assert "R2's outline counts in this frame" in captions(test)


def test_what_one_rater_accepted_is_not_taken_back_by_the_next(tmp_path: Path, store: SqlAnnotationStore) -> None:
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["given"] = opened("a", tmp_path)
    test.run()
    fill(test, "Rater", "R1")
    without_code(test)
    save(test)
    accepted = test.session_state["annotation-controls"].acceptance
    accepted.accepted = store.latest(states={State.FINAL})
    fill(test, "Rater", "R2")
    assert test.session_state["annotation-controls"].acceptance.accepted == ()


def captions(test: AppTest) -> str:
    assert not test.exception
    return " ".join(one.value for one in test.caption)
