"""The Library page, and Home over the library, as Streamlit's own test driver sees them."""

import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap import Application
from nerveapp.demo import DEMO_PICTURE
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_source import ClipSource, Origin, SourceFile
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ClipFilter
from nerveapp.domain.patient import Patient, Sex
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.io.store.connection import open_database
from tests.fakes.clock import START
from tests.io.store.large_library import fill

APP = str(Path(__file__).parents[2] / "main.py")
LIBRARY = "pages/library.py"
FIRST = Exam("1" * 32, "S01", date=date(2026, 1, 1), indication="CTS?")
SECOND = Exam("2" * 32, "S01", day=3)
JPEG = cv2.imencode(".jpg", np.full((48, 64), 90, np.uint8))[1].tobytes()


@pytest.fixture
def app(installation: Application) -> Application:
    return installation


def add(app: Application, letter: str, *, name: str = "", hours: float = 0, **known: Any) -> None:
    sha256 = letter * 64
    key = f"clips/{sha256}/00000/clip.mp4"
    app.objects.put(key, DEMO_PICTURE)
    source = ClipSource(sha256, (SourceFile("clip.mp4", key, "f" * 64, 6),), Origin.UPLOAD, name or f"{letter}.mp4")
    record = replace(ClipRecord(sha256, 64, 48, 100), **known)
    app.library.add_clip(record, source, JPEG, actor="R1", now=START + timedelta(hours=hours))


@pytest.fixture
def filled(app: Application) -> Application:
    """S01 with two visits and three clips, S02 with one clip, one of nobody; "e" came last."""
    for exam in (FIRST, SECOND):
        app.library.add_exam(exam, actor="R1", now=START)
    ulnar = View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)
    described: dict[str, dict[str, Any]] = {
        "a": {"exam": FIRST.id, "view": ulnar},
        "b": {"exam": FIRST.id},
        "c": {"exam": SECOND.id},
        "d": {"subject": "S02"},
        "e": {},
    }
    for hours, (letter, known) in enumerate(described.items()):
        add(app, letter, hours=hours, **known)
    return app


def opened(place: str = LIBRARY, /, **address: str) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=60).run()
    test.query_params.update(address)
    test = test.switch_page(place).run()
    assert not test.exception
    return test


def texts(test: AppTest) -> str:
    elements = (*test.markdown, *test.caption, *test.info, *test.success, *test.error)
    return " ".join(str(one.value) for one in elements)


def listed(test: AppTest) -> str:
    """The first letters of the clips' names, in the order of the list."""
    return "".join(link.label.strip("*")[0] for link in test.page_link if ".mp4" in link.label)


def asked(test: AppTest) -> dict[str, str]:
    """The address, each parameter once."""
    return {name: value if isinstance(value, str) else value[0] for name, value in dict(test.query_params).items()}


def press(test: AppTest, key: str) -> AppTest:
    test.button(key=key).click().run()
    assert not test.exception
    return test


def pick(test: AppTest, letters: str) -> AppTest:
    for letter in letters:
        test.checkbox(key="library-pick-" + letter * 64).check()
    return test.run()


def field(test: AppTest, label: str) -> object:
    fields = (*test.text_input, *test.number_input, *test.selectbox, *test.radio, *test.text_area, *test.date_input)
    return next(one for one in fields if one.label == label)


def type_in(test: AppTest, label: str, value: object) -> AppTest:
    field(test, label).set_value(value).run()  # type: ignore[attr-defined]
    assert not test.exception
    return test


def test_home_of_an_empty_library_offers_the_demo_and_says_what_is_kept() -> None:
    test = opened("pages/home.py")
    assert "Recent clips" not in [heading.value for heading in test.subheader]
    assert not test.text_input
    assert "Clips are kept on this server until somebody deletes them." in texts(test)
    assert "Everybody who can open this server's address sees the library" in texts(test)


