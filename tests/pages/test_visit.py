from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Checkbox

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.accepted_value import Choice
from nerveapp.domain.actor import Actor
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip_source import Origin
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ClipFilter
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import StoreError
from nerveapp.io.store.worksheets import SqlWorksheetStore
from nerveapp.ui.clips.clip_source import acquire
from nerveapp.workflows.analysing.request_analysis import request_analysis
from nerveapp.workflows.library.filing import set_calibration
from nerveapp.workflows.library.patients import new_exam
from nerveapp.workflows.visits.accept_value import enter_value
from tests.io.annotation_files.samples import exported
from tests.pages.driving import go, opened, texts, video, wait_for

VISIT = "pages/visit.py"
WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
FOREARM = View(Nerve.MEDIAN, Site.PRONATOR_QUADRATUS, Side.LEFT)


def visit(code: str = "S01") -> Exam:
    return new_exam(code, application().library, date=now().date(), actor=Actor("R1"), now=now())


def enter(exam: Exam, view: View, area: float) -> None:
    enter_value(view, area, exam=exam, store=application().visits.worksheets, actor=Actor("R1"), now=now())


def analysed(exam: Exam, folder: Path) -> tuple[AppTest, AnalysisJob]:
    """A clip of the wrist that was dropped into a visit, with its analysis on display."""
    test = opened(VISIT, visit=exam.id)
    test.file_uploader[0].upload("median_wrist_left.mp4", video(folder), "video/mp4")
    test.run()
    (job,) = application().analyses.recent(5)
    wait_for(job.id)
    test = go(test, "pages/analyse.py", analysis=job.id)
    assert "Type your code above" in texts(test)
    return test.text_input(key="rater").set_value("R1").run(), job


def press(test: AppTest, key: str) -> AppTest:
    test.button(key=key).click().run()
    assert not test.exception
    return test


def test_a_code_that_is_nearly_a_known_one_begins_no_visit_until_it_is_said_to_be_meant() -> None:
    visit("P01")
    test = opened(VISIT)
    test.text_input(key="visit-patient").set_value("P1")
    press(test, "visit-begin")  # typed and pressed at once
    assert "There is a patient P01" in " ".join(one.value for one in test.warning)
    assert [one.patient for one in application().library.exams()] == ["P01"]
    test.checkbox(key="visit-begin-other-P1").check().run()
    press(test, "visit-begin")
    assert [one.patient for one in application().library.exams()] == ["P01", "P1"]
    assert not any("There is a patient" in one.value for one in test.warning)


def test_a_clip_is_filed_under_a_code_that_is_nearly_a_known_one_once_it_is_said_to_be_meant(
    tmp_path: Path, quick: list[str]
) -> None:
    visit("P01")
    test, job = analysed(visit("S01"), tmp_path)
    sha256 = job.request.clip_sha256

    def whose() -> str:
        listed = application().library.clip(sha256)
        assert listed is not None
        return listed.record.subject

    test.text_input(key=f"patient-{sha256}").set_value("P1").run()
    assert "There is a patient P01" in " ".join(one.value for one in test.warning)
    assert whose() == "S01"
    test.checkbox(key=f"patient-{sha256}-other-P1").check().run()
    assert whose() == "P1"
    assert not any("There is a patient" in one.value for one in test.warning), "it is known now, and nobody is asked"
    test.text_input(key=f"patient-{sha256}").set_value("P01").run()
    assert whose() == "P01", "known codes are taken as they are"


def test_a_visit_is_begun_with_its_protocol_and_has_an_address() -> None:
    test = opened(VISIT)
    test.text_input(key="visit-patient").set_value("S01").run()
    test.selectbox(key="visit-protocol").set_value("Ulnar nerve at the elbow").run()
    press(test, "visit-begin")
    (exam,) = application().library.exams("S01")
    assert test.query_params["visit"] == exam.id
    assert "0 of 12 accepted" in texts(test)
    again = opened(VISIT, visit=exam.id)
    assert "Below elbow" in texts(again)


def test_a_visit_opened_from_the_list_has_an_address_too() -> None:
    exam = visit()
    test = press(opened(VISIT), f"visit-open-{exam.id}")
    assert test.query_params["visit"] in (exam.id, [exam.id])
    assert any("Visit of S01" in one.value for one in test.title)


