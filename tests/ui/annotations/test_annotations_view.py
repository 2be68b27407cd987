"""What an imported file leaves open is asked on the page."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import streamlit as st
from pydicom.data import get_testdata_file
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap.application import Application
from nerveapp.bootstrap.settings import Settings
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Format, Known
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.io.annotation_files.adapter import VersionedAnnotationFiles
from nerveapp.io.annotation_files.zip_files import pack
from nerveapp.io.frame_cache import FrameCache
from nerveapp.io.readers.open_clip import open_clip
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.ui.annotations.import_view import OpenClip, answered, show_preview
from tests.fakes import FakeClip, FakeFrameSource
from tests.io.annotation_files.samples import CLIP, FRAMES, blob, exported
from tests.stores import empty_store


def png(mask: Mask) -> bytes:
    return cv2.imencode(".png", mask.astype(np.uint8) * np.uint8(255))[1].tobytes()


def show(data: bytes, name: str) -> None:
    found = answered(VersionedAnnotationFiles(()), [(name, data)], CLIP, Known())
    show_preview(found, None, CLIP)
    st.text(f"{len(found.problems)} problems, frames {[one.frame for one in found.outlines]}")


def draw() -> None:
    """Ask about a ZIP of masks of all frames, numbered from 1, the last of them large."""
    masks = [blob(number) for number in range(1, FRAMES)] + [~blob(FRAMES)]
    show(pack((f"wrist_{number}.png", png(mask)) for number, mask in enumerate(masks, 1)), "masks.zip")


def draw_one() -> None:
    """Ask about the mask that is chosen, which bears a number and no name."""
    number = st.number_input("Number", 1, 9, 3)
    show(png(blob(int(number))), f"wrist_{number}.png")


def drawn(function: str) -> AppTest:
    test = AppTest.from_string(
        f"from tests.ui.annotations.test_annotations_view import {function}; {function}()", default_timeout=30
    ).run()
    assert not test.exception
    return test


def _page() -> None:
    import streamlit as st  # noqa: PLC0415 - it runs as a script of its own

    from nerveapp.ui.annotations.annotations_view import show_annotations  # noqa: PLC0415

    show_annotations(st.session_state["app"], st.session_state["opened"])


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqlAnnotationStore:
    url = empty_store(tmp_path / "store.db")
    monkeypatch.setenv("NERVEAPP_DATABASE", url)
    return SqlAnnotationStore(open_database(url))


def page(opened: OpenClip | None) -> AppTest:
    test = AppTest.from_function(_page, default_timeout=30)
    test.session_state["app"] = Application(Settings.from_environment())
    test.session_state["opened"] = opened
    test.run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    return " ".join(str(one.value) for one in (*test.text, *test.caption, *test.markdown, *test.info, *test.error))


def test_what_the_first_frame_is_called_and_whether_large_masks_are_meant_is_asked() -> None:
    test = drawn("draw")
    assert test.text[-1].value == "1 problems, frames []"
    assert "the number of the file's first frame" in words(test)
    assert "--" not in words(test), "a page has no options"
    assert not test.error, "a question is nothing to mend"
    assert not test.checkbox
    test.radio[0].set_value(1).run()
    assert test.text[-1].value == "1 problems, frames [0, 1, 2, 3, 4]"
    assert "Is the background marked?" in words(test)
    assert not test.error
    assert "--" not in words(test)
    test.checkbox[0].check().run()
    assert test.text[-1].value == "0 problems, frames [0, 1, 2, 3, 4, 5]"


def test_what_numbers_are_taken_to_count_from_can_be_put_right_for_each_file_anew() -> None:
    test = drawn("draw_one")
    assert [one.value for one in test.text] == [
        "The numbers of frames are taken to count from 0.",
        "0 problems, frames [3]",
    ]
    assert test.radio[0].value == 0
    test.radio[0].set_value(1).run()
    assert [one.value for one in test.text] == ["0 problems, frames [2]"]
    test.number_input[0].set_value(4).run()
    assert test.text[-1].value == "0 problems, frames [4]"


def test_a_dicom_segmentation_is_of_the_open_clip_whatever_else_is_stored(
    store: SqlAnnotationStore, tmp_path: Path
) -> None:
    path = Path(str(get_testdata_file("examples_ybr_color.dcm")))
    clip = open_clip(path)
    info = clip.info
    outline = np.zeros((info.height, info.width), np.bool_)
    outline[50:90, 60:120] = True
    for one in (exported(blob(1), 0), exported(outline, 3, ClipRecord(info.sha256, info.width, info.height, 30))):
        store.register(one.clip)
        store.save(one.annotation, one.image())
    test = page(OpenClip(clip, FrameCache(clip, tmp_path), lambda: (path,)))
    next(box for box in test.selectbox if box.label == "Kind of file").set_value(Format.DICOM_SEG).run()
    chosen = test.selectbox(key="export-open-clip")
    assert (chosen.value, chosen.disabled) == (info.sha256, True)
    for box in test.checkbox:
        box.check().run()
    next(button for button in test.button if button.label == "Prepare the file").click().run()
    assert not test.exception
    assert not test.error
    assert [one.proto.label for one in test.get("download_button")] == ["Download 1 outline"]


@pytest.mark.parametrize("name", [None, "clip.dcm", "clip.avi"])
def test_without_an_open_dicom_clip_that_has_outlines_a_segmentation_asks_for_one(
    store: SqlAnnotationStore, tmp_path: Path, name: str | None
) -> None:
    opened = None
    sample = Path(str(get_testdata_file("examples_ybr_color.dcm")))
    known = CLIP
    if name is not None:
        (tmp_path / name).write_bytes(sample.read_bytes() if name == "clip.dcm" else b"RIFF")
        opened = OpenClip(FakeClip(1), FakeFrameSource(FakeClip(1)), lambda: (tmp_path / name,))
        known = CLIP if name == "clip.dcm" else replace(CLIP, sha256=FakeClip(1).info.sha256)
    one = exported(blob(1), 0, known)
    store.register(known)
    store.save(one.annotation, one.image())
    test = page(opened)
    next(box for box in test.selectbox if box.label == "Kind of file").set_value(Format.DICOM_SEG).run()
    assert not test.exception
    assert "Open the DICOM clip" in words(test)
    assert "Prepare the file" not in [button.label for button in test.button]


def test_masks_are_imported_into_a_clip_that_is_not_analysed_several_files_at_once(store: SqlAnnotationStore) -> None:
    clip = FakeClip(6)
    mask = np.zeros((40, 60), np.bool_)
    mask[10:20, 10:30] = True
    test = page(OpenClip(clip, FakeFrameSource(clip), view=View(Nerve.ULNAR, Site.ELBOW)))
    for number in (0, 2, 5):
        test.file_uploader[0].upload(f"m_{number}.png", png(mask), "image/png")
    test.run()
    assert not test.exception
    button = test.button(key="import-now")
    assert (button.label, button.disabled) == ("Import 3 outlines", True)
    test.text_input(key="import-rater").set_value("R7").run()
    assert test.button(key="import-now").disabled, "whose clip it is, is asked"
    next(one for one in test.checkbox if one.label == "No patient code").check().run()
    test.button(key="import-now").click().run()
    assert not test.exception
    assert [(one.frame, one.rater) for one in store.latest()] == [(0, "R7"), (2, "R7"), (5, "R7")]
    assert store.clips()[0].view == View(Nerve.ULNAR, Site.ELBOW)