def test_home_says_that_clips_are_not_kept_where_they_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERVEAPP_RETENTION", "none")
    assert "Clips are not kept: only measurements" in texts(opened("pages/home.py"))


def test_home_lists_the_clips_that_came_last_with_their_state(filled: Application) -> None:
    for number in range(5):
        add(filled, str(number), hours=10 + number)
    test = opened("pages/home.py")
    assert listed(test) == "43210edc"
    assert "Not analysed" in texts(test)
    assert "S01 · visit day 3" in texts(test)
    assert "Nerve, site and side not given" in texts(test)
    assert "clip=" + "4" * 64 in next(one for one in test.page_link if ".mp4" in one.label).proto.query_string


def test_a_search_on_home_opens_the_library_under_an_address(filled: Application) -> None:
    test = opened("pages/home.py")
    test.text_input(key="home-search").set_value(" s02 ").run()
    assert not test.exception
    assert asked(test) == {"text": "s02"}
    assert listed(test) == "d"


@pytest.mark.parametrize(
    ("address", "clips"),
    [
        ({}, "edcba"),
        ({"text": "s01"}, "cba"),
        ({"text": "b.mp4"}, "b"),
        ({"text": "dddd"}, "d"),
        ({"patient": "S01"}, "cba"),
        ({"patient": "S01", "visit": FIRST.id}, "ba"),
        ({"patient": "-"}, "e"),
        ({"nerve": "ulnar", "site": "elbow", "side": "left"}, "a"),
        ({"nerve": "tibial"}, ""),
        ({"page": "99"}, "edcba"),
    ],
    ids=["all", "code", "name", "hash", "patient", "visit", "nobody", "view", "none-like-this", "a-page-too-far"],
)
def test_an_address_lists_its_clips(address: dict[str, str], clips: str, filled: Application) -> None:
    assert listed(opened(**address)) == clips


def test_what_is_typed_and_chosen_stands_in_the_address(filled: Application) -> None:
    test = opened()
    test.text_input(key="library-text").set_value("S01").run()
    test.selectbox(key="library-nerve").set_value(Nerve.ULNAR).run()
    assert asked(test) == {"text": "S01", "nerve": "ulnar"}
    assert listed(test) == "a"
    test.text_input(key="library-text").set_value("").run()
    test.selectbox(key="library-nerve").set_value(None).run()
    test.checkbox(key="library-nobody").check().run()
    assert asked(test) == {"patient": "-"}
    assert listed(test) == "e"


def test_a_patient_is_chosen_by_code_and_shows_visits_and_clips(filled: Application) -> None:
    test = opened(text="s0")
    test.pills[0].set_value("S01").run()
    assert not test.exception
    assert asked(test) == {"patient": "S01"}
    assert "Visit 2026-01-01** · 2 clips · CTS?" in texts(test)
    assert "2 visits, 3 clips" in texts(test)
    press(test, f"visit-show-{SECOND.id}")
    assert listed(test) == "c"
    press(test, "patient-close")
    assert asked(test) == {}
    assert listed(test) == "edcba"


def test_clips_move_to_a_new_visit_of_a_new_patient(filled: Application) -> None:
    test = press(pick(opened(), "ae"), "clips-move")
    assert "a.mp4, e.mp4" in texts(test) or "e.mp4, a.mp4" in texts(test)
    type_in(test, "Patient's code", "S03")
    assert "not in the library yet" in texts(test)
    type_in(test, "When", "Day of the study")
    type_in(test, "Day number; 0 is the first visit", 7)
    type_in(test, "Indication", "follow-up")
    press(test, "move-now")
    assert "2 clips moved to a visit of S03." in texts(test)
    (exam,) = filled.library.exams("S03")
    assert (exam.day, exam.date, exam.indication) == (7, None, "follow-up")
    for letter in "ae":
        found = filled.library.clip(letter * 64)
        assert found is not None
        assert (found.record.subject, found.exam) == ("S03", exam)
    assert not [one for one in test.button if one.key == "move-now"], "the dialog is closed"