def test_what_is_pressed_while_dropped_clips_are_read_loses_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[str]()

    def interrupted(paths: Sequence[Path], origin: Origin) -> str:
        clip = acquire(paths, origin)
        read.append(clip)
        if len(read) == 1 and (context := get_script_run_ctx()) is not None and context.script_requests is not None:
            context.script_requests.request_rerun(RerunData(query_string=context.query_string))
        return clip

    exam = visit()
    test = opened(VISIT, visit=exam.id)
    monkeypatch.setattr("nerveapp.ui.visit.clips.acquire", interrupted)
    for number, name in enumerate(("median_wrist_left", "median_wrist_right", "ulnar_wrist_left")):
        test.file_uploader[0].upload(f"{name}.mp4", video(tmp_path, first_level=30 + 10 * number), "video/mp4")
    test.run()
    test.run()
    assert not test.exception
    there = application().library.clips(ClipFilter(exam=exam.id))
    assert {one.record.view.words for one in there} == {
        "Median nerve, wrist, left side", "Median nerve, wrist, right side", "Ulnar nerve, wrist, left side",
    }, read  # fmt: skip


def test_a_dropped_clip_whose_name_tells_its_cell_is_there_and_another_is_asked_about(
    tmp_path: Path, quick: list[str]
) -> None:
    exam = visit()
    test = opened(VISIT, visit=exam.id)
    test.file_uploader[0].upload("median_wrist_left.mp4", video(tmp_path), "video/mp4")
    test.file_uploader[0].upload("other.mp4", video(tmp_path, first_level=30), "video/mp4")
    test.run()
    assert not test.exception
    assert "1 clip without a cell" in texts(test)
    assert "1 to review" in texts(test)
    (box,) = (one for one in test.selectbox if str(one.key).startswith("place-"))
    box.set_value(FOREARM).run()
    press(test, "visit-place")
    assert "2 to review" in texts(test)
    assert "without a cell" not in texts(test)


def drop(exam: Exam, tmp_path: Path) -> AppTest:
    test = opened(VISIT, visit=exam.id)
    test.file_uploader[0].upload("median_wrist_left.mp4", video(tmp_path), "video/mp4")
    test.run()
    assert not test.exception
    return test


def test_a_clip_of_another_visit_stays_there_until_somebody_says_that_it_belongs_here(
    tmp_path: Path, quick: list[str]
) -> None:
    first, second = visit("S01"), visit("S01")
    drop(first, tmp_path)
    test = drop(second, tmp_path)
    assert f"median_wrist_left.mp4 is in the visit of {first.when} already" in texts(test).replace("*", "")
    (clip,) = application().library.clips(ClipFilter())
    assert clip.exam == first
    press(test, f"elsewhere-move-{clip.record.sha256}")
    (clip,) = application().library.clips(ClipFilter())
    assert clip.exam == second
    assert f"median_wrist_left.mp4 was in the visit of S01, {first.when}" in texts(test)
    assert "was in the visit" not in texts(go(test, VISIT, visit=visit("S02").id)), "it is in that other visit"
    assert "was in the visit" in texts(go(test, VISIT, visit=second.id))
    assert "is in the visit of" not in texts(drop(second, tmp_path)), "it is here"


def test_a_dialog_of_a_cell_is_open_in_its_own_visit_alone(quick: list[str]) -> None:
    first, second = visit("S01"), visit("S02")
    test = opened(VISIT, visit=first.id)
    press(test, "fill-median-wrist-right")
    fields = len(test.get("file_uploader"))
    assert len(go(test, VISIT, visit=second.id).get("file_uploader")) == fields - 1
    assert len(go(test, VISIT, visit=first.id).get("file_uploader")) == fields - 1, "it was left"


