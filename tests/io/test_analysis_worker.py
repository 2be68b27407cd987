"""Analyses in threads of this process and in processes that are killed, with a network that is quick."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nerveapp.domain.analysis_job import AnalysisJob, AnalysisRequest
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.domain.job import JobState
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.errors import ClipError
from nerveapp.io.analysis_runners import InProcessAnalysisRunner, LocalAnalysisRunner
from nerveapp.io.analysis_worker import AnalysisWorker
from nerveapp.io.early_results import EarlyResults
from nerveapp.io.folder_objects import FolderObjects
from nerveapp.io.previews import StoredPreviews
from nerveapp.io.store.analyses import SqlAnalysisStore
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.ports import ModelStore, Segmenter, Segmenters
from tests.fakes import CARD, FakeClip, FakeSegmenter

ROOT = Path(__file__).parents[2]
CLIP = FakeClip(1).info.sha256
FRAMES = 60


class OneSegmenter:
    """Gives the stand-in's segmenter, slowed down, under every name (the `Segmenters` port)."""

    def __init__(self, frame_s: float, *, breaks: bool) -> None:
        self.found = _Slow(frame_s, breaks=breaks)

    def segmenter(
        self,
        model: str,
        *,
        test_time_flip: bool = False,
        device: DeviceName = DeviceName.AUTO,
        engine: EngineName = EngineName.AUTO,
    ) -> Segmenter:
        return self.found

    def of(self, store: ModelStore) -> Segmenters:
        raise NotImplementedError


class _Slow(FakeSegmenter):
    def __init__(self, frame_s: float, *, breaks: bool) -> None:
        super().__init__(workers=2)
        self.frame_s, self.breaks = frame_s, breaks

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        time.sleep(self.frame_s)
        if self.breaks:
            raise ZeroDivisionError
        return super().segment(images)


def opened(sha256: str) -> Clip:
    if sha256 != CLIP:
        raise ClipError("This is no clip.", "Export it again.")
    return FakeClip(FRAMES)


def store_in(folder: Path) -> SqlAnalysisStore:
    return SqlAnalysisStore(open_database(f"sqlite:///{folder / 'store.db'}"), FolderObjects(folder / "data"))


def worker_in(folder: Path, name: str, frame_s: float, *, breaks: bool = False) -> AnalysisWorker:
    return AnalysisWorker(
        store_in(folder),
        open_clip=opened,
        segmenters=OneSegmenter(frame_s, breaks=breaks),
        previews=StoredPreviews(FolderObjects(folder / "data")),
        early=EarlyResults(folder / "early"),
        name=name,
    )


_APART = """
import os, sys, threading
from pathlib import Path
from tests.io.test_analysis_worker import worker_in
folder, frame_s, name = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
worker = worker_in(folder, name, frame_s)
def listen():
    while os.read(0, 64):
        worker.wake()
    worker.finish()
threading.Thread(target=listen, daemon=True).start()
worker.work()
"""

_APP = """
import sys, time
from pathlib import Path
from tests.io.test_analysis_worker import runner_in
runner = runner_in(Path(sys.argv[1]), 0.01)
runner.wake()
print(runner.process.pid, flush=True)
time.sleep(60)
"""


