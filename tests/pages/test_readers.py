"""The Compare and the Study page."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap import application
from nerveapp.domain.actor import Actor
from nerveapp.domain.annotation import State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.ports import AnnotationStore
from nerveapp.ui.reading import compare_view
from nerveapp.workflows.reading.blinded_reading import make_study, save_tracing
from nerveapp.workflows.reading.compare import Outlines, gather
from tests.io.store.records import CLIP, IMAGE, START, annotation
from tests.pages.driving import metrics, opened, texts


def test_two_readers_are_compared() -> None:
    store = application().annotations
    store.register(CLIP)
    for frame in range(5):
        store.save(annotation(frame, rater="R1", seed=frame), IMAGE)
        store.save(annotation(frame, rater="R2", seed=2 * frame), IMAGE)
    test = opened("pages/compare.py")
    assert not test.exception
    assert "starts from the model" in texts(test)
    next(box for box in test.selectbox if box.label == "First reader").select_index(1).run()
    assert not test.exception
    assert "5 frames of 1 clip, 1 person" in texts(test)
    figures = metrics(test)
    assert 0 < float(figures["Dice"].split(" ± ")[0]) < 1
    assert "ICC(2,1) of area" in figures
    assert len(test.get("download_button")) == 1


@pytest.mark.parametrize(
    ("frames", "shown", "why"),
    [
        (1, None, "not of fewer than 3 frames"),
        (2, None, "not of fewer than 3 frames"),
        (3, "–", "none, since all areas are the same"),
    ],
)
def test_where_there_is_no_icc_it_is_said_why(frames: int, shown: str | None, why: str) -> None:
    store = application().annotations
    store.register(CLIP)
    for frame in range(frames):
        for rater in ("R1", "R2"):
            store.save(annotation(frame, rater=rater, seed=7, prediction=None), IMAGE)
    test = opened("pages/compare.py")
    assert not test.exception
    assert metrics(test).get("ICC(2,1) of area") == shown
    assert f"ICC of area: {why}" in texts(test)
    assert metrics(test)["Dice"] == ("1.000" if frames == 1 else "1.000 ± 0.000")


def test_pixels_of_clips_of_different_scale_are_not_mixed_unsaid() -> None:
    store = application().annotations
    calibrated = replace(CLIP, calibration=Calibration(0.1, 0.2, CalibrationOrigin.TYPED))
    for clip in (calibrated, replace(CLIP, sha256="cd" * 32, calibration=None)):
        store.register(clip)
        for frame in range(4):
            for rater in ("R1", "R2"):
                one = annotation(frame, rater=rater, seed=frame + (rater == "R2"), prediction=None)
                store.save(replace(one, clip_sha256=clip.sha256), IMAGE)
    test = opened("pages/compare.py")
    assert not test.exception
    assert "4 frames of 1 clip, 1 person" in texts(test)
    assert "4 more have pixels alone" in test.toggle(key="compare-mm").label
    assert "mm" in metrics(test)["HD95"]
    test.toggle(key="compare-mm").set_value(False).run()
    assert "8 frames of 2 clips" in texts(test)
    assert any("size differs from clip to clip" in one.value for one in test.warning)


def test_frames_without_a_nerve_are_counted_by_what_they_are() -> None:
    store = application().annotations
    store.register(CLIP)
    empty = PackedMask.pack(np.zeros((CLIP.height, CLIP.width), np.bool_))
    for frame in range(5):
        for rater in ("R1", "R2"):
            one = annotation(frame, rater=rater, seed=frame, prediction=None)
            nothing = frame == 0 or (frame == 1 and rater == "R2")
            store.save(replace(one, mask=empty) if nothing else one, IMAGE)
    test = opened("pages/compare.py")
    assert not test.exception
    assert "In 1 frame one of both outlines no nerve (Dice 0), in 1 frame neither outlines one (Dice 1)" in texts(test)


def test_a_comparison_reads_outlines_once_and_sees_what_is_drawn_and_described_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = application().annotations
    store.register(CLIP)
    for frame in range(3):
        for rater in ("R1", "R2"):
            store.save(annotation(frame, rater=rater, seed=frame, prediction=None), IMAGE)
    reads: list[Outlines] = []

    def read(of: AnnotationStore) -> Outlines:
        reads.append(gather(of))
        return reads[-1]

    monkeypatch.setattr(compare_view, "gather", read)
    test = opened("pages/compare.py")
    assert "3 frames of 1 clip, 1 person" in texts(test)
    test.run()
    assert len(reads) == 1
    for rater in ("R1", "R2"):
        store.save(annotation(3, rater=rater, prediction=None), IMAGE)
    assert "4 frames of 1 clip, 1 person" in texts(test.run())
    assert len(reads) == 2
    calibration = Calibration(0.1, 0.2, CalibrationOrigin.TYPED)
    application().library.describe(
        CLIP.sha256, lambda clip: replace(clip, calibration=calibration), actor="R1", now=START
    )
    assert "mm" in metrics(test.run())["HD95"]


def test_what_was_adjudicated_is_named_and_withdrawn_by_whoever_did() -> None:
    store = application().annotations
    store.register(CLIP)
    for rater in ("R1", "R2"):
        store.save(annotation(0, rater=rater, prediction=None), IMAGE)
    test = opened("pages/compare.py")
    test.text_input(key="rater").set_value("R0").run()
    test.button(key="adjudicate-first").click().run()
    assert "Adjudicated by R0, " in texts(test)
    assert ": R1's outline." in texts(test)
    test.text_input(key="rater").set_value("R9").run()
    assert test.button(key="withdraw-R0").disabled
    test.text_input(key="rater").set_value("R0").run()
    test.button(key="withdraw-R0").click().run()
    assert not test.exception
    assert "Adjudicated by R0" not in texts(test)
    assert store.latest(states={State.ADJUDICATED}) == ()


def test_an_address_names_the_readers() -> None:
    store = application().annotations
    store.register(CLIP)
    for rater in ("R1", "R2", "R3"):
        store.save(annotation(0, rater=rater, prediction=None), IMAGE)
    test = opened("pages/compare.py", first="rater R3", second="rater R1")
    assert [str(test.selectbox(key=key).value) for key in ("first", "second")] == ["rater R3", "rater R1"]
    test = opened("pages/compare.py", first="rater R9", second="nobody")
    assert str(test.selectbox(key="first").value) == "rater R1"


def test_a_study_is_made_and_traced_from_an_empty_outline() -> None:
    store = application().annotations
    store.register(replace(CLIP, view=View(Nerve.MEDIAN, Site.WRIST)))
    for frame in range(3):
        store.save(annotation(frame, seed=frame), IMAGE)
    test = opened("pages/study.py")
    assert "To make it, give its name and your code, above." in texts(test)
    test.text_input(key="study-name").set_value("wrist").run()
    test.text_input(key="rater").set_value("R1").run()
    assert "To make it, give" not in texts(test)
    _button(test, "Make the study").click().run()
    assert len(store.studies()[0].frames) == 3
    test.run()
    test.text_input(key="rater").set_value("R2").run()
    assert not test.exception
    assert "To be traced: **Median, wrist**" in texts(test)
    _button(test, "Save, next").click().run()
    assert not test.exception
    assert "Trace the nerve first" in texts(test)
    assert store.latest(studies=True) == (), "a frame is not called empty by accident"


def test_a_frame_that_was_traced_is_opened_again() -> None:
    store = application().annotations
    store.register(CLIP)
    for frame in range(2):
        store.save(annotation(frame, seed=frame), IMAGE)
    study = make_study(store, "wrist", actor=Actor("R1"), count=2, seed=1, now=START)
    test = opened("pages/study.py")
    test.text_input(key="rater").set_value("R2").run()
    assert _button(test, "Back").disabled, "there is none before the first"
    order = study.order("R2", 1)
    drawn = np.zeros((CLIP.height, CLIP.width), bool)
    for key, value in zip(order, (5, 9), strict=True):
        drawn[:value] = True
        save_tracing(store, study, key, drawn, actor=Actor("R2"), round_number=1, seconds=1, now=START)
    test.run()
    assert "this round is done" in texts(test)
    _button(test, "Back").click().run()
    _button(test, "Back").click().run()
    reading = test.session_state["blinded-reading"]
    assert (reading.key, int(reading.mask.sum())) == (order[0], 5 * CLIP.width), "as it was traced"
    _button(test, "Save, next").click().run()
    assert not test.exception
    assert "this round is done" in texts(test)
    assert len(store.latest(rater="R2", states={State.FINAL}, studies=True)) == 2


def _button(test: AppTest, label: str) -> Any:
    return next(button for button in test.button if button.label == label)