def test_a_clip_moves_to_a_visit_that_is_there_and_out_again(filled: Application) -> None:
    test = press(pick(opened(), "e"), "clips-move")
    type_in(test, "Patient's code", "S0")
    test.pills[-1].set_value("S01").run()
    type_in(test, "Visit", SECOND.id)
    press(test, "move-now")
    found = filled.library.clip("e" * 64)
    assert found is not None
    assert found.exam == SECOND
    press(pick(test, "e"), "clips-move")
    press(test, "move-out")
    found = filled.library.clip("e" * 64)
    assert found is not None
    assert (found.record.subject, found.exam) == ("", None)


def test_a_name_in_place_of_a_code_is_refused_in_the_dialog(filled: Application) -> None:
    test = press(pick(opened(), "e"), "clips-move")
    type_in(test, "Patient's code", "Jane Doe")
    press(test, "move-now")
    assert "not a patient code" in " ".join(one.value for one in test.error)
    assert test.button(key="move-now"), "what was typed can be mended"
    found = filled.library.clip("e" * 64)
    assert found is not None
    assert found.record.subject == ""


def test_what_clips_show_is_described_anew(filled: Application) -> None:
    test = press(pick(opened(), "bc"), "clips-view")
    nerve = next(one for one in test.selectbox if str(one.key).startswith("view-") and one.label == "Nerve")
    nerve.set_value(Nerve.TIBIAL).run()
    site = next(one for one in test.selectbox if str(one.key).startswith("view-") and one.label == "Site")
    site.set_value(Site.POPLITEAL).run()
    side = next(one for one in test.selectbox if str(one.key).startswith("view-") and one.label == "Side")
    side.set_value(Side.RIGHT).run()
    press(test, "view-save")
    for letter in "bc":
        found = filled.library.clip(letter * 64)
        assert found is not None
        assert found.record.view == View(Nerve.TIBIAL, Site.POPLITEAL, Side.RIGHT)


def test_what_differs_among_clips_stays_unless_it_is_set(filled: Application) -> None:
    test = press(pick(opened(), "ab"), "clips-view")
    side = next(one for one in test.selectbox if str(one.key).startswith("view-") and one.label == "Side")
    assert side.options[0] == "As each is"
    side.set_value(Side.RIGHT).run()
    press(test, "view-save")
    views = [found.record.view for letter in "ab" if (found := filled.library.clip(letter * 64))]
    assert views == [View(Nerve.ULNAR, Site.ELBOW, Side.RIGHT), View(side=Side.RIGHT)]


def test_clips_that_something_was_done_with_are_not_chosen_for_the_next_thing_too(filled: Application) -> None:
    test = press(press(pick(opened(), "a"), "clips-view"), "view-save")
    assert "1 clip described anew." in texts(test)
    assert not any(one.value for one in test.checkbox if str(one.key).startswith("library-pick-"))
    assert "**1 clip chosen**" in texts(pick(test, "b"))


def test_deleting_says_what_goes_asks_again_and_says_what_went(filled: Application, tmp_path: Path) -> None:
    assert (tmp_path / "data" / "clips" / ("b" * 64)).exists()
    test = press(pick(opened(), "b"), "clips-delete")
    assert "1 clip (1 MB)" in texts(test)
    assert "cannot be undone" in texts(test)
    assert filled.library.clip("b" * 64) is not None, "one press deletes nothing"
    press(test, "delete-not")
    assert not [one for one in test.button if one.key == "delete-for-ever"]
    press(test, "clips-delete")
    press(test, "delete-for-ever")
    assert "Deleted b.mp4: 1 clip (1 MB)." in " ".join(one.value for one in test.success).replace("\\", "")
    assert filled.library.clip("b" * 64) is None
    assert not (tmp_path / "data" / "clips" / ("b" * 64)).exists()
    assert "deleted 1 clip" in texts(test), "the log tells it"
    assert listed(test) == "edca"
    assert not test.run().success, "it is said once"


