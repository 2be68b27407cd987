"""The Cohort page and a patient over time, as Streamlit's own test driver sees them."""

import threading
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap import Application
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_source import ClipSource, Origin
from nerveapp.domain.exam import Exam
from nerveapp.domain.patient import Patient, Sex
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.errors import CancelledError
from nerveapp.workflows.evaluating.score_own_clips import OwnClipsScore
from nerveapp.workflows.execution.tasks import Progress
from tests.fakes.clock import START
from tests.io.store.records import IMAGE, annotation
from tests.pages.driving import go, opened, texts, until_ended, video, wait_for
from tests.pages.test_library import JPEG
from tests.workflows.visits.samples import LEFT, RIGHT, SPACING, manual, measured

COHORT, OVER_TIME = "pages/cohort.py", "pages/follow_up.py"
VISITS = tuple(Exam(str(month) * 32, "S01", date=date(2026, month, 1)) for month in (1, 2))


def frame(test: AppTest, column: str) -> Any:
    """The table that has a column of this name."""
    (found,) = (one.value for one in test.dataframe if column in one.value.columns)
    return found


@pytest.fixture
def app(installation: Application) -> Application:
    """S01 with two visits: the left wrist grew by 3 mm², the right one by 1 mm²."""
    library, worksheets = installation.library, installation.visits.worksheets
    library.describe_patient("S01", lambda _: Patient("S01", birth_year=1980, sex=Sex.FEMALE), actor="R1", now=START)
    for exam in VISITS:
        library.add_exam(exam, actor="R1", now=START)
    clip = ClipRecord("a" * 64, 64, 48, 100, "S01", LEFT, SPACING, exam=VISITS[0].id)
    library.add_clip(clip, ClipSource(clip.sha256, (), Origin.UPLOAD, "a.mp4"), JPEG, actor="R1", now=START)
    worksheets.accept(measured(VISITS[0].id, 10.0, LEFT))
    worksheets.accept(manual(VISITS[1].id, 13.0, LEFT))
    worksheets.accept(manual(VISITS[0].id, 9.0, RIGHT))
    worksheets.accept(manual(VISITS[1].id, 10.0, RIGHT))
    return installation


def add_healthy(app: Application, count: int) -> None:
    """People whose wrists measure 7.0, 7.1, ... mm²."""
    for number in range(count):
        exam = Exam(f"{100 + number:032x}", f"H{number:02}", date=date(2026, 1, 1), indication="healthy volunteer")
        app.library.add_exam(exam, once_a_day=True, actor="R1", now=START)
        app.visits.worksheets.accept(manual(exam.id, 7 + number / 10))


def test_a_patient_over_time_shows_what_changed_by_more_than_readers_differ(app: Application) -> None:
    test = opened(OVER_TIME, patient="S01")
    assert (
        "Median, wrist, left: +3.0 mm² from 2026-01-01 to 2026-02-01, more than the smallest detectable change of 2.0"
        in texts(test)
    )
    assert "wrist, right: +" not in texts(test)
    table = frame(test, "first to last").set_index("nerve, site, side")
    assert list(table.loc["Median, wrist, left"]) == ["10.0", "13.0 ▲ M", "+3.0 mm²", "yes"]
    assert list(table.loc["Median, wrist, right"]) == ["9.0 M", "10.0 M", "+1.0 mm²", "no"]
    assert "2026-02-01: 13.0 mm² · entered by hand" in texts(test)
    assert "Upper limit of normal 11 mm² (Dutch, mainly Caucasian)" in texts(test)
    assert len(test.get("plotly_chart")) == 1


def test_a_value_of_a_clip_calibrated_anew_is_not_compared(app: Application) -> None:
    known = app.library.clip("a" * 64)
    assert known is not None
    changed = ClipRecord("a" * 64, 64, 48, 100, "S01", LEFT, None, exam=VISITS[0].id)
    app.library.describe(changed.sha256, lambda _: changed, actor="R1", now=START)
    test = opened(OVER_TIME, patient="S01")
    assert frame(test, "first to last").iloc[0]["2026-01-01"] == "(10.0)"
    assert "its clip was calibrated anew since" in texts(test)
    assert "No change between two visits exceeds" in texts(test)


