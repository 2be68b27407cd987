import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.domain.job import JobState
from nerveapp.ui.analysis import progress_view
from nerveapp.ui.analysis.early_curve import early_curve
from nerveapp.ui.analysis.progress_view import early_scene

INFO = ClipInfo("clip", "f" * 64, "fake", 60, 40, 5)
OUTLINES = (EarlyOutline(0.0, 100.0, ((1, 1, 5, 1, 5, 5),)), EarlyOutline(0.05, None, ()))
SPACING = Calibration(0.1, 0.2, CalibrationOrigin.TYPED)


def test_frames_to_come_have_no_outline_and_follow_at_the_pace_of_the_others() -> None:
    scene = early_scene(OUTLINES, INFO, None)
    assert scene.early
    assert scene.times_s == pytest.approx((0.0, 0.05, 0.1, 0.15, 0.2))
    assert scene.contours == (((1, 1, 5, 1, 5, 5),), (), (), (), ())
    assert scene.captions == ("100 px²", "no nerve found", *["not outlined yet"] * 3)


def test_more_frames_than_were_announced_are_shown_too() -> None:
    many = tuple(EarlyOutline(index / 20, 1.0, ()) for index in range(7))
    assert len(early_scene(many, INFO, None).times_s) == 7


def test_areas_are_in_millimetres_where_the_calibration_holds_for_the_whole_frame() -> None:
    assert early_scene(OUTLINES, INFO, SPACING).captions[0] == "2.00 mm²"
    region = Calibration(0.1, 0.2, CalibrationOrigin.DICOM_REGION, box=Region(0, 0, 9, 9))
    assert early_scene(OUTLINES, INFO, region).captions[0] == "", "it may lie outside of the region"


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """An analysis at work; tests say what it has so far, and the wait for it is long."""
    state = SimpleNamespace(outlines=(), picture=None, job=SimpleNamespace(state=JobState.RUNNING, frame_count=100))
    runner = SimpleNamespace(early_outlines=lambda _: state.outlines, early_picture=lambda _: state.picture)
    app = SimpleNamespace(analysis_runner=runner, analyses=SimpleNamespace(job=lambda _: state.job))
    monkeypatch.setattr(progress_view, "application", lambda: app)
    monkeypatch.setattr(progress_view, "_LISTEN_S", 60.0)
    return state


def _waited(until: threading.Timer | None = None) -> float:
    started = time.monotonic()
    if until is not None:
        until.start()
    progress_view._heard_of("a")
    return time.monotonic() - started


def test_a_look_waits_for_the_first_picture(running: SimpleNamespace) -> None:
    assert 0.2 < _waited(threading.Timer(0.3, lambda: setattr(running, "picture", b"jpeg"))) < 30


def test_a_look_in_the_midst_of_an_analysis_waits_for_nothing(running: SimpleNamespace) -> None:
    running.outlines = OUTLINES
    assert _waited() < 30


def test_a_look_shortly_before_the_end_waits_for_it(running: SimpleNamespace) -> None:
    running.outlines = OUTLINES * 45
    ended = SimpleNamespace(state=JobState.DONE, frame_count=100)
    assert 0.2 < _waited(threading.Timer(0.3, lambda: setattr(running, "job", ended))) < 30


def test_the_curve_so_far_leaves_room_for_what_is_to_come_and_is_in_mm_only_where_they_hold() -> None:
    for calibration, unit, first in ((SPACING, "mm²", 2.0), (None, "px²", OUTLINES[0].area_px)):
        figure = early_curve(OUTLINES, INFO, calibration, last_s=6.0)
        assert figure.layout.yaxis.title.text == f"Cross-sectional area so far ({unit})"
        assert tuple(figure.layout.xaxis.range) == (0, 6.0)
        assert figure.data[0].y[0] == pytest.approx(first)
    region = replace(SPACING, box=Region(0, 0, 10, 10))
    assert "px²" in early_curve(OUTLINES, INFO, region, last_s=6.0).layout.yaxis.title.text
    stills = replace(INFO, timed=False, names=tuple("abcde"))
    modes = [early_curve(OUTLINES, info, None, last_s=6.0).data[0].mode for info in (INFO, stills)]
    assert modes == ["lines", "markers"], "stills may be of different people"
