from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.domain.analysis import Analysis, NerveSeries
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import View
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.recalibrate import recalibrate
from tests.fakes import FakeClip, FakeSegmenter

SPACINGS = st.none() | st.builds(
    Calibration, st.floats(0.01, 1), st.floats(0.01, 1), st.just(CalibrationOrigin.TYPED), st.text(max_size=3)
)
RESULT = analyse(FakeClip(8), FakeSegmenter(), view=View(), calibration=None)
"""Areas of 0 to 140 px on a grid of 60 x 40."""

BESIDE = NerveSeries(1, RESULT.frames, RESULT.masks)
IN_MM = recalibrate(RESULT, Calibration(0.1, 0.1, CalibrationOrigin.TYPED)).frames
ELSEWHERE = PackedMask.pack(np.zeros((4, 6), bool))


@given(SPACINGS, SPACINGS)
def test_every_part_of_an_analysis_is_in_one_calibration(first: Calibration | None, second: Calibration | None) -> None:
    one, other = recalibrate(RESULT, first), recalibrate(RESULT, second)
    assert replace(one, seconds=1.0).summary.calibration == first
    if first != second:
        with pytest.raises(ValueError, match="summary"):
            replace(one, summary=other.summary)
        with pytest.raises(ValueError, match="calibration"):
            replace(one, calibration=second)
    if first is None and second is not None:
        with pytest.raises(ValueError, match="millimetres only with a calibration"):
            replace(one, frames=other.frames)


@given(st.integers(1, 80), st.integers(1, 80))
def test_masks_are_on_the_clips_own_grid(height: int, width: int) -> None:
    masks = (*RESULT.masks[:-1], PackedMask.pack(np.zeros((height, width), bool)))
    if (height, width) == (40, 60):
        assert replace(RESULT, masks=masks).masks == masks
    else:
        with pytest.raises(ValueError, match="60 x 40"):
            replace(RESULT, masks=masks)


@given(st.permutations(range(8)))
def test_frame_k_is_in_place_k(order: list[int]) -> None:
    frames = tuple(RESULT.frames[place] for place in order)
    if order == sorted(order):
        assert replace(RESULT, frames=frames) == RESULT
    else:
        with pytest.raises(ValueError, match="at this position"):
            replace(RESULT, frames=frames)


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (lambda one: replace(one, frames=one.frames[1:]), "got 7 with 8 masks"),
        (lambda one: replace(one, masks=one.masks[1:]), "got 8 with 7 masks"),
        (lambda one: replace(one, others=(replace(BESIDE, masks=one.masks[1:]),)), "got 8 with 7 masks"),
        (lambda one: replace(one, others=(replace(BESIDE, frames=one.frames[::-1]),)), "at this position"),
        (lambda one: replace(one, others=(replace(BESIDE, masks=(ELSEWHERE,) * 8),)), "on the clip's grid"),
        (lambda one: replace(one, others=(BESIDE, BESIDE)), "number of its own"),
        (lambda one: replace(one, others=(replace(BESIDE, nerve=one.nerve),)), "number of its own"),
        (lambda one: replace(one, others=(replace(BESIDE, frames=IN_MM),)), "millimetres only with a calibration"),
        (lambda one: replace(one, frames=one.frames[:-1], masks=one.masks[:-1]), "a summary of 7 frames"),
    ],
)
def test_all_nerves_and_the_summary_are_of_the_frames_of_the_clip(
    cut: Callable[[Analysis], Analysis], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        cut(RESULT)
