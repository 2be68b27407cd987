"""What an imported file leaves open is asked on the page."""

import cv2
import numpy as np
import streamlit as st
from streamlit.testing.v1 import AppTest

from nerveapp.domain.segmentation import Mask
from nerveapp.io.annotation_files import Known
from nerveapp.io.annotation_files.zip_files import pack
from nerveapp.ui.annotations_view import answered, show_preview
from nerveapp.ui.desk import Desk
from tests.io.annotation_files.samples import CLIP, FRAMES, blob


def png(mask: Mask) -> bytes:
    return cv2.imencode(".png", mask.astype(np.uint8) * np.uint8(255))[1].tobytes()


def show(data: bytes, name: str) -> None:
    found = answered(data, name, CLIP, Known())
    show_preview(found, Desk())
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
        f"from tests.ui.test_annotations_view import {function}; {function}()", default_timeout=30
    ).run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    return " ".join(str(one.value) for one in (*test.text, *test.caption, *test.markdown, *test.error))


def test_what_the_first_frame_is_called_and_whether_large_masks_are_meant_is_asked() -> None:
    test = drawn("draw")
    assert test.text[-1].value == "1 problems, frames []"
    assert "what the file calls the first one" in words(test)
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