def test_a_clip_of_another_patient_stays_until_somebody_says_whose_it_is(tmp_path: Path, quick: list[str]) -> None:
    first, second = visit("S01"), visit("S02")
    drop(first, tmp_path)
    test = drop(second, tmp_path)
    assert "is patient S01's" in texts(test)
    (clip,) = application().library.clips(ClipFilter())
    assert clip.exam == first
    press(test, f"elsewhere-leave-{clip.record.sha256}")
    assert "is patient S01's" not in texts(test)
    test = drop(second, tmp_path)
    press(test, f"elsewhere-move-{clip.record.sha256}")
    (clip,) = application().library.clips(ClipFilter())
    assert (clip.exam, clip.record.subject) == (second, "S02")
    assert f"was in the visit of S01, {first.when}" in texts(test)


def test_a_clip_that_leaves_another_cell_of_the_visit_is_said_to(tmp_path: Path, quick: list[str]) -> None:
    test = opened(VISIT, visit=visit().id)
    test.file_uploader[0].upload("median_wrist_left.mp4", video(tmp_path), "video/mp4")
    test.run()
    press(test, "fill-median-wrist-right")
    box = test.selectbox(key="fill-clip")
    box.select_index(0).run()
    press(test, "fill-take")
    left, right = "Median nerve, wrist, left side", "Median nerve, wrist, right side"
    assert f"median_wrist_left.mp4 was filed as {left}. It is filed as {right} now." in texts(test)
    assert "was filed as" in texts(test.run()), "the page draws itself anew while the clip is analysed"
    press(test, "visit-moved-read")
    assert "was filed as" not in texts(test)


def test_a_value_is_reviewed_accepted_and_compared_as_soon_as_both_halves_are_there(
    tmp_path: Path, quick: list[str]
) -> None:
    exam = visit()
    enter(exam, FOREARM, 7.0)
    test = opened(VISIT, visit=exam.id)
    assert "as soon as two values" in texts(test)
    test.file_uploader[0].upload("median_wrist_left.mp4", video(tmp_path), "video/mp4")
    test.run()
    for job in application().analyses.active():
        wait_for(job.id)
    test.run()
    press(test, "review-median-wrist-left")
    accept = next(one for one in test.button if str(one.key).endswith("-accept"))
    assert accept.disabled, "the clip is not calibrated"
    test.text_input(key="review-who").set_value("R1").run()
    assert "images are unlike those the model was trained on" in texts(test), "a grey area is no ultrasound image"
    next(one for one in test.checkbox if str(one.key).endswith("-despite")).check().run()
    next(one for one in test.button if str(one.key).endswith("-accept")).click().run()
    assert not test.exception
    (value,) = (one for one in application().visits.worksheets.values(exam.id) if one.view == WRIST)
    assert (value.choice, value.unit) == (Choice.LARGEST, "px²")
    assert "not calibrated" in texts(test)
    enter(exam, WRIST, 12.0)
    test.run()
    assert "5.0 ±" in texts(test)
    assert "2 mm²" in texts(test), "the cut-off"


def test_a_review_says_whose_outlines_it_shows(tmp_path: Path, quick: list[str]) -> None:
    test = drop(visit(), tmp_path)
    for job in application().analyses.active():
        wait_for(job.id)
    (clip,) = application().library.clips(ClipFilter())
    mask = np.zeros((clip.record.height, clip.record.width), np.bool_)
    mask[40:60, 40:65] = True
    drawn = exported(mask, 1, clip.record)
    application().annotations.save(drawn.annotation, drawn.image())
    test.run()
    press(test, "review-median-wrist-left")
    assert "In 1 frame the outline is of a person, not of the model: R1, 1 of them imported." in texts(test)


def test_an_area_measured_elsewhere_is_entered_and_taken_for_what_it_is() -> None:
    exam = visit()
    test = opened(VISIT, visit=exam.id)
    press(test, "fill-median-wrist-left")
    test.number_input(key="fill-area").set_value(14.2).run()
    press(test, "fill-enter")
    assert "Nobody is named who answers for the value" in texts(test)
    test.text_input(key="fill-who").set_value("R1").run()
    press(test, "fill-enter")
    assert "14.2 mm²" in texts(test)
    assert not any(one.key == "fill-who" for one in test.text_input)
    assert application().visits.worksheets.values(exam.id)[0].by == "R1"
    assert "entered by hand" in texts(test)
    assert "11 mm²" in texts(test), "the limit"


