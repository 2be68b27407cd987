from dataclasses import replace

import pytest

from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.segmentation import Flag
from nerveapp.domain.view import View
from nerveapp.errors import CancelledError, ModelError
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.recalibrate import recalibrate
from tests.fakes import FakeClip, FakeSegmenter

SPACING = Calibration(0.1, 0.2, CalibrationOrigin.TYPED)


def test_frames_come_in_order_whatever_the_workers_do() -> None:
    seen: list[int] = []
    segmenter = FakeSegmenter(batch_size=2)
    result = analyse(
        FakeClip(61), segmenter, view=View(), calibration=SPACING, on_frame=lambda done: seen.append(done.frame.index)
    )
    assert seen == list(range(61)) == [frame.frame for frame in result.frames]
    assert [frame.time_s for frame in result.frames[:3]] == [0, 0.05, 0.1]
    assert [int(mask.unpack().sum()) for mask in result.masks] == [20 * (index % 30) for index in range(61)]
    assert len(segmenter.threads) > 1


def test_measurements_are_those_of_the_mask() -> None:
    result = analyse(FakeClip(12), FakeSegmenter(), view=View(), calibration=SPACING)
    tenth = result.frames[10]
    assert tenth.px is not None and tenth.mm is not None
    assert tenth.px.area == 200
    assert tenth.mm.area == pytest.approx(200 * 0.02)
    assert tenth.echo_intensity == 10
    assert result.frames[0].flags == (Flag.NO_NERVE,)
    assert result.summary.unit == "mm²"


def test_without_calibration_there_are_no_millimetres() -> None:
    result = analyse(FakeClip(5), FakeSegmenter(), view=View(), calibration=None)
    assert all(frame.mm is None for frame in result.frames)
    assert result.summary.unit == "px²"


def test_decoding_does_not_run_ahead_of_the_network() -> None:
    clip = FakeClip(100)
    ahead: list[int] = []
    analyse(
        clip,
        FakeSegmenter(workers=2),
        view=View(),
        calibration=None,
        on_frame=lambda done: ahead.append(clip.decoded - done.frame.index),
    )
    assert max(ahead) <= 6


def test_of_large_frames_few_are_held() -> None:
    clip = FakeClip(40)
    ahead: list[int] = []
    result = analyse(
        clip,
        FakeSegmenter(batch_size=8, workers=8),
        view=View(),
        calibration=None,
        on_frame=lambda done: ahead.append(clip.decoded - done.frame.index),
        bytes_in_flight=2 * 60 * 40 * 3,
    )
    assert len(result.frames) == 40
    assert max(ahead) <= 4


def test_cancelling_stops_soon() -> None:
    clip = FakeClip(1000)
    seen: list[int] = []
    with pytest.raises(CancelledError):
        analyse(
            clip,
            FakeSegmenter(),
            view=View(),
            calibration=None,
            on_frame=lambda done: seen.append(done.frame.index),
            cancelled=lambda: len(seen) >= 5,
        )
    assert clip.decoded < 30


def test_a_failure_in_a_worker_reaches_the_caller() -> None:
    with pytest.raises(ModelError, match="broken"):
        analyse(FakeClip(50), FakeSegmenter(fails_at=7), view=View(), calibration=None)


def test_recalibrating_keeps_outlines_and_changes_millimetres_only() -> None:
    first = analyse(FakeClip(40), FakeSegmenter(), view=View(), calibration=None)
    second = recalibrate(first, SPACING)
    whole = analyse(FakeClip(40), FakeSegmenter(), view=View(), calibration=SPACING)
    assert second.frames == whole.frames
    assert second.summary == whole.summary
    assert recalibrate(second, None).frames == first.frames


def test_truncation_is_passed_on() -> None:
    result = analyse(FakeClip(3, "stopped at frame 3"), FakeSegmenter(), view=View(), calibration=None)
    assert result.truncation == "stopped at frame 3"


def test_a_calibration_holds_in_its_region_alone() -> None:
    """The outlines reach from row 5 down, so those of twenty rows and more leave a region of twenty-four."""
    region = Calibration(0.1, 0.2, CalibrationOrigin.DICOM_REGION, box=Region(8, 0, 40, 23))
    result = analyse(FakeClip(30), FakeSegmenter(), view=View(), calibration=region)
    assert [frame.frame for frame in result.frames if frame.mm is not None] == list(range(1, 20))
    assert (result.summary.outlined, result.summary.uncalibrated) == (29, 10)
    beside = replace(region, box=Region(40, 0, 59, 39))
    moved = recalibrate(result, beside)
    assert (moved.summary.outside, moved.summary.area_max, moved.summary.unit) == (True, None, "mm²")
    assert moved.frames[10].px == result.frames[10].px
    assert recalibrate(moved, region).frames == result.frames


def test_jumps_are_for_clips_with_times() -> None:
    clip = FakeClip(8)
    stills = FakeClip(8, timed=False)
    flags = [
        {flag for frame in analyse(one, FakeSegmenter(), view=View(), calibration=None).frames for flag in frame.flags}
        for one in (clip, stills)
    ]
    assert flags == [{Flag.NO_NERVE, Flag.AREA_JUMP}, {Flag.NO_NERVE}]