def runner_in(folder: Path, frame_s: float) -> LocalAnalysisRunner:
    return LocalAnalysisRunner(
        store_in(folder),
        EarlyResults(folder / "early"),
        folder / "logs",
        command=lambda name: [sys.executable, "-c", _APART, str(folder), str(frame_s), name],
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    annotations = SqlAnnotationStore(open_database(f"sqlite:///{tmp_path / 'store.db'}"))
    annotations.register(ClipRecord(CLIP, 60, 40, FRAMES))
    annotations.register(ClipRecord("0" * 64, 60, 40, FRAMES))
    return tmp_path


@pytest.fixture
def store(folder: Path) -> SqlAnalysisStore:
    return store_in(folder)


@pytest.fixture
def runner(folder: Path) -> Iterator[LocalAnalysisRunner]:
    made = runner_in(folder, 0.01)
    yield made
    made.close()


def ask(store: SqlAnalysisStore, version: str = "1", clip: str = CLIP) -> str:
    request = AnalysisRequest(clip, "fake", CARD.sha256, False, version)
    return store.add(request, frame_count=FRAMES, actor="", now=datetime.now(UTC)).id


def stands(store: SqlAnalysisStore, analysis_id: str) -> AnalysisJob:
    job = store.job(analysis_id)
    assert job is not None
    return job


def until(said: Callable[[], object], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not said():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.01)


@pytest.fixture
def here(folder: Path) -> Iterator[InProcessAnalysisRunner]:
    worker = worker_in(folder, "here", 0.005)
    yield InProcessAnalysisRunner(worker, EarlyResults(folder / "early"))
    worker.close(10)


def test_an_analysis_is_done_shown_meanwhile_and_kept(
    store: SqlAnalysisStore, here: InProcessAnalysisRunner, folder: Path
) -> None:
    analysis_id = ask(store)
    here.wake()
    until(lambda: here.early_outlines(analysis_id), 10)
    until(lambda: stands(store, analysis_id).state is JobState.DONE)
    assert len(store.result(analysis_id).frames) == FRAMES
    until(lambda: here.early_picture(analysis_id) is None and here.early_outlines(analysis_id) == (), 10)
    assert FolderObjects(folder / "data").has(f"previews/{CLIP}.mp4")


def test_one_that_runs_is_stopped_and_its_worker_goes_on(
    store: SqlAnalysisStore, here: InProcessAnalysisRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.io.test_analysis_worker.FRAMES", 4000)
    long = ask(store)
    here.wake()
    until(lambda: stands(store, long).frames_done > 0)
    store.stop(long)
    until(lambda: stands(store, long).state is JobState.STOPPED, 10)
    monkeypatch.undo()
    short = ask(store, "2")
    here.wake()
    until(lambda: stands(store, short).state is JobState.DONE)


def test_a_bad_clip_or_a_broken_network_fails_in_words_and_harms_no_other(
    store: SqlAnalysisStore, folder: Path
) -> None:
    worker = worker_in(folder, "w", 0, breaks=True)
    bad, broken = ask(store, clip="0" * 64), ask(store)
    worker.finish()
    worker.work()
    assert stands(store, bad).state is JobState.FAILED
    assert stands(store, bad).said == "This is no clip. Export it again."
    assert stands(store, broken).state is JobState.FAILED
    assert "ZeroDivisionError" in stands(store, broken).said


def test_a_worker_whose_app_is_gone_ends_when_nothing_waits_any_more(store: SqlAnalysisStore, folder: Path) -> None:
    ids = [ask(store, f"{number}") for number in range(20)]
    worker = worker_in(folder, "w", 0)
    worker.finish()
    worker.work()
    assert {stands(store, one).state for one in ids} == {JobState.DONE}


def test_one_that_is_closed_gives_its_analyses_back(store: SqlAnalysisStore, folder: Path) -> None:
    analysis_id = ask(store)
    worker = worker_in(folder, "w", 0.05)
    thread = threading.Thread(target=worker.work)
    thread.start()
    until(lambda: stands(store, analysis_id).state is JobState.RUNNING)
    worker.close(10)
    thread.join(10)
    assert stands(store, analysis_id).state is JobState.WAITING


@pytest.mark.slow
def test_killed_workers_lose_nothing_and_no_analysis_is_done_by_two(
    store: SqlAnalysisStore, runner: LocalAnalysisRunner
) -> None:
    ids = [ask(store, f"{number}") for number in range(4)]
    runner.wake()
    chance = random.Random(5)  # noqa: S311 - when to kill is no secret
    done: dict[str, object] = {}
    for _ in range(3):
        until(lambda: any(stands(store, one).frames_done for one in ids) or not store.active())
        time.sleep(chance.uniform(0, 0.5))
        for one in ids:
            if stands(store, one).state is JobState.DONE:
                done[one] = store.result(one)
        assert runner.process is not None
        before = runner.process
        before.kill()
        until(lambda: runner.process is not before, 10)  # noqa: B023 - it is called here
    until(lambda: not store.active())
    for one in ids:
        result = store.result(one)
        assert stands(store, one).state is JobState.DONE
        assert [frame.frame for frame in result.frames] == list(range(FRAMES))
        assert done.get(one, result) == result, "what was acknowledged is not done again"


def test_a_killed_app_loses_nothing(store: SqlAnalysisStore, folder: Path) -> None:
    ids = [ask(store, f"{number}") for number in range(2)]
    app = subprocess.Popen([sys.executable, "-c", _APP, str(folder)], stdout=subprocess.PIPE)
    assert app.stdout is not None
    worker = int(app.stdout.readline())
    until(lambda: any(stands(store, one).frames_done for one in ids))
    app.kill()
    app.wait()
    app.stdout.close()
    until(lambda: all(stands(store, one).state is JobState.DONE for one in ids), 30)
    assert {stands(store, one).attempt for one in ids} == {1}, "the old worker finished what it had begun"
    until(lambda: not _lives(worker), 10)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
