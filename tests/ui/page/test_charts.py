from dataclasses import replace

import pytest

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.tracking import How
from nerveapp.domain.view import View
from nerveapp.ui.page.charts import Curve, curve_figure, curves
from nerveapp.workflows.analysing.analyse import analyse
from tests.fakes import FakeClip, FakeSegmenter

SPACING = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)


@pytest.mark.parametrize("calibration", [None, SPACING])
def test_millimetres_are_on_the_axis_only_when_calibrated(calibration: Calibration | None) -> None:
    found = curves(calibrated=calibration is not None)
    labels = " ".join(curve.label for curve in found.values())
    assert ("mm" in labels) == (calibration is not None)
    assert ("uncalibrated" in labels) == (calibration is None)


def test_the_curve_shows_every_frame_at_its_time_and_marks_flags() -> None:
    analysis = analyse(FakeClip(32), FakeSegmenter(), view=View(), calibration=SPACING)
    figure = curve_figure(analysis, curves(calibrated=True)["Area"])
    line, flagged = figure.data
    assert list(line.x) == [frame.time_s for frame in analysis.frames]
    assert line.y[10] == pytest.approx(2.0)
    assert line.y[0] is None
    assert 0 not in flagged.customdata, "a frame without an outline has no value to mark"
    assert figure.layout.shapes[0].x0 == 0, "it is marked on the axis"
    assert flagged.marker.symbol == "x"  # not by colour alone


def test_a_run_of_frames_without_a_value_is_one_mark() -> None:
    analysis = analyse(FakeClip(40), FakeSegmenter(), view=View(), calibration=SPACING)
    frames = [
        replace(one, px=None, mm=None, displacement_px=None, displacement_mm=None)
        if one.frame not in (12, 13, 15)
        else one
        for one in analysis.frames
    ]
    figure = curve_figure(replace(analysis, frames=tuple(frames)), curves(calibrated=True)["Area"])
    times = [one.time_s for one in frames]
    gaps = [shape for shape in figure.layout.shapes if shape.yref == "y domain"]
    assert [(one.type, one.x0, one.x1) for one in gaps[:3]] == [
        ("rect", times[0], times[11]), ("line", times[14], times[14]), ("rect", times[16], times[39])
    ]  # fmt: skip


def test_frames_that_a_person_reviewed_are_marked() -> None:
    analysis = analyse(FakeClip(32), FakeSegmenter(), view=View(), calibration=SPACING)
    hows = {10: How.CORRECTED, 12: How.CONFIRMED}
    frames = tuple(replace(one, how=hows.get(one.frame, one.how), flags=()) for one in analysis.frames)
    reviewed = curve_figure(replace(analysis, frames=frames), curves(calibrated=True)["Area"]).data[-1]
    assert reviewed.name == "reviewed by a person"
    assert list(reviewed.x) == [analysis.frames[frame].time_s for frame in hows]
    assert list(reviewed.text) == ["corrected", "confirmed"]


def test_a_value_between_frames_without_one_is_seen_by_a_marker() -> None:
    analysis = analyse(FakeClip(5), FakeSegmenter(), view=View(), calibration=SPACING)
    values = [None, 3.0, None, 4.0, 5.0]
    curve = Curve("", lambda frame: values[frame.frame], 1)
    line = curve_figure(analysis, curve).data[0]
    assert line.mode == "lines+markers"
    assert [size > 0 for size in line.marker.size] == [False, True, False, False, False]


@pytest.mark.parametrize("name", ["Area", "Displacement", "Flattening", "Circularity", "Echo intensity", "Confidence"])
def test_every_curve_can_be_drawn_even_of_one_frame(name: str) -> None:
    analysis = analyse(FakeClip(1), FakeSegmenter(), view=View(), calibration=None)
    assert len(curve_figure(analysis, curves(calibrated=False)[name]).data[0].x) == 1


def test_stills_without_times_are_not_joined_nor_laid_out_over_time() -> None:
    clip = analyse(FakeClip(3), FakeSegmenter(), view=View(), calibration=None)
    stills = replace(clip, clip=replace(clip.clip, timed=False, names=("a.png", "b.png", "c.png")))
    area = curves(calibrated=False)["Area"]
    figures = [curve_figure(one, area) for one in (clip, stills)]
    assert [figure.data[0].mode for figure in figures] == ["lines", "markers"]
    assert [figure.layout.xaxis.title.text for figure in figures] == ["time (s)", "frame (the file has no times)"]
    assert [" s<br>" in figure.data[0].hovertemplate for figure in figures] == [True, False]
