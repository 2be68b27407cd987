"""The pages as Streamlit's own test driver sees them."""

import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from nerveapp.ui.desk import Desk, LoadedClip
from nerveapp.ui.workspace import server_folder
from pydicom.data import get_testdata_file
from streamlit.testing.v1 import AppTest

from nerveapp import NOTICE, bootstrap
from nerveapp.bootstrap import model_store
from nerveapp.demo import DEMO_CLIP
from nerveapp.domain.outline_files import Format
from nerveapp.domain.view import Side
from nerveapp.io.public_stills import PublicStill
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.io.video_writing import writing_video
from tests.fakes import FakeClip, FakeSegmenter
from tests.io.readers.dicom_files import GREY, dataset, region, save
from tests.io.store.records import CLIP, IMAGE, annotation

APP = str(Path(__file__).parents[2] / "app.py")


def app(page: str = "pages/home.py") -> AppTest:
    test = AppTest.from_file(APP, default_timeout=60).run()
    return test if page == "pages/home.py" else test.switch_page(page).run()


def texts(test: AppTest) -> str:
    elements = (*test.markdown, *test.caption, *test.error, *test.warning, *test.info, *test.metric)
    return " ".join(str(element.value) for element in elements)


def desk(test: AppTest) -> Desk:
    found: Desk = test.session_state["desk"]
    return found


def finish(test: AppTest) -> AppTest:
    """Wait for the run on the desk and draw its result."""
    run = desk(test).run
    assert run is not None
    run.join(120)
    test.run()
    assert not test.exception
    return test


@pytest.mark.parametrize(
    "page", ["pages/home.py", "pages/analyse.py", "pages/correct.py", "pages/compare.py", "pages/models.py"]
)
def test_every_page_opens_and_carries_the_notice(page: str) -> None:
    test = app(page)
    assert not test.exception
    assert NOTICE in [caption.value for caption in test.caption]


def test_a_page_opened_without_app_does_not_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a cold server a page's address reaches the page before app.py has run."""
    test = AppTest.from_file(str(Path(APP).parent / "pages" / "analyse.py"), default_timeout=30).run()
    assert not test.get("file_uploader")
    assert not test.header


def test_an_uploaded_clip_is_analysed_and_uncalibrated_until_told() -> None:
    test = app("pages/analyse.py")
    test.file_uploader[0].upload("clip.mp4", DEMO_CLIP.read_bytes(), "video/mp4")
    test.run()
    loaded = desk(test).loaded
    assert loaded is not None
    assert loaded.clip.info.frame_count == 150
    assert "Uncalibrated" in texts(test)
    test.button(key="analyse").click().run()
    finish(test)
    assert "Uncalibrated" in texts(test)
    assert "px²" in texts(test)
    assert "mm²" not in texts(test).replace("never in mm²", "")

    way = next(radio for radio in test.radio if "Calibration" in radio.label)
    way.set_value("Type it in").run()
    next(one for one in test.number_input if "along depth" in one.label).set_value(0.0657).run()
    assert not test.exception
    assert "mm²" in texts(test)
    assert desk(test).run is None, "a calibration measures anew without another analysis"


def test_bad_uploads_are_told_and_leave_the_page_usable() -> None:
    test = app("pages/analyse.py")
    for name, data in (("clip.mp4", b""), ("clip.mp4", b"<html>not a clip</html>"), ("x.dcm", bytes(500))):
        test.file_uploader[0].upload(name, data, "video/mp4")
        test.run()
        assert not test.exception
        assert test.error, name
        test.run()
    test.file_uploader[0].upload("clip.mp4", DEMO_CLIP.read_bytes(), "video/mp4")
    test.run()
    assert desk(test).loaded is not None


def test_an_impossible_spacing_is_explained() -> None:
    test = app("pages/analyse.py")
    test.file_uploader[0].upload("clip.mp4", DEMO_CLIP.read_bytes(), "video/mp4")
    test.run()
    next(radio for radio in test.radio if "Calibration" in radio.label).set_value("Type it in").run()
    next(one for one in test.number_input if "along depth" in one.label).set_value(80.0).run()
    assert "80 mm per pixel" in texts(test)
    assert not test.exception


def test_the_model_follows_the_site() -> None:
    test = app("pages/analyse.py")
    test.file_uploader[0].upload("clip.mp4", DEMO_CLIP.read_bytes(), "video/mp4")
    test.run()

    def model() -> str:
        return str(next(box for box in test.selectbox if box.label == "Model").value)

    assert model() == "median-wrist"
    next(box for box in test.selectbox if box.label == "Nerve").select_index(1).run()
    assert model() == "peripheral-nerve"


def chosen(test: AppTest) -> list[object]:
    labels = ("Nerve", "Site", "Side", "Model")
    return [next(box for box in test.selectbox if box.label == label).value for label in labels]