def test_a_clip_that_is_deleted_is_not_at_hand_any_longer(filled: Application) -> None:
    test = opened("pages/analyse.py", clip="b" * 64)
    assert test.session_state["session"].clip == "b" * 64
    test.query_params.clear()
    test.switch_page(LIBRARY).run()
    press(press(pick(test, "b"), "clips-delete"), "delete-for-ever")
    assert test.session_state["session"].clip == ""


def test_more_than_was_said_is_never_deleted(filled: Application) -> None:
    test = press(opened(patient="S01"), "patient-delete")
    assert "1 patient, 2 visits, 3 clips" in texts(test)
    add(filled, "f", exam=FIRST.id)
    press(test, "delete-for-ever")
    assert "More would be deleted by now than was listed" in texts(test)
    assert filled.library.patient("S01") is not None


def test_a_patient_goes_with_visits_and_clips(filled: Application) -> None:
    test = press(press(opened(patient="S01"), "patient-delete"), "delete-for-ever")
    assert filled.library.patient("S01") is None
    assert "Deleted Patient S01" in texts(test)
    assert not test.query_params, "everybody's clips are listed then"
    assert filled.library.exams("S01") == ()


def test_clips_that_are_chosen_are_analysed_by_the_models_that_fit(filled: Application) -> None:
    assert opened().button(key="clips-analyse").disabled
    test = pick(opened(), "ab")
    test.button(key="clips-analyse").click().run()
    asked = filled.analyses.recent(10)
    assert {(job.request.clip_sha256[0], job.request.model) for job in asked} == {
        ("a", "peripheral-nerve"),
        ("b", "median-wrist"),
    }


def test_a_clip_whose_file_is_not_kept_says_so_and_can_be_opened_again(app: Application) -> None:
    record = ClipRecord("9" * 64, 64, 48, 100)
    app.library.add_clip(record, ClipSource("9" * 64, (), Origin.UPLOAD, "9.mp4"), b"", actor="R1", now=START)
    test = opened("pages/analyse.py", clip="9" * 64)
    assert "is not kept on this server" in texts(test)
    assert test.get("file_uploader")
    test = opened("pages/analyse.py", clip="8" * 64)
    assert "not in the library" in texts(test)
    assert test.get("file_uploader")


def test_a_visit_goes_with_its_clips(filled: Application) -> None:
    press(press(opened(patient="S01"), f"visit-delete-{FIRST.id}"), "delete-for-ever")
    assert filled.library.exams("S01") == (SECOND,)
    assert filled.library.clip("a" * 64) is None


def test_a_patient_is_described(filled: Application) -> None:
    test = press(opened(patient="S01"), "patient-edit")
    type_in(test, "Year of birth", 1970)
    type_in(test, "Height in cm", 171.5)
    type_in(test, "Wrist circumference in mm", 160.0)
    type_in(test, "Sex", Sex.FEMALE)
    press(test, "patient-save")
    assert filled.library.patient("S01") == Patient("S01", 1970, 171.5, 160.0, Sex.FEMALE)
    assert "born 1970, female, 171.5 cm, wrist 160 mm" in texts(test)


def test_a_patients_code_is_put_right(filled: Application) -> None:
    test = press(opened(patient="S01"), "patient-edit")
    clips = filled.library.count(ClipFilter(patient="S01"))
    test.text_input(key="patient-S01-code").set_value("S02")
    press(test, "patient-save")
    assert "There is a patient S02 already" in texts(test)
    test.text_input(key="patient-S01-code").set_value("S09")
    test.number_input(key="patient-S01-wrist").set_value(165.0)
    press(test, "patient-save")
    assert test.query_params == {"patient": "S09"}
    assert filled.library.patient("S01") is None
    renamed = filled.library.patient("S09")
    assert renamed is not None
    assert renamed.wrist_mm == 165.0
    assert filled.library.count(ClipFilter(patient="S09")) == clips > 0


