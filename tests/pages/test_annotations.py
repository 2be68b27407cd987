"""The Annotations page: what is stored, out to files, in from files."""

from pathlib import Path

import cv2
import numpy as np
import pydicom
from pydicom.data import get_testdata_file

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.actor import Actor
from nerveapp.domain.annotation import State
from nerveapp.domain.outline_files import Format
from nerveapp.workflows.library.filing import move_clip
from nerveapp.workflows.library.patients import new_exam
from tests.io.annotation_files.samples import exported
from tests.io.store.records import CLIP, IMAGE, annotation
from tests.pages.driving import ANALYSE, go, here, opened, record, texts, upload, video


def test_stored_outlines_are_listed_exported_and_read_back() -> None:
    store = application().annotations
    test = opened("pages/annotations.py")
    assert "No outlines are stored yet" in texts(test)
    store.register(CLIP)
    for frame in range(3):
        store.save(annotation(frame, seed=frame), IMAGE)
    test = opened("pages/annotations.py")
    assert not test.exception
    overview = test.dataframe[0].value
    assert overview["final"].tolist() == [3]
    assert overview["subject"].tolist() == ["S01"]
    assert overview["frames that count"].tolist() == [3]
    assert "at least five" in texts(test)
    next(button for button in test.button if button.label == "Prepare the file").click().run()
    assert not test.exception
    assert not test.error


def test_which_outline_of_a_frame_counts_is_listed() -> None:
    store = application().annotations
    store.register(CLIP)
    for frame, rater, state in (
        (0, "R1", State.FINAL),
        (1, "R1", State.FINAL),
        (1, "R1", State.DRAFT),
        (2, "R1", State.FINAL),
        (2, "R2", State.FINAL),
        (3, "R2", State.FINAL),
        (3, "R1", State.ADJUDICATED),
        (4, "R2", State.DRAFT),
    ):
        store.save(annotation(frame, rater=rater, state=state), IMAGE)
    frames = next(table.value for table in opened("pages/annotations.py").dataframe if "which counts" in table.value)
    listed = sorted(zip(frames["frame"], frames["rater"], frames["state"], frames["which counts"], strict=True))
    assert listed == [
        (0, "R1", "final", "this one"),
        (1, "R1", "draft", "the one saved before"),
        (2, "R1", "final", "R2's"),
        (2, "R2", "final", "this one"),
        (3, "R1", "adjudicated", "this one"),
        (3, "R2", "final", "adjudicated by R1"),
        (4, "R2", "draft", "none"),
    ]


def test_a_dicom_segmentation_says_that_it_tells_who_the_patient_is_and_asks(tmp_path: Path) -> None:
    named = pydicom.dcmread(str(get_testdata_file("examples_ybr_color.dcm")))
    named.PatientName = "Doe^[Jane](http://h)"
    named.save_as(tmp_path / "clip.dcm")
    test = upload(opened(ANALYSE), ("clip.dcm", (tmp_path / "clip.dcm").read_bytes()))
    clip, store = record(test), application().annotations
    outline = exported(np.ones((clip.height, clip.width), np.bool_), 0, clip)
    store.save(outline.annotation, outline.image())
    go(test, "pages/annotations.py")
    next(box for box in test.selectbox if box.label == "Kind of file").set_value(Format.DICOM_SEG).run()
    prepare = next(button for button in test.button if button.label == "Prepare the file")
    assert "The file will identify the patient" in texts(test)
    assert "Patient's Name" in texts(test)
    assert prepare.disabled
    test.checkbox(key="identity-agreed").check().run()
    assert not next(button for button in test.button if button.label == "Prepare the file").disabled


def test_outlines_of_another_tool_are_previewed_and_imported(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path, frames=9)))
    go(test, "pages/annotations.py")
    test.text_input(key="import-rater").set_value("R7").run()
    next(field for field in test.text_input if field.label == "Patient code").set_value("S012").run()
    mask = np.zeros((240, 320), np.uint8)
    mask[50:100, 50:150] = 255
    for name, shown in (("frame_7.png", mask), ("frame_700.png", mask), ("frame_7.png", mask[:100])):
        test.file_uploader[0].upload(name, cv2.imencode(".png", shown)[1].tobytes(), "image/png")
        test.run()
        assert not test.exception
        wrong = name == "frame_700.png" or len(shown) < 240
        assert test.button(key="import-now").disabled == wrong
        if not wrong:
            test.button(key="import-now").click().run()
            assert "1 outline imported" in " ".join(one.value for one in test.success)
            assert test.dataframe[0].value["final"].tolist() == [1], "the table above tells of it"
            assert "import-now" not in [button.key for button in test.button], "nothing is imported twice"


def test_a_clip_leaves_its_patients_visit_once_somebody_agrees(tmp_path: Path) -> None:
    app = application()
    exam = new_exam("S01", app.library, date=now().date(), actor=Actor("R1"), now=now())
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))
    move_clip(here(test).clip, exam.id, app.library, actor=Actor("R1"), now=now())
    outline = exported(np.ones((record(test).height, record(test).width), np.bool_), 0, record(test))
    app.annotations.save(outline.annotation, outline.image())
    go(test, "pages/annotations.py")
    field = {one.label: one for one in test.text_input if str(one.key).startswith("describe-")}
    field["Described by (code)"].set_value("R1").run()
    assert not test.button(key="describe-now").disabled
    next(one for one in test.text_input if str(one.key).endswith("-subject") and "describe-" in str(one.key)).set_value(
        "S02"
    ).run()
    assert any(f"leaves the visit of S01, {exam.when}" in one.value for one in test.warning)
    assert test.button(key="describe-now").disabled
    next(one for one in test.checkbox if str(one.key).endswith("-leave")).check().run()
    test.button(key="describe-now").click().run()
    assert (record(test).subject, record(test).exam) == ("S02", "")
