from pathlib import Path

import av
import pytest

from nerveapp import bootstrap
from nerveapp.domain.exam import Exam
from nerveapp.ui.analysis_run import AnalysisRun, Request
from tests.fakes import FakeClip, FakeSegmenter


@pytest.fixture
def segmenter(monkeypatch: pytest.MonkeyPatch) -> FakeSegmenter:
    fake = FakeSegmenter()
    monkeypatch.setattr(bootstrap, "cached_segmenter", lambda name, flip: fake)
    return fake


def start(folder: Path, frames: int) -> AnalysisRun:
    return AnalysisRun(Request(FakeClip(frames), Exam(), None, "fake", flip=False), folder)


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


def test_runs_wait_for_each_other(segmenter: FakeSegmenter, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = start(tmp_path / "a", 120), start(tmp_path / "b", 2)
    first.join(60)
    second.join(60)
    assert first.outcome is not None
    assert second.outcome is not None