def test_where_nothing_is_compared_nothing_is_called_unchanged(app: Application) -> None:
    for number, view in enumerate((LEFT, RIGHT)):
        exam = Exam(f"{300 + number:032x}", "S77", date=date(2026, 3, 1 + number))
        app.library.add_exam(exam, actor="R1", now=START)
        app.visits.worksheets.accept(manual(exam.id, 9.0, view))
    test = opened(OVER_TIME, patient="S77")
    assert "Nothing is compared" in texts(test)
    assert "No change between two visits" not in texts(test)


def test_over_time_is_reached_from_the_patient_and_chosen_by_code(app: Application) -> None:
    library = opened("pages/library.py", patient="S01")
    (link,) = (one for one in library.page_link if one.label == "Over time")
    assert link.proto.query_string == "patient=S01"
    test = opened(OVER_TIME)
    assert not test.dataframe
    test.selectbox(key="follow-up-patient").set_value("S01").run()
    assert not test.exception
    assert frame(test, "first to last").shape == (2, 5)
    assert "There is no patient S99" in texts(opened(OVER_TIME, patient="S99"))


def test_an_empty_cohort_says_what_to_do(installation: Application) -> None:
    test = opened(COHORT)
    assert "Accept areas on the worksheet of a visit" in texts(test)
    assert "areas are held against the published norms" in texts(test)


def test_the_cohort_lists_all_accepted_values_and_filters_them(app: Application) -> None:
    add_healthy(app, 2)
    test = opened(COHORT)
    assert "6 accepted values of 3 people, of 6 in all" in texts(test)
    assert list(frame(test, "indication")["patient"]) == ["H00", "H01", "S01", "S01", "S01", "S01"]
    test.toggle(key="cohort-manual").set_value(False).run()
    assert list(frame(test, "indication")["area"]) == [10.0]
    test.toggle(key="cohort-manual").set_value(True).run()
    test.slider(key="cohort-age").set_range(40, 50).run()
    assert set(frame(test, "indication")["patient"]) == {"S01"}, "the age of the others is not known"
    spread = frame(test, "median mm²").iloc[0]
    assert (spread["values"], spread["people"], spread["median mm²"]) == (4, 1, 10.0)
    test.selectbox(key="cohort-nerve").set_value(Nerve.ULNAR).run()
    assert not test.exception
    assert "0 accepted values" in texts(test)


def test_who_was_chosen_stays_chosen_and_gives_the_norms_their_population(app: Application) -> None:
    add_healthy(app, 50)
    for number in range(50):
        sex = Sex.FEMALE if number < 25 else Sex.MALE
        described = partial(replace, birth_year=2000 - number, sex=sex)
        app.library.describe_patient(f"H{number:02}", described, actor="R1", now=START)
    test = opened(COHORT)
    women = [f"H{number:02}" for number in range(25)]
    test.multiselect(key="norms-people").set_value(women).run()
    assert test.text_input(key="norms-population").value == "own cohort, healthy, 26 to 50 years, 25 women"
    add_healthy(app, 51)  # another one is accepted meanwhile
    test.run()
    assert not test.exception
    assert list(test.multiselect(key="norms-people").value) == women
    assert "Healthy by a visit that came since, and not chosen: H50" in texts(test)


def test_norms_of_the_healthy_are_built_saved_and_removed(app: Application) -> None:
    add_healthy(app, 25)
    test = opened(COHORT)
    row = frame(test, "note").iloc[0]
    assert (row["nerve and site"], row["people"], row["mean ± SD mm²"]) == ("Median, wrist", "25", "8.2 ± 0.7")
    assert "25 people: EP28-A3c asks for 120" in row["note"]
    assert "Of fewer than 120 people the upper limit is uncertain" in texts(test)
    test.text_input(key="norms-name").set_value("lab")
    next(button for button in test.button if button.label == "Save as own norms").click().run()
    assert not test.exception
    assert "lab is saved: 1 upper limit." in texts(test)
    limit = app.visits.norms.table().limit(LEFT)
    assert limit is not None
    assert (limit.n, limit.upper_limit_mm2, limit.population) == (25, 9.6, "own cohort, healthy")
    assert app.visits.norms.sets() == ("lab",)
    test.button(key="norm-remove-lab").click().run()
    assert not test.exception
    assert app.visits.norms.sets() == ()
    assert "lab is removed." in texts(test)


