from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from nerveapp.analysis.table import COLUMNS, rows
from nerveapp.domain.annotation import Source, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.segmentation import Flag
from nerveapp.domain.tracking import How
from nerveapp.domain.view import View
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.correct import with_corrections
from nerveapp.workflows.analysing.recalibrate import recalibrate
from nerveapp.workflows.annotating.annotate import new_annotation
from tests.fakes import FakeClip, FakeSegmenter

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_corrected_outlines_take_the_place_of_the_models_in_all_figures() -> None:
    clip = FakeClip(20)
    analysis = analyse(clip, FakeSegmenter(), view=View(), calibration=Calibration(0.1, 0.2, CalibrationOrigin.TYPED))
    mask = np.zeros((40, 60), bool)
    mask[5:39, 10:60] = True
    images = {frame.index: frame.image for frame in clip.frames()}
    correction = new_annotation(analysis, 4, mask, rater="R1", state=State.FINAL, now=NOW, seconds=3, supersedes=None)
    assert correction.prediction is not None
    found = with_corrections(analysis, [correction], images.__getitem__)
    assert found.frames[4].corrected
    assert found.frames[4].px is not None
    assert found.frames[4].px.area == 1700
    assert found.frames[4].mm is not None
    assert found.frames[4].mm.area == pytest.approx(34)
    assert found.frames[4].echo_intensity == 4
    assert found.frames[4].flags == ()
    assert np.array_equal(found.masks[4].unpack(), mask)
    assert found.summary.area_max == pytest.approx(34)
    assert found.summary.area_max_frame == 4
    assert found.corrections == (correction,)
    assert (found.frames[7].px, found.masks[7]) == (analysis.frames[7].px, analysis.masks[7])
    assert analysis.frames[4].corrected is False, "the model's own analysis stays as it was"
    again = recalibrate(found, None)
    assert again.frames[4].px == found.frames[4].px
    assert again.summary.unit == "px²"


def test_a_mended_jump_is_no_longer_flagged_and_no_nerve_is_a_gap() -> None:
    clip = FakeClip(12)
    analysis = analyse(clip, FakeSegmenter(), view=View(), calibration=None)
    frames = list(analysis.frames)
    frames[6] = replace(frames[6], flags=(Flag.AREA_JUMP, Flag.LOW_CONFIDENCE))
    doubtful = replace(analysis, frames=tuple(frames))
    nothing = np.zeros((40, 60), bool)
    correction = new_annotation(
        doubtful, 6, nothing, rater="R1", state=State.FINAL, now=NOW, seconds=3, supersedes=None
    )
    found = with_corrections(doubtful, [correction], lambda _: np.zeros((40, 60), np.uint8))
    assert found.frames[6].px is None
    assert found.frames[6].flags == ()


def test_a_correction_that_leaves_the_calibrated_region_has_no_millimetres() -> None:
    region = Calibration(0.1, 0.2, CalibrationOrigin.DICOM_REGION, box=Region(0, 0, 59, 34))
    analysis = analyse(FakeClip(12), FakeSegmenter(), view=View(), calibration=region)
    mask = np.zeros((40, 60), bool)
    mask[5:39, 10:60] = True
    correction = new_annotation(analysis, 4, mask, rater="R1", state=State.FINAL, now=NOW, seconds=3, supersedes=None)
    found = with_corrections(analysis, [correction], lambda _: np.zeros((40, 60), np.uint8))
    assert found.frames[4].px is not None
    assert found.frames[4].mm is None
    assert found.summary.uncalibrated == analysis.summary.uncalibrated + 1 == 1
    assert found.summary.area_max_frame != 4, "the largest by far, in pixels"


def test_correcting_one_still_makes_no_other_a_jump() -> None:
    whole = analyse(FakeClip(8), FakeSegmenter(), view=View(), calibration=None)
    stills = replace(whole, clip=replace(whole.clip, timed=False))
    mask = np.zeros((40, 60), bool)
    mask[5:39, 10:60] = True
    correction = new_annotation(stills, 4, mask, rater="R1", state=State.FINAL, now=NOW, seconds=3, supersedes=None)
    found = with_corrections(stills, [correction], lambda _: np.zeros((40, 60), np.uint8))
    assert not any(Flag.AREA_JUMP in frame.flags for frame in found.frames)


