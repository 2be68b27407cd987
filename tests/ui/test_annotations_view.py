"""What an imported file leaves open is asked on the page."""

import cv2
import numpy as np
import streamlit as st
from streamlit.testing.v1 import AppTest

from nerveapp.io.annotation_files import Known
from nerveapp.io.annotation_files.zip_files import pack
from nerveapp.ui.annotations_view import answered
from tests.io.annotation_files.samples import CLIP, FRAMES, blob


def draw() -> None:
    """Ask about a ZIP of masks of all frames, numbered from 1, the last of them large."""
    masks = [blob(number) for number in range(1, FRAMES)] + [~blob(FRAMES)]
    pictures = [cv2.imencode(".png", mask.astype(np.uint8) * np.uint8(255))[1].tobytes() for mask in masks]
    data = pack((f"wrist_{number}.png", picture) for number, picture in enumerate(pictures, 1))
    found = answered(data, "masks.zip", CLIP, Known())
    st.text(f"{len(found.outlines)} outlines, {len(found.problems)} problems")


def test_what_the_first_frame_is_called_and_whether_large_masks_are_meant_is_asked() -> None:
    test = AppTest.from_string("from tests.ui.test_annotations_view import draw; draw()", default_timeout=30).run()
    assert not test.exception
    assert test.text[0].value == "0 outlines, 1 problems"
    assert not test.checkbox
    test.radio(key="import-first-frame").set_value(1).run()
    assert test.text[0].value == "5 outlines, 1 problems"
    test.checkbox(key="import-large").check().run()
    assert test.text[0].value == "6 outlines, 0 problems"