def test_nobody_is_healthy_but_who_is_chosen(app: Application) -> None:
    test = opened(COHORT)
    assert "Choose who is healthy." in texts(test)
    test.multiselect[0].set_value(["S01"]).run()
    row = frame(test, "note").iloc[0]
    assert (row["people"], row["upper limit mm²"]) == ("1", "–")
    assert "At least 20 people are needed" in row["note"]
    assert not [button for button in test.button if button.label == "Save as own norms"]


def test_norms_from_a_file_are_added_and_a_wrong_file_is_refused(app: Application) -> None:
    test = opened(COHORT)
    table = b"nerve,site,population,upper_limit_mm2\nmedian,wrist,ours,10.5\n"
    test.file_uploader[0].upload("norms.csv", table, "text/csv").run()
    test.text_input(key="norms-upload-name").set_value("ours").run()
    test.button(key="norms-add").click().run()
    assert not test.exception
    assert "ours is added: 1 row." in texts(test)
    assert app.visits.norms.sets() == ("ours",)
    assert "ours" in list(frame(test, "population")["population"])
    test.file_uploader[0].upload("norms.csv", b"no table", "text/csv").run()
    test.button(key="norms-add").click().run()
    assert "It is no table of norms" in texts(test)


def test_a_model_is_scored_on_ones_own_outlines_site_by_site(app: Application, quick: list[str]) -> None:
    views = {"b" * 64: Site.FOREARM, "c" * 64: Site.WRIST}
    for sha256, site in views.items():
        view = View(Nerve.MEDIAN, site, LEFT.side)
        app.annotations.register(ClipRecord(sha256, 64, 48, 100, subject=f"S{site}", view=view))
        app.annotations.save(annotation(0, clip_sha256=sha256), IMAGE)
    test = opened("pages/models.py")
    assert "against 2 accepted outlines" in texts(test)
    test.button(key="own-clips-score").click().run()
    until_ended(test, "own-stop")
    assert not test.exception
    rows = frame(test, "corrected from this model")
    assert list(rows["nerve and site"]) == ["Median, forearm", "Median, wrist", "All sites"]
    assert list(rows["people"]) == ["1 unseen", "1 unseen", "2 unseen"]
    assert list(rows["images"]) == [1, 1, 2]
    assert len(quick) == 1
    assert len(frame(opened("pages/models.py"), "corrected from this model")) == 3, "another session has it too"


def test_a_scoring_under_way_goes_on_without_the_page_and_can_be_stopped(app: Application) -> None:
    app.annotations.register(ClipRecord("b" * 64, 64, 48, 100, subject="S1"))
    app.annotations.save(annotation(0, clip_sha256="b" * 64), IMAGE)
    waits = threading.Event()

    def work(on_progress: Progress) -> OwnClipsScore:
        on_progress(1, 2)
        assert waits.wait(60)
        on_progress(2, 2)
        raise AssertionError("it was not stopped")

    task = app.scorings.own_clips.start(app.models.card(app.models.names()[0]).sha256, work)
    test = opened("pages/models.py")
    assert test.button(key="own-stop")
    go(test, "pages/home.py")
    assert not task.ended
    go(test, "pages/models.py")
    test.button(key="own-stop").click().run()
    assert "own-stop" not in [button.key for button in test.button]
    waits.set()
    with pytest.raises(CancelledError):
        task.result()


def test_the_accepted_frame_of_a_kept_clip_is_shown_and_pixels_are_not_compared(
    installation: Application, tmp_path: Path, quick: list[str]
) -> None:
    installation.library.add_exam(VISITS[0], actor="R1", now=START)
    test = opened("pages/visit.py", visit=VISITS[0].id)
    test.file_uploader[0].upload("median_wrist_left.mp4", video(tmp_path), "video/mp4")
    test.run()
    for job in installation.analyses.active():
        wait_for(job.id)
    test.run()
    test.button(key="review-median-wrist-left").click().run()
    test.text_input(key="review-who").set_value("R1").run()
    next(one for one in test.checkbox if str(one.key).endswith("-despite")).check().run()
    next(one for one in test.button if str(one.key).endswith("-accept")).click().run()
    assert not test.exception
    go(test, OVER_TIME, patient="S01")
    assert "px²)" in frame(test, "first to last").iloc[0]["2026-01-01"]
    assert len(test.image) == 1
    assert "the clip's first frame" not in texts(test), "it is the accepted frame"