def test_what_is_written_is_there_in_another_tab() -> None:
    exam = visit()
    test = opened(VISIT, visit=exam.id)
    test.text_area(key="visit-conclusion").set_value("Enlarged at the inlet.").run()
    test.number_input(key="visit-wrist").set_value(160).run()
    test.button_group(key="visit-bifid").set_value([Side.LEFT]).run()
    other = opened(VISIT, visit=exam.id)
    assert other.text_area(key="visit-conclusion").value == "Enlarged at the inlet."
    assert other.number_input(key="visit-wrist").value == 160
    assert application().visits.worksheets.sheet(exam.id).bifid == (Side.LEFT,)


def test_a_protocol_of_ones_own_is_saved_and_used() -> None:
    exam = visit()
    test = opened(VISIT, visit=exam.id)
    test.text_input(key="protocol-title").set_value("Two sites").run()
    test.multiselect(key="protocol-stations-carpal-tunnel").set_value(test.multiselect[0].value[:2]).run()
    press(test, "protocol-save")
    assert "0 of 4 accepted" in texts(test)
    press(test, "protocol-remove")
    assert "1 visit of this protocol shows the sites of" in texts(test)
    assert "0 of 4 accepted" in texts(test), "nothing is removed before it was said what that does"
    press(test, "protocol-remove-yes")
    assert "0 of 8 accepted" in texts(test)
    assert "The protocol of this visit was removed" in texts(test)


def test_a_conclusion_that_cannot_be_stored_is_told_and_stays_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    exam = visit()
    test = opened(VISIT, visit=exam.id)

    def full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.", "Free some space.")

    works = SqlWorksheetStore.write_sheet
    monkeypatch.setattr(SqlWorksheetStore, "write_sheet", full)
    test.text_area(key="visit-conclusion").set_value("Enlarged at the inlet.").run()
    assert not test.exception
    assert any("The disk is full." in one.value for one in test.error)
    assert test.text_area(key="visit-conclusion").value == "Enlarged at the inlet."
    assert any("not saved yet" in one.value for one in test.warning)
    test.button_group(key="visit-bifid").set_value([Side.LEFT]).run()
    assert not test.exception
    assert any("The disk is full." in one.value for one in test.error)
    assert test.button_group(key="visit-bifid").value == [], "what is displayed is what is kept"
    monkeypatch.setattr(SqlWorksheetStore, "write_sheet", works)
    press(test, "visit-conclusion-save")
    assert application().visits.worksheets.sheet(exam.id).conclusion == "Enlarged at the inlet."
    assert not any("not saved yet" in one.value for one in test.warning)


def test_what_another_tab_wrote_meanwhile_stays(tmp_path: Path, quick: list[str]) -> None:
    exam = visit()
    one, other = opened(VISIT, visit=exam.id), opened(VISIT, visit=exam.id)
    other.text_area(key="visit-conclusion").set_value("Enlarged.").run()
    one.button_group(key="visit-bifid").set_value([Side.LEFT]).run()
    sheet = application().visits.worksheets.sheet(exam.id)
    assert (sheet.conclusion, sheet.bifid) == ("Enlarged.", (Side.LEFT,))
    assert one.text_area(key="visit-conclusion").value == "Enlarged."


@pytest.mark.parametrize(("press_key", "kept"), [("mine", "Mine."), ("leave", "Theirs.")])
def test_of_two_conclusions_none_is_lost_unsaid(quick: list[str], press_key: str, kept: str) -> None:
    exam = visit()
    one, other = opened(VISIT, visit=exam.id), opened(VISIT, visit=exam.id)
    other.text_area(key="visit-conclusion").set_value("Theirs.").run()
    one.text_area(key="visit-conclusion").set_value("Mine.").run()
    store = application().visits.worksheets
    assert store.sheet(exam.id).conclusion == "Theirs."
    assert one.text_area(key="visit-conclusion").value == "Theirs."
    assert any("Yours is not saved: Mine." in shown.value for shown in one.warning)
    press(one, f"visit-conclusion-{press_key}")
    assert store.sheet(exam.id).conclusion == kept
    assert one.text_area(key="visit-conclusion").value == kept
    assert not one.warning