def test_a_visit_is_added_and_described_anew(filled: Application) -> None:
    test = press(opened(patient="S02"), "patient-visit")
    type_in(test, "Date of the visit", date(2026, 5, 1))
    press(test, "visit-save")
    (exam,) = filled.library.exams("S02")
    assert exam.date == date(2026, 5, 1)
    press(test, f"visit-edit-{exam.id}")
    assert "No names" in texts(test)
    type_in(test, "When", "Undated")
    type_in(test, "Note", "both hands")
    press(test, "visit-save")
    assert filled.library.exams("S02") == (Exam(exam.id, "S02", note="both hands"),)


def test_a_dialog_is_closed_by_leaving_the_page(filled: Application) -> None:
    test = press(pick(opened(), "b"), "clips-delete")
    test.switch_page("pages/home.py").run()
    test.switch_page(LIBRARY).run()
    assert not [one for one in test.button if one.key == "delete-for-ever"]


def test_names_and_notes_are_shown_as_they_are_written(app: Application) -> None:
    app.library.add_exam(replace(FIRST, note="![x](http://h/x.png)"), actor="R1", now=START)
    add(app, "a", name="![x](http://h/a.png).mp4", exam=FIRST.id)
    for test in (opened("pages/home.py"), opened(patient="S01")):
        shown = texts(test) + " ".join(one.label for one in (*test.page_link, *test.checkbox))
        assert "h/a.png" in shown
        assert "![x]" not in shown


def test_a_page_of_a_large_library_is_there_within_a_second(app: Application) -> None:
    fill(open_database(app.settings.database))
    test = opened()
    assert "3000 clips" in texts(test)
    assert len(listed(test)) == 50
    assert len(test.pills[0].options) == 50, "not all 400 codes"
    for page in (LIBRARY, "pages/home.py"):
        test.switch_page(page).run()
        took = []
        for _ in range(3):
            start = time.perf_counter()
            test.run()
            took.append(time.perf_counter() - start)
        assert min(took) < 1, page
    assert len(listed(test)) == 8


def test_the_list_is_turned_page_by_page(app: Application) -> None:
    fill(open_database(app.settings.database))
    test = opened(text="s39")
    first = [link.label for link in test.page_link]
    press(test, "library-older")
    assert asked(test) == {"text": "s39", "page": "2"}
    assert not {*first} & {link.label for link in test.page_link}
    press(test, "library-newer")
    assert [link.label for link in test.page_link] == first


def test_a_mistyped_code_of_a_visit_is_mended(filled: Application) -> None:
    test = press(opened(patient="S01"), f"visit-edit-{FIRST.id}")
    code = next(one for one in test.text_input if str(one.key).endswith("-patient") and one.label == "Patient's code")
    code.set_value("S07").run()
    press(test, "visit-save")
    found = filled.library.exam(FIRST.id)
    assert found is not None
    assert (found.patient, found.date, found.indication) == ("S07", FIRST.date, FIRST.indication)
    assert {one.record.sha256[0] for one in filled.library.clips(ClipFilter(patient="S07"))} == {"a", "b"}


def test_a_visit_joins_those_of_a_known_patient_once_somebody_says_it_is_theirs(filled: Application) -> None:
    test = press(opened(patient="S01"), f"visit-edit-{FIRST.id}")
    code = next(one for one in test.text_input if str(one.key).endswith("-patient") and one.label == "Patient's code")
    code.set_value("S02").run()
    assert any("S02 is known, with 0 visits" in one.value for one in test.warning)
    assert test.button(key="visit-save").disabled
    next(one for one in test.checkbox if str(one.key).endswith("-join-S02")).check().run()
    press(test, "visit-save")
    found = filled.library.exam(FIRST.id)
    assert found is not None
    assert found.patient == "S02"