def test_a_still_corrected_to_no_nerve_has_no_displacement() -> None:
    clip = FakeClip(2)
    spacing = Calibration(0.1, 0.2, CalibrationOrigin.TYPED)
    analysis = analyse(clip, FakeSegmenter(), view=View(), calibration=spacing)
    assert (analysis.frames[1].displacement_px, analysis.frames[1].displacement_mm) == (0, 0)
    nothing = np.zeros((40, 60), bool)
    correction = new_annotation(
        analysis, 1, nothing, rater="R1", state=State.FINAL, now=NOW, seconds=3, supersedes=None
    )
    empty = with_corrections(analysis, [correction], lambda _: np.zeros((40, 60), np.uint8)).frames[1]
    assert (empty.px, empty.mm, empty.displacement_px, empty.displacement_mm) == (None, None, None, None)


def test_an_outline_that_a_person_left_as_it_was_is_confirmed_and_stays_the_models() -> None:
    analysis = analyse(FakeClip(12), FakeSegmenter(), view=View(), calibration=None)
    frames = list(analysis.frames)
    frames[6] = replace(frames[6], flags=(Flag.LOW_CONFIDENCE,))
    flagged = replace(analysis, frames=tuple(frames))
    as_it_was = flagged.masks[6].unpack()
    draft, final = (
        new_annotation(flagged, 6, as_it_was, rater="R1", state=state, now=NOW, seconds=3, supersedes=None)
        for state in (State.DRAFT, State.FINAL)
    )
    assert (draft.source, final.source) == (Source.CORRECTED, Source.CONFIRMED)
    found = with_corrections(flagged, [final], lambda _: np.zeros((40, 60), np.uint8)).frames[6]
    assert (found.how, found.corrected, found.reviewed, found.flags) == (How.CONFIRMED, False, True, ())
    row = dict(zip((column.name for column in COLUMNS), rows([found])[0], strict=True))
    assert (row["how"], row["outlined_by"]) == ("confirmed", "model")
    assert row["confidence"] is not None


def test_what_the_network_expects_of_its_own_outline_is_not_told_of_a_persons() -> None:
    analysis = analyse(FakeClip(12), FakeSegmenter(), view=View(), calibration=None)
    nothing = np.zeros((40, 60), bool)
    made = new_annotation(analysis, 6, nothing, rater="R1", state=State.FINAL, now=NOW, seconds=3, supersedes=None)
    found = with_corrections(analysis, [made], lambda _: np.zeros((40, 60), np.uint8)).frames[6]
    row = dict(zip((column.name for column in COLUMNS), rows([found])[0], strict=True))
    assert (row["outlined_by"], row["confidence"]) == ("person", None)


def test_displacement_begins_at_a_corrected_frame_in_whatever_order_the_clip_was_calibrated() -> None:
    analysis = analyse(FakeClip(20), FakeSegmenter(), view=View(), calibration=None)
    large = np.zeros((40, 60), bool)
    large[5:39, 10:60] = True  # beside its neighbours it jumps
    drawn = new_annotation(analysis, 1, large, rater="R1", state=State.FINAL, now=NOW, seconds=3, supersedes=None)
    images = {frame.index: frame.image for frame in FakeClip(20).frames()}
    calibration = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)
    corrected_first = recalibrate(with_corrections(analysis, [drawn], images.__getitem__), calibration)
    calibrated_first = with_corrections(recalibrate(analysis, calibration), [drawn], images.__getitem__)
    assert calibrated_first.frames[1].displacement_mm == 0
    moved = [[frame.displacement_mm for frame in one.frames] for one in (corrected_first, calibrated_first)]
    assert moved[0] == moved[1]
