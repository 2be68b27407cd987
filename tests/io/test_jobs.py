import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from nerveapp.domain.exam import Nerve
from nerveapp.domain.job import JobState, TrainingJob, TrainingRequest
from nerveapp.errors import CancelledError, TrainingError
from nerveapp.io.jobs import LocalJobRunner, reporting
from nerveapp.io.model_store import FolderModelStore
from nerveapp.io.pictures import png_of
from nerveapp.workflows.train import phantom_images

REQUEST = TrainingRequest("mine", "peripheral-nerve", 1, 4, 2, 2, 3, datetime(2026, 5, 1, tzinfo=UTC))


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalJobRunner:
    """A runner whose processes are not begun: the test plays their part with `reporting`."""
    monkeypatch.setattr(LocalJobRunner, "_spawn", lambda *given: None)
    monkeypatch.setattr("nerveapp.io.jobs.STARTS_WITHIN_S", -1)
    return LocalJobRunner(tmp_path / "jobs", tmp_path / "weights")


def training_set(count: int = 4) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        groups = ["image,group"]
        for number, image in enumerate(phantom_images(count, seed=3, nerves=(Nerve.MEDIAN,))):
            archive.writestr(f"images/{image.name}.png", png_of(image.grey))
            archive.writestr(f"masks/{image.name}.png", png_of(image.nerve.astype(np.uint8) * 255))
            groups.append(f"{image.name},person-{number % 2}")
        archive.writestr("groups.csv", "\n".join(groups))
    return data.getvalue()


def test_a_job_tells_its_epochs_and_how_it_ended(runner: LocalJobRunner, tmp_path: Path) -> None:
    job_id = runner.start(REQUEST, training_set())
    folder = tmp_path / "jobs" / job_id
    assert len(list((folder / "set" / "images").iterdir())) == 4
    with reporting(folder) as (tell, cancelled):
        assert not cancelled()
        tell("mine-fold-1", 1, 2, 0.5)
        (job,) = runner.jobs()
        assert (job.state, job.request) == (JobState.RUNNING, REQUEST)
        assert [(epoch.network, epoch.number, epoch.loss) for epoch in job.epochs] == [("mine-fold-1", 1, 0.5)]
    assert runner.jobs()[0].state is JobState.DONE


def test_a_job_asked_to_stop_is_stopped_and_can_be_resumed(runner: LocalJobRunner, tmp_path: Path) -> None:
    job_id = runner.start(REQUEST, training_set())
    folder = tmp_path / "jobs" / job_id
    with pytest.raises(CancelledError), reporting(folder) as (_, cancelled):
        runner.stop(job_id)
        assert cancelled()
        raise CancelledError("Training was stopped.")
    assert runner.jobs()[0].state is JobState.STOPPED
    runner.resume(job_id)
    with reporting(folder) as (_, cancelled):
        assert not cancelled()


def test_a_failure_is_told_with_its_remedy(runner: LocalJobRunner, tmp_path: Path) -> None:
    job_id = runner.start(REQUEST, training_set())
    with pytest.raises(TrainingError), reporting(tmp_path / "jobs" / job_id):
        raise TrainingError("The loss is no longer a number.", "Use a smaller rate.")
    job = runner.jobs()[0]
    assert job.state is JobState.FAILED
    assert "smaller rate" in job.said


def test_a_process_that_was_killed_leaves_a_job_to_resume(runner: LocalJobRunner, tmp_path: Path) -> None:
    job_id = runner.start(REQUEST, training_set())
    folder = tmp_path / "jobs" / job_id
    code = (
        "import sys, time; from pathlib import Path; from nerveapp.io.jobs import reporting\n"
        "with reporting(Path(sys.argv[1])) as (tell, _):\n"
        "    tell('a', 1, 2, 0.5); print('ready', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert runner.jobs()[0].state is JobState.RUNNING
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    job = runner.jobs()[0]
    assert job.state is JobState.STOPPED
    assert "killed" in job.said


def test_a_second_job_waits_for_the_first(runner: LocalJobRunner, tmp_path: Path) -> None:
    first, second = (tmp_path / "jobs" / runner.start(REQUEST, training_set()) for _ in range(2))
    code = (
        "import sys; from pathlib import Path; from nerveapp.io.jobs import reporting\n"
        "with reporting(Path(sys.argv[1])): pass"
    )
    with reporting(first):
        process = subprocess.Popen([sys.executable, "-c", code, str(second)])
        _until(lambda: _states(runner)[second.name] is JobState.WAITING)
        assert process.poll() is None
    assert process.wait(20) == 0
    assert set(_states(runner).values()) == {JobState.DONE}


def _states(runner: LocalJobRunner) -> dict[str, JobState]:
    return {job.id: job.state for job in runner.jobs()}


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_half_written_line_is_passed_over_and_unknown_jobs_are_refused(
    runner: LocalJobRunner, tmp_path: Path
) -> None:
    job_id = runner.start(REQUEST, training_set())
    (tmp_path / "jobs" / job_id / "epochs.jsonl").write_text('{"network": "a", "num')
    assert runner.jobs()[0].epochs == ()
    for wrong in ("absent", "../jobs", f"../jobs/{job_id}"):
        with pytest.raises(TrainingError, match="no such job"):
            runner.stop(wrong)


@pytest.mark.slow
def test_a_real_training_runs_to_a_model_with_scores_by_person(tmp_path: Path) -> None:
    runner = LocalJobRunner(tmp_path / "jobs", tmp_path / "weights")
    runner.start(REQUEST, training_set())

    def job() -> TrainingJob:
        return runner.jobs()[0]

    deadline = time.monotonic() + 280
    while job().state in (JobState.WAITING, JobState.RUNNING):
        assert time.monotonic() < deadline
        time.sleep(1)
    log = (tmp_path / "jobs" / job().id / "log.txt").read_text()
    assert job().state is JobState.DONE, (job().said, log)
    assert {epoch.network for epoch in job().epochs} == {"mine-fold-1", "mine-fold-2", "mine"}
    card = FolderModelStore(tmp_path / "weights").card("mine")
    assert card.scores[0].groups == 2
    assert "out of fold" in card.scores[0].split
    assert json.loads(card.recipe)["epochs"] == 1
