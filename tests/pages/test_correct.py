"""The Correct page of a clip in the library."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap import application
from tests.pages.driving import (
    ANALYSE,
    CORRECT,
    analysed,
    finish,
    go,
    here,
    metrics,
    opened,
    record,
    texts,
    type_spacing,
    upload,
    video,
)


def correcting(test: AppTest, rater: str = "R1") -> AppTest:
    """Go on as a rater, without a patient's code."""
    test.text_input(key="rater").set_value(rater).run()
    next(box for box in test.checkbox if box.label == "No patient code").check().run()
    assert not test.exception
    return test


@pytest.mark.usefixtures("quick")
def test_correcting_waits_for_an_analysis_and_what_is_saved_counts_on_analyse() -> None:
    test = opened(CORRECT)
    next(button for button in test.button if "demo" in button.label).click().run()
    assert not test.exception
    assert test.query_params == {"analysis": here(test).analysis}
    finish(test)
    rater = next(field for field in test.text_input if field.label == "Rater")
    assert rater.value == "", "nobody corrects in another's name"
    assert "Enter your rater code" in texts(test)
    assert "Demo clip (synthetic) · Median nerve, wrist" in texts(test), "it is known which clip it is"
    rater.set_value("R1").run()
    assert "Whose clip is this?" in texts(test), "nothing is saved of nobody unasked"
    next(box for box in test.checkbox if box.label == "No patient code").check().run()
    figures = metrics(test)
    assert figures["Dice"] == "1.000"
    assert figures["Area"].endswith("mm²")
    assert "± 2 mm²" in texts(test)
    assert "doi:10.1136/practneurol-2020-002645" in texts(test), "a limit stands with its source"
    session = test.session_state["annotation-session"]
    next(button for button in test.button if button.label == "Save, next").click().run()
    assert not test.exception
    assert session.records[0].state == "final"
    assert session.frame == 1
    del test.session_state["annotation-session"]  # as on another day
    go(test, ANALYSE)
    assert any("1 outline confirmed as it was" in toggle.label for toggle in test.toggle), "one clip has one answer"


@pytest.mark.usefixtures("quick")
def test_a_clip_that_is_not_analysed_says_what_comes_first(tmp_path: Path) -> None:
    test = upload(opened(CORRECT), ("clip.mp4", video(tmp_path)))
    assert "corrections start from the model's outlines" in texts(test)
    next(button for button in test.button if button.label == "Go to Analyse").click().run()
    assert not test.exception
    assert test.query_params == {"clip": here(test).clip}
    assert test.button(key="analyse")


@pytest.mark.usefixtures("quick")
def test_the_address_says_which_frame_to_correct_and_the_user_goes_on_from_there(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    other = correcting(opened(CORRECT, analysis=here(test).analysis, frame="4"))
    session = other.session_state["annotation-session"]
    assert session.frame == 4
    session.open(2)
    other.run()
    assert session.frame == 2
    beyond = correcting(opened(CORRECT, analysis=here(test).analysis, frame="999"))
    assert beyond.session_state["annotation-session"].frame == 5
    nonsense = correcting(opened(CORRECT, analysis=here(test).analysis, frame="-3"))
    assert nonsense.session_state["annotation-session"].frame == 0


@pytest.mark.usefixtures("quick")
def test_a_result_leads_to_its_frame_on_correct(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    here(test).frame = 3
    test.button(key="correct-frame").click().run()
    assert not test.exception
    assert test.query_params == {"analysis": here(test).analysis}, "Back leads to the result itself"
    assert here(test).to_correct == 3
    other = opened(CORRECT, **test.query_params, frame="3")
    assert correcting(other).session_state["annotation-session"].frame == 3


@pytest.mark.usefixtures("quick")
def test_the_patient_named_on_analyse_is_known_on_correct(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    next(one for one in test.text_input if one.label == "Patient's code").set_value("S012").run()
    go(test, CORRECT)
    test.text_input(key="rater").set_value("R1").run()
    assert not test.exception
    assert "Whose clip is this?" not in texts(test)
    assert next(one for one in test.text_input if one.label == "Patient code").value == "S012"
    next(button for button in test.button if button.label == "Save, next").click().run()
    assert not test.exception
    assert len(application().annotations.entries(clip_sha256=here(test).clip)) == 1
    assert record(test).subject == "S012"
    assert record(test).exam, "it stays with its visit"


@pytest.mark.usefixtures("quick")
def test_a_calibration_made_on_analyse_counts_on_correct(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    type_spacing(test, 0.1)
    go(test, CORRECT)
    correcting(test)
    assert metrics(test)["Area"].endswith("mm²")


def test_flagged_frames_are_counted_once_for_all_pages(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("blank.mp4", video(tmp_path, frames=14))))
    assert metrics(test)["Flagged for review"] == "14"
    assert test.button(key="correct-flagged").label == "Review 14 flagged frames"
    assert "Start with 3:" in texts(test)
    go(test, CORRECT)
    correcting(test)
    assert "14 of 14 left in the queue" in texts(test)


@pytest.mark.usefixtures("quick")
def test_a_name_for_a_rater_is_refused_in_words(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    go(test, CORRECT)
    next(field for field in test.text_input if field.label == "Rater").set_value("Jane Doe").run()
    assert not test.exception
    assert "not a rater code" in " ".join(error.value for error in test.error)