def choose(test: AppTest, label: str, index: int) -> None:
    next(box for box in test.selectbox if box.label == label).select_index(index).run()


def test_what_was_chosen_is_in_force_when_the_page_is_entered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "cached_segmenter", lambda name, flip: FakeSegmenter())
    test = app("pages/analyse.py")
    test.file_uploader[0].upload("clip.mp4", DEMO_CLIP.read_bytes(), "video/mp4")
    test.run()
    for label, index in (("Nerve", 1), ("Site", 1), ("Side", 2), ("Model", 0)):
        choose(test, label, index)
    before = chosen(test)
    assert len({str(value) for value in before}) == 4
    test.switch_page("pages/models.py").run()
    test.switch_page("pages/analyse.py").run()
    assert chosen(test) == before
    test.button(key="analyse").click().run()
    finish(test)
    test.switch_page("pages/models.py").run()
    test.switch_page("pages/analyse.py").run()
    assert chosen(test) == before
    view = desk(test).shown.view
    assert [view.nerve, view.site, view.side] == before[:3]
    assert "of another choice" not in texts(test)
    choose(test, "Side", 1)
    assert "of another choice" in texts(test)
    assert "side right" in texts(test)
    test.button(key="another-clip").click().run()
    test.file_uploader[0].upload("clip.mp4", DEMO_CLIP.read_bytes(), "video/mp4")
    test.run()
    assert chosen(test)[2] is Side.UNKNOWN  # nothing is filled in from another clip


def test_the_demo_starts_by_itself_can_be_stopped_and_tried_again() -> None:
    test = app("pages/analyse.py")
    next(button for button in test.button if "demo" in button.label).click().run()
    run = desk(test).run
    assert run is not None
    run.cancel()
    run.join(30)
    time.sleep(0.1)
    test.run()
    assert "stopped" in texts(test)
    test.button(key="analyse").click().run()
    finish(test)
    assert desk(test).outcome is not None
    test.button(key="another-clip").click().run()
    assert desk(test).loaded is None


def test_the_models_page_shows_scores_with_their_split_and_counts() -> None:
    test = app("pages/models.py")
    for name, licence in (("median-wrist", "GPL-3.0"), ("peripheral-nerve", "CC-BY-4.0")):
        test.selectbox(key="model-shown").set_value(name).run()
        card = model_store().card(name)
        assert f"licence {licence}" in texts(test)
        assert all(sha256 in texts(test) for sha256 in (card.sha256, *(one.sha256 for one in card.networks)))
        metrics = test.table[0].value.set_index("")
        assert metrics.loc["images"].astype(int).min() > 0
        words = ("never trained on", "not shown in training", "out of fold")
        assert all(any(one in str(split) for one in words) for split in metrics.loc["split"])


def test_correcting_waits_for_an_analysis_and_opens_on_its_frame() -> None:
    test = app("pages/correct.py")
    next(button for button in test.button if "demo" in button.label).click().run()
    assert not test.exception
    finish(test)
    assert not test.exception
    rater = next(field for field in test.text_input if field.label == "Rater")
    assert rater.value == "", "nobody corrects in another's name"
    assert "type your rater code" in texts(test)
    rater.set_value("R1").run()
    assert "Whose clip is this?" in texts(test), "nothing is saved of nobody unasked"
    next(box for box in test.checkbox if box.label == "No patient code").check().run()
    figures = {metric.label: metric.value for metric in test.metric}
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
    test.switch_page("pages/analyse.py").run()
    assert not test.exception
    assert any("corrected outline" in toggle.label for toggle in test.toggle), "one clip has one answer"


