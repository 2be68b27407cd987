import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import pytest

from nerveapp import bootstrap
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.domain.view import View
from nerveapp.errors import CancelledError
from nerveapp.ui.analysis_run import AnalysisRun, Request
from nerveapp.ui.desk import Desk
from tests.fakes import FakeClip, FakeSegmenter


@pytest.fixture
def segmenter(monkeypatch: pytest.MonkeyPatch) -> FakeSegmenter:
    fake = FakeSegmenter()
    monkeypatch.setattr(bootstrap, "cached_segmenter", lambda name, flip: fake)
    return fake


def start(folder: Path, frames: int) -> AnalysisRun:
    return AnalysisRun(Request(FakeClip(frames), View(), None, "fake", flip=False), folder)


def test_a_run_ends_with_a_film_of_one_picture_per_frame(segmenter: FakeSegmenter, tmp_path: Path) -> None:
    run = start(tmp_path, 30)
    run.join(60)
    assert run.finished
    assert run.error is None
    assert run.outcome is not None
    assert run.frames_done == len(run.outcome.analysis.frames) == 30
    assert run.live is not None
    with av.open(str(run.outcome.film)) as film:
        frames = list(film.decode(video=0))
    assert len(frames) == 30
    assert all(frame.key_frame for frame in frames)
    assert frames[20].time == pytest.approx(20 / 25)
    assert abs(int(frames[20].to_ndarray(format="gray")[0, 0]) - 20) <= 4


def test_stopping_leaves_no_film_and_says_so(segmenter: FakeSegmenter, tmp_path: Path) -> None:
    run = start(tmp_path, 5000)
    run.cancel()
    run.join(60)
    assert run.finished
    assert run.outcome is None
    assert run.error is not None
    assert "stopped" in run.error.message
    assert list(tmp_path.iterdir()) == []


def test_a_failing_model_is_reported(segmenter: FakeSegmenter, tmp_path: Path) -> None:
    segmenter.fails_at = 3
    run = start(tmp_path, 10)
    run.join(60)
    assert run.error is not None
    assert run.error.hint == "mend it"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def gate(segmenter: FakeSegmenter, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Analyses go on once it is set."""
    opened = threading.Event()
    segment = segmenter.segment

    def gated(images: Sequence[Image]) -> list[PredictedMask]:
        opened.wait(60)
        return segment(images)

    monkeypatch.setattr(segmenter, "segment", gated)
    yield opened
    opened.set()


def started(folder: Path, *names: str) -> list[AnalysisRun]:
    runs = []
    for name in names:
        (folder / name).mkdir()
        runs.append(start(folder / name, 3))
        deadline = time.monotonic() + 60
        while runs[0].waiting and time.monotonic() < deadline:
            time.sleep(0.01)
    return runs


def test_runs_wait_for_each_other(gate: threading.Event, tmp_path: Path) -> None:
    first, second, third = started(tmp_path, "a", "b", "c")
    second.join(0.2)
    assert (first.waiting, second.waiting, third.waiting) == (False, True, True)
    gate.set()
    for run in (first, second, third):
        run.join(60)
        assert run.outcome is not None


def test_a_run_that_waits_is_stopped_at_once_and_holds_nobody_up(gate: threading.Event, tmp_path: Path) -> None:
    first, second, third = started(tmp_path, "a", "b", "c")
    second.cancel()
    second.join(5)
    assert second.finished
    assert isinstance(second.error, CancelledError)
    assert not first.finished
    gate.set()
    first.join(60)
    third.join(60)
    assert third.outcome is not None


def test_clearing_a_desk_waits_for_nothing(gate: threading.Event, tmp_path: Path) -> None:
    first, second = started(tmp_path, "a", "b")
    desk = Desk(run=second)
    before = time.monotonic()
    desk.clear()
    Desk(run=first).clear()
    assert time.monotonic() - before < 1
    second.join(5)
    assert second.finished