@pytest.mark.parametrize("address", ["f" * 32, "nonsense"])
def test_a_visit_that_is_not_there_says_so(address: str) -> None:
    test = opened()
    go(test, VISIT, visit=address)
    assert "no visit under this address" in texts(test)


def test_the_frame_on_display_is_accepted_on_the_analyse_page(tmp_path: Path, quick: list[str]) -> None:
    exam = visit()
    test, job = analysed(exam, tmp_path)
    chosen = next(one for one in test.radio if str(one.key).endswith("-choice"))
    assert chosen.value is Choice.LARGEST, "nobody chose the first frame"
    chosen.set_value(Choice.FRAME).run()
    next(one for one in test.checkbox if str(one.key).endswith("-despite")).check().run()
    next(one for one in test.button if str(one.key).endswith("-accept")).click().run()
    assert not test.exception
    (value,) = application().visits.worksheets.values(exam.id)
    assert (value.choice, value.view) == (Choice.FRAME, WRIST)
    assert value.measured is not None
    assert (value.measured.analysis, value.measured.first_frame) == (job.id, 0)
    assert "Accepted: " in texts(test)


def test_what_changed_since_it_was_displayed_is_not_accepted(tmp_path: Path, quick: list[str]) -> None:
    exam = visit()
    test, job = analysed(exam, tmp_path)
    next(one for one in test.checkbox if str(one.key).endswith("-despite")).check().run()
    other = Calibration(0.05, 0.05, CalibrationOrigin.TYPED)  # in another tab
    set_calibration(job.request.clip_sha256, other, application().library, actor=Actor("R1"), now=now())
    next(one for one in test.button if str(one.key).endswith("-accept")).click().run()
    assert not test.exception
    assert application().visits.worksheets.values(exam.id) == ()
    assert any("Nothing was accepted" in one.value and "mm²" in one.value for one in test.warning)


def test_what_is_known_to_speak_against_a_value_is_not_known_of_other_things(tmp_path: Path, quick: list[str]) -> None:
    exam = visit()
    test, job = analysed(exam, tmp_path)

    def box() -> Checkbox:
        return next(one for one in test.checkbox if str(one.key).endswith("-despite"))

    box().check().run()
    test.run()
    assert box().value, "as long as it is the same"
    other = Calibration(0.5, 0.5, CalibrationOrigin.TYPED)  # in another tab: areas that no nerve has
    set_calibration(job.request.clip_sha256, other, application().library, actor=Actor("R1"), now=now())
    test.run()
    assert "No nerve has such an area" in texts(test)
    assert not box().value
    assert next(one for one in test.button if str(one.key).endswith("-accept")).disabled
    assert application().visits.worksheets.values(exam.id) == ()


def test_review_says_where_its_areas_are_of_another_analysis_than_the_accepted_one(
    tmp_path: Path, quick: list[str]
) -> None:
    exam = visit()
    test, job = analysed(exam, tmp_path)
    next(one for one in test.checkbox if str(one.key).endswith("-despite")).check().run()
    next(one for one in test.button if str(one.key).endswith("-accept")).click().run()
    test = press(opened(VISIT, visit=exam.id), "review-median-wrist-left")
    assert not any("another analysis" in one.value for one in test.warning)
    assert all(one.key != "review-analysis" for one in test.selectbox), "there is but one"
    app = application()
    other = request_analysis(
        job.request.clip_sha256,
        job.request.model,
        test_time_flip=True,
        models=app.models,
        analyses=app.analyses,
        runner=app.analysis_runner,
        library=app.library,
        actor=Actor("R1"),
        now=now(),
    )
    wait_for(other.id)
    test = press(opened(VISIT, visit=exam.id), "review-median-wrist-left")
    chosen = test.selectbox(key="review-analysis")
    assert [one.split(" · ")[1] for one in chosen.options] == ["median-wrist, flipped", "median-wrist"]
    assert chosen.index == 1, "that of the accepted value"
    assert "a newer analysis of this clip" in texts(test)
    assert not any("another analysis" in one.value for one in test.warning)
    chosen.set_value(0).run()
    assert any("of another analysis of this clip" in one.value for one in test.warning)