def test_beside_a_public_still_stands_which_models_have_seen_its_person(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetched(still: PublicStill, folder: Path) -> Path:
        cv2.imwrite(str(folder / still.file), np.full((120, 160), 90, np.uint8))
        return folder / still.file

    monkeypatch.setattr("nerveapp.ui.clip_source.fetch", fetched)
    test = app("pages/analyse.py")
    assert "not trained on" not in texts(test)
    test.button(key="still-0045.png").click().run()
    assert not test.exception
    assert "The model peripheral-nerve has seen this person in training." in texts(test)
    assert "The model median-wrist has not seen this person in training." in texts(test)


def test_flagged_frames_are_counted_once_for_all_pages(tmp_path: Path) -> None:
    path = tmp_path / "blank.mp4"
    with writing_video(path, width=320, height=240, frame_rate=25) as film:
        for number in range(14):
            film.add(np.full((240, 320), 10 + number, np.uint8), number / 25)
    test = app("pages/analyse.py")
    test.file_uploader[0].upload("blank.mp4", path.read_bytes(), "video/mp4")
    test.run()
    test.button(key="analyse").click().run()
    finish(test)
    outcome = desk(test).outcome
    assert outcome is not None
    flagged = outcome.analysis.summary.flagged
    assert flagged == 14
    assert {metric.label: metric.value for metric in test.metric}["To look at"] == "14"
    button = test.button(key="correct-doubtful")
    assert button.label == "Look at 14 doubtful frames"
    assert "Start with 3:" in texts(test)
    test.switch_page("pages/correct.py").run()
    test.text_input(key="rater").set_value("R1").run()
    next(box for box in test.checkbox if box.label == "No patient code").check().run()
    assert not test.exception
    assert "14 of 14 left in the queue" in texts(test)


def test_a_name_for_a_rater_is_refused_in_words() -> None:
    test = app("pages/analyse.py")
    next(button for button in test.button if "demo" in button.label).click().run()
    finish(test)
    test.switch_page("pages/correct.py").run()
    next(field for field in test.text_input if field.label == "Rater").set_value("Jane Doe").run()
    assert not test.exception
    assert "not a rater code" in " ".join(error.value for error in test.error)


def test_two_readers_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("NERVEAPP_DATABASE", url)
    store = SqlAnnotationStore(open_database(url))
    store.register(CLIP)
    for frame in range(5):
        store.save(annotation(frame, rater="R1", seed=frame), IMAGE)
        store.save(annotation(frame, rater="R2", seed=2 * frame), IMAGE)
    test = app("pages/compare.py")
    assert not test.exception
    assert "starts from the model" in texts(test)
    next(box for box in test.selectbox if box.label == "First reader").select_index(1).run()
    assert not test.exception
    assert "5 frames of 1 clip, 1 person" in texts(test)
    figures = {metric.label: metric.value for metric in test.metric}
    assert 0 < float(figures["Dice"].split(" ± ")[0]) < 1
    assert "ICC(2,1) of area" in figures


def test_stored_outlines_are_listed_exported_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("NERVEAPP_DATABASE", url)
    store = SqlAnnotationStore(open_database(url))
    test = app("pages/annotations.py")
    assert "No outlines are stored yet" in texts(test)
    store.register(CLIP)
    for frame in range(3):
        store.save(annotation(frame, seed=frame), IMAGE)
    test = app("pages/annotations.py")
    assert not test.exception
    overview = test.dataframe[0].value
    assert overview["final"].tolist() == [3]
    assert overview["subject"].tolist() == ["S01"]
    assert "at least five" in texts(test)
    next(button for button in test.button if button.label == "Prepare the file").click().run()
    assert not test.exception
    assert not test.error


def test_a_dicom_segmentation_says_that_it_tells_who_the_patient_is_and_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path / 'store.db'}")
    store = SqlAnnotationStore(open_database(f"sqlite:///{tmp_path / 'store.db'}"))
    store.register(replace(CLIP, sha256=FakeClip(1).info.sha256))
    store.save(annotation(0, seed=0, clip_sha256=FakeClip(1).info.sha256), IMAGE)
    named = pydicom.dcmread(str(get_testdata_file("examples_ybr_color.dcm")))
    named.PatientName = "Doe^[Jane](http://h)"
    named.save_as(tmp_path / "clip.dcm")
    test = app("pages/annotations.py")
    desk(test).loaded = LoadedClip(FakeClip(1), tmp_path, IMAGE, None, paths=(tmp_path / "clip.dcm",))
    next(box for box in test.selectbox if box.label == "Kind of file").set_value(Format.DICOM_SEG).run()
    prepare = next(button for button in test.button if button.label == "Prepare the file")
    assert "who the patient is" in texts(test)
    assert "Patient's Name" in texts(test)
    assert prepare.disabled
    test.checkbox(key="identity-agreed").check().run()
    assert not next(button for button in test.button if button.label == "Prepare the file").disabled


def test_outlines_of_another_tool_are_previewed_and_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path / 'store.db'}")
    test = app("pages/analyse.py")
    next(button for button in test.button if "demo" in button.label).click().run()
    finish(test)
    test.switch_page("pages/annotations.py").run()
    test.text_input(key="import-rater").set_value("R7").run()
    next(field for field in test.text_input if field.label == "Patient code").set_value("S012").run()
    mask = np.zeros((480, 640), np.uint8)
    mask[100:200, 100:300] = 255
    for name, shown in (("frame_7.png", mask), ("frame_700.png", mask), ("frame_7.png", mask[:100])):
        test.file_uploader[0].upload(name, cv2.imencode(".png", shown)[1].tobytes(), "image/png")
        test.run()
        assert not test.exception
        wrong = name == "frame_700.png" or len(shown) < 480
        assert test.button(key="import-now").disabled == wrong
        if not wrong:
            test.button(key="import-now").click().run()
            assert "1 outline imported" in " ".join(one.value for one in test.success)
            assert test.dataframe[0].value["final"].tolist() == [1], "the table above tells of it"
            assert "import-now" not in [button.key for button in test.button], "nothing is imported twice"


def test_a_study_is_made_and_traced_from_an_empty_outline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("NERVEAPP_DATABASE", url)
    store = SqlAnnotationStore(open_database(url))
    store.register(CLIP)
    for frame in range(3):
        store.save(annotation(frame, seed=frame), IMAGE)
    test = app("pages/study.py")
    test.text_input(key="study-name").set_value("wrist").run()
    test.text_input(key="study-maker").set_value("R1").run()
    next(button for button in test.button if button.label == "Make the study").click().run()
    assert len(store.studies()[0].frames) == 3
    test.run()
    test.text_input(key="study-rater").set_value("R2").run()
    assert not test.exception
    next(button for button in test.button if button.label == "Save, next").click().run()
    assert not test.exception
    assert "Trace the nerve first" in texts(test)
    assert store.latest(studies=True) == (), "a frame is not called empty by accident"


def test_training_asks_for_enough_frames_and_starts_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("NERVEAPP_DATABASE", url)
    monkeypatch.setenv("NERVEAPP_JOBS", str(tmp_path / "jobs"))
    monkeypatch.setattr("nerveapp.io.jobs.LocalJobRunner._spawn", lambda *given: None)
    store = SqlAnnotationStore(open_database(url))
    store.register(CLIP)
    store.save(annotation(0), IMAGE)
    test = app("pages/train.py")
    assert "1 frame of 1 person" in texts(test)
    assert "Annotate more frames." in texts(test)
    other = replace(CLIP, sha256="d" * 64, subject="S02")
    store.register(other)
    store.save(annotation(1, clip_sha256=other.sha256), IMAGE)
    test = app("pages/train.py")
    assert "2 frames of 2 people" in texts(test)
    test.text_input(key="train-name").set_value("mine").run()
    next(button for button in test.button if button.label == "Train").click().run()
    assert not test.exception
    (folder,) = (tmp_path / "jobs").iterdir()
    assert ",S01," in (folder / "set" / "groups.csv").read_text().splitlines()[1]
    assert "**mine** · waiting · 2 frames of 2 people" in texts(test)


def test_a_file_that_is_refused_is_told_and_does_not_stay() -> None:
    test = app("pages/analyse.py")
    kept = server_folder().path
    before = set(kept.iterdir())
    test.file_uploader[0].upload("clip.mp4", b"no clip", "video/mp4")
    test.run()
    assert "not a clip" in texts(test)
    assert desk(test).loaded is None
    assert set(kept.iterdir()) == before


def test_what_was_read_is_shown_and_each_region_has_its_own_calibration(tmp_path: Path) -> None:
    left = {"RegionLocationMinX0": 0, "RegionLocationMaxX1": 21, "RegionLocationMinY0": 0, "RegionLocationMaxY1": 30}
    right = left | {"RegionLocationMinX0": 22, "RegionLocationMaxX1": 44}
    regions = [region(**left), region(**right, PhysicalDeltaX=0.02)]
    path = save(tmp_path / "a.dcm", dataset(GREY, SequenceOfUltrasoundRegions=regions, Manufacturer="ACME"))
    test = app("pages/analyse.py")
    test.file_uploader[0].upload("clip.dcm", path.read_bytes(), "application/dicom")
    test.run()
    assert not test.exception
    assert len(test.get("popover")) == 1
    (read,) = [table.value for table in test.table]
    told = dict(zip(read.iloc[:, 0], read.iloc[:, 1], strict=True))
    assert told["machine"] == "ACME"
    assert "none" in told["calibration"]
    assert "0.2 x 0.2 mm" in told["region 1"].replace("\\", "")
    way = next(radio for radio in test.radio if "Calibration" in radio.label)
    assert way.value == "None: areas in px²"
    way.set_value("Region 2 of the file").run()
    assert "0.2000 × 0.1000 mm per pixel" in texts(test)
    assert "no mm² outside" in texts(test)


def test_a_default_of_the_file_is_used_only_once_it_is_chosen(tmp_path: Path) -> None:
    path = save(tmp_path / "a.dcm", dataset(GREY, PixelSpacing=["1", "1"]))
    test = app("pages/analyse.py")
    test.file_uploader[0].upload("clip.dcm", path.read_bytes(), "application/dicom")
    test.run()
    way = next(radio for radio in test.radio if "Calibration" in radio.label)
    assert way.value == "None: areas in px²"
    way.set_value("What the file suggests").run()
    assert "1.0000 mm per pixel" in texts(test)
