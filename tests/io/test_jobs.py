import io
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from nerveapp.analysis.pictures import png_of
from nerveapp.domain.experiments.epochs import EpochReport, Validation, ValidationPreview
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.job import JobState, TrainingJob, TrainingRequest
from nerveapp.domain.view import Nerve
from nerveapp.errors import CancelledError, StoreError, TrainingError, WriteError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.job_folder import training_set_of
from nerveapp.io.job_work import FolderCheckpoints, FolderJobWork, Reporter, working
from nerveapp.io.jobs import LocalJobRunner
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.jobs import SqlJobStore
from nerveapp.workflows.training.train import phantom_images
from tests.stores import empty_store

RECIPE = replace(RECIPES["peripheral-nerve"], name="mine", epochs=1, folds=2, refinement=None)
REQUEST = TrainingRequest(RECIPE, 4, 2, False, datetime(2026, 5, 1, tzinfo=UTC))
SEEN = (ValidationPreview("a", 0.75, (((1, 2), (3, 4), (5, 1)),)),)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return empty_store(tmp_path / "store.db")


@pytest.fixture
def store(url: str) -> SqlJobStore:
    return SqlJobStore(open_database(url))


@pytest.fixture
def runner(tmp_path: Path, store: SqlJobStore, monkeypatch: pytest.MonkeyPatch) -> LocalJobRunner:
    """A runner whose processes are not begun: the test plays their part with `working`."""
    monkeypatch.setattr(LocalJobRunner, "_spawn", lambda *given: None)
    monkeypatch.setattr("nerveapp.io.job_folder.BEAT_S", 0.05)
    return LocalJobRunner(tmp_path / "jobs", store)


def training_set(count: int = 4) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        groups = ["image,group"]
        for number, image in enumerate(phantom_images(count, seed=3, nerves=(Nerve.MEDIAN,))):
            write_bytes(folder / "images" / f"{image.name}.png", png_of(image.grey))
            write_bytes(folder / "masks" / f"{image.name}.png", png_of(image.nerve.astype(np.uint8) * 255))
            groups.append(f"{image.name},person-{number % 2}")
        write_bytes(folder / "groups.csv", "\n".join(groups).encode())

    return write


def start(runner: LocalJobRunner, count: int = 4) -> str:
    return runner.start(REQUEST, training_set(count), submission=uuid.uuid4().hex)


def report(number: int = 1, loss: float = 0.5) -> EpochReport:
    return EpochReport(number, 2, loss, 1e-3, "mine-fold-1", 0.6, 0.5, Validation(3, 0.4, 0.7, 0.6, SEEN))


def test_a_job_tells_its_epochs_and_how_it_ended(runner: LocalJobRunner, store: SqlJobStore, tmp_path: Path) -> None:
    job_id = start(runner)
    assert len(list((training_set_of(tmp_path / "jobs" / job_id) / "images").iterdir())) == 4
    with working(store, tmp_path / "jobs", job_id, 1) as told:
        assert not told.cancelled()
        told.report(report())
        (job,) = runner.jobs()
        assert (job.state, job.request) == (JobState.RUNNING, REQUEST)
        (epoch,) = runner.epochs(job_id)
        assert (epoch.report.loss, epoch.report.dice) == (0.5, 0.6)
        assert epoch.report.validation is not None
        assert epoch.report.validation.dice == 0.7
        assert runner.previews(job_id, "mine-fold-1", 1) == SEEN
        assert runner.previews(job_id, "mine-fold-1", 2) == ()
        told.report(report(loss=0.25))
        assert [one.report.loss for one in runner.epochs(job_id)] == [0.25], "an epoch done again counts once"
    assert runner.jobs()[0].state is JobState.DONE
    assert [line for _, line in runner.log(job_id)] == ["Running, attempt 1", "Done"]


def test_a_job_asked_to_stop_is_stopped_and_can_be_resumed(
    runner: LocalJobRunner, store: SqlJobStore, tmp_path: Path
) -> None:
    job_id = start(runner)
    with pytest.raises(CancelledError), working(store, tmp_path / "jobs", job_id, 1) as told:
        runner.stop(job_id)
        _until(told.cancelled)
        raise CancelledError("Training was stopped.")
    assert runner.jobs()[0].state is JobState.STOPPED
    runner.resume(job_id)
    assert runner.jobs()[0].state is JobState.WAITING
    with working(store, tmp_path / "jobs", job_id, 2) as told:
        time.sleep(0.3)
        assert not told.cancelled()


def test_a_process_that_lost_its_job_stops_and_overwrites_nothing(
    runner: LocalJobRunner, store: SqlJobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = start(runner)
    with pytest.raises(CancelledError), working(store, tmp_path / "jobs", job_id, 1) as told:
        monkeypatch.setattr("nerveapp.io.store.jobs.DEAD_AFTER_S", -1)  # as if it had been asleep
        runner.resume(job_id)
        monkeypatch.undo()
        _until(told.cancelled)
        raise CancelledError("Training was stopped.")
    assert runner.jobs()[0].state is JobState.WAITING, "the newer attempt's"


def test_a_failure_is_told_with_its_remedy(runner: LocalJobRunner, store: SqlJobStore, tmp_path: Path) -> None:
    job_id = start(runner)
    with pytest.raises(TrainingError), working(store, tmp_path / "jobs", job_id, 1):
        raise TrainingError("The loss is no longer a number.", "Use a smaller rate.")
    assert runner.jobs()[0].state is JobState.FAILED
    assert "smaller rate" in runner.jobs()[0].message
    other = start(runner)
    with pytest.raises(ZeroDivisionError), working(store, tmp_path / "jobs", other, 1):
        raise ZeroDivisionError
    job = next(job for job in runner.jobs() if job.id == other)
    assert (job.state, "ZeroDivisionError" in job.message) == (JobState.FAILED, True)


_WORKER = (
    "import sys, time; from pathlib import Path\n"
    "from nerveapp.io.job_work import working; from nerveapp.io.store.jobs import SqlJobStore\n"
    "from nerveapp.io.store.connection import open_database\n"
    "with working(SqlJobStore(open_database(sys.argv[1])), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])):\n"
    "    print('ready', flush=True); time.sleep(float(sys.argv[5]))"
)


def worker(url: str, folder: Path, job_id: str, *, seconds: float) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _WORKER, url, str(folder), job_id, "1", str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_a_process_that_was_killed_leaves_a_job_to_resume(
    runner: LocalJobRunner, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = start(runner)
    process = worker(url, tmp_path / "jobs", job_id, seconds=60)
    assert process.stdout is not None
    process.stdout.readline()
    assert runner.jobs()[0].state is JobState.RUNNING
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    monkeypatch.setattr("nerveapp.io.store.jobs.DEAD_AFTER_S", 1)
    _until(lambda: runner.jobs()[0].state is JobState.STOPPED)
    assert "killed" in runner.jobs()[0].message
    runner.resume(job_id)
    assert runner.jobs()[0].state is JobState.WAITING


def test_a_second_job_waits_for_the_first_and_can_be_stopped_while_it_waits(
    runner: LocalJobRunner, store: SqlJobStore, tmp_path: Path, url: str
) -> None:
    first, second, third = (start(runner) for _ in range(3))
    with working(store, tmp_path / "jobs", first, 1):
        processes = [worker(url, tmp_path / "jobs", job_id, seconds=0) for job_id in (second, third)]
        _until(
            lambda: {_job(runner, one).message for one in (second, third)} == {"Waiting for another training to end."}
        )
        assert all(process.poll() is None for process in processes)
        runner.stop(third)
        _until(lambda: _job(runner, third).state is JobState.STOPPED)
    assert processes[0].wait(20) == 0
    processes[1].wait(20)
    assert _job(runner, first).state is _job(runner, second).state is JobState.DONE


def _job(runner: LocalJobRunner, job_id: str) -> TrainingJob:
    return next(job for job in runner.jobs() if job.id == job_id)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_unknown_jobs_and_pictures_are_refused(runner: LocalJobRunner) -> None:
    for wrong in ("absent", "../jobs"):
        with pytest.raises(TrainingError, match="no such job"):
            runner.stop(wrong)
    job_id = start(runner)
    name = phantom_images(1, seed=3, nerves=(Nerve.MEDIAN,))[0].name
    assert runner.image(job_id, name).startswith(b"\x89PNG")
    for wrong_image in (
        ("absent", name),
        (job_id, "absent"),
        (job_id, f"../images/{name}"),
        (f"../jobs/{job_id}", name),
    ):
        with pytest.raises(TrainingError, match="gone"):
            runner.image(*wrong_image)


def test_a_finished_job_is_not_done_again(runner: LocalJobRunner, store: SqlJobStore, tmp_path: Path) -> None:
    job_id = start(runner)
    with working(store, tmp_path / "jobs", job_id, 1):
        runner.resume(job_id)
        assert runner.jobs()[0].state is JobState.RUNNING, "nor while it runs"
    runner.resume(job_id)
    assert runner.jobs()[0].state is JobState.DONE


def test_checkpoints_are_kept_per_network_and_replaced(tmp_path: Path) -> None:
    kept = FolderCheckpoints(tmp_path / "checkpoints")
    assert kept.load("a") is None
    kept.save("a", b"1")
    kept.save("b", b"2")
    kept.save("a", b"3")
    assert (kept.load("a"), kept.load("b")) == (b"3", b"2")


def test_epochs_to_come_are_counted_over_parts_final_model_and_refinements() -> None:
    assert REQUEST.epochs_in_all == 3
    assert replace(REQUEST, beside_random=True).epochs_in_all == 4
    wrist = replace(RECIPES["median-wrist"], epochs=3, members=2)
    assert wrist.refinement is not None
    wrist = replace(wrist, refinement=replace(wrist.refinement, epochs=5, members=1))
    assert replace(REQUEST, recipe=wrist).epochs_in_all == 6 * (3 * 2 + 5)


def test_a_log_is_kept_in_order(runner: LocalJobRunner, store: SqlJobStore) -> None:
    job_id = start(runner)
    reporter = Reporter(store, job_id)
    for line in ("one", "two", "three"):
        reporter.log(line)
    assert [line for _, line in runner.log(job_id)] == ["one", "two", "three"]


class BusyStore(SqlJobStore):
    """Takes nothing in while it is busy."""

    busy = False

    def _refuse(self) -> None:
        if self.busy:
            raise StoreError("The store is busy.", "Try again.")

    def report(self, job_id: str, report: EpochReport, *, now: datetime) -> None:
        self._refuse()
        super().report(job_id, report, now=now)

    def log(self, job_id: str, line: str, *, now: datetime) -> None:
        self._refuse()
        super().log(job_id, line, now=now)

    def set_state(self, job_id: str, attempt: int, state: JobState, message: str) -> None:
        self._refuse()
        super().set_state(job_id, attempt, state, message)


def test_a_busy_moment_fails_no_training_and_what_was_told_meanwhile_comes_later(
    runner: LocalJobRunner, url: str, tmp_path: Path
) -> None:
    busy = BusyStore(open_database(url))
    job_id = start(runner)
    with working(busy, tmp_path / "jobs", job_id, 1) as told:
        busy.busy = True
        told.report(report(1))
        told.log("one")
        told.report(report(2))
        told.log("two")
        assert runner.epochs(job_id) == ()
        busy.busy = False
        _until(lambda: len(runner.log(job_id)) == 3)
        assert [one.report.number for one in runner.epochs(job_id)] == [1, 2]
        busy.busy = True
        told.log("three")
        threading.Timer(0.3, lambda: setattr(busy, "busy", False)).start()  # it is busy still when the work is done
    assert runner.jobs()[0].state is JobState.DONE
    assert [line for _, line in runner.log(job_id)][1:] == ["one", "two", "three", "Done"]


def test_a_store_that_stays_away_ends_a_training_in_words(
    runner: LocalJobRunner, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nerveapp.io.job_folder.PATIENCE_S", 0.2)
    busy = BusyStore(open_database(url))
    job_id = start(runner)
    with pytest.raises(StoreError, match="busy"), working(busy, tmp_path / "jobs", job_id, 1):
        busy.busy = True


def test_a_worker_that_cannot_be_started_leaves_a_job_that_says_so(
    runner: LocalJobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_given: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(LocalJobRunner, "_spawn", refused)
    start(runner)
    (job,) = runner.jobs()
    assert (job.state, "Cannot allocate memory" in job.message) == (JobState.FAILED, True)
    monkeypatch.setattr(LocalJobRunner, "_spawn", lambda *given: None)
    runner.resume(job.id)
    assert runner.jobs()[0].state is JobState.WAITING


def test_a_worker_that_ends_at_once_is_waited_for_and_its_last_words_are_told(
    runner: LocalJobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def spawn(_runner: object, _command: object, output: io.BufferedWriter) -> "subprocess.Popen[bytes]":
        begun.append(subprocess.Popen([sys.executable, "-c", "raise SystemExit('no module torch')"], stderr=output))
        return begun[0]

    monkeypatch.setattr(LocalJobRunner, "_spawn", spawn)
    job_id = start(runner)
    _until(lambda: _job(runner, job_id).state is JobState.FAILED)
    assert "code 1" in _job(runner, job_id).message
    assert "no module torch" in _job(runner, job_id).message
    assert begun[0].returncode == 1, "no zombie is left"


def test_a_training_gets_memory_in_large_pages_unless_the_system_is_told_otherwise(
    tmp_path: Path, store: SqlJobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", "import os; print(os.environ['GLIBC_TUNABLES'])"]

    def told() -> str:
        with (tmp_path / "output.txt").open("wb") as output:
            process = LocalJobRunner(tmp_path / "jobs", store)._spawn(command, output)
        assert process is not None
        assert process.wait(30) == 0
        return (tmp_path / "output.txt").read_text()

    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    assert "hugetlb=1" in told()
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0")
    assert told() == "glibc.malloc.hugetlb=0\n"


def test_a_training_works_with_the_settings_of_its_app(tmp_path: Path, store: SqlJobStore) -> None:
    command = [sys.executable, "-c", "import os; print(os.environ['NERVEAPP_WEIGHTS'])"]
    runner = LocalJobRunner(tmp_path / "jobs", store, settings={"NERVEAPP_WEIGHTS": "/models"})
    with (tmp_path / "output.txt").open("wb") as output:
        process = runner._spawn(command, output)
    assert process is not None
    assert process.wait(30) == 0
    assert (tmp_path / "output.txt").read_text() == "/models\n"


def test_a_worker_that_said_how_it_ended_has_the_last_word(
    runner: LocalJobRunner, store: SqlJobStore, tmp_path: Path
) -> None:
    job_id = start(runner)
    with working(store, tmp_path / "jobs", job_id, 1):
        pass
    store.end(job_id, 1, "It ended by itself.")
    assert runner.jobs()[0].state is JobState.DONE


def test_trainings_that_wait_are_limited_in_number(runner: LocalJobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nerveapp.io.jobs.MOST_WAITING", 2)
    for _ in range(2):
        start(runner, 1)
    with pytest.raises(TrainingError, match="2 trainings wait already"):
        start(runner, 1)
    assert len(runner.jobs()) == 2


def test_a_training_that_could_not_be_queued_leaves_no_folder(
    runner: LocalJobRunner, store: SqlJobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object, **_more: object) -> int:
        raise StoreError("The disk is full.", "Free some space.")

    monkeypatch.setattr(store, "add", full)
    with pytest.raises(StoreError):
        start(runner, 1)
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_full_disk_while_the_set_is_written_leaves_nothing(runner: LocalJobRunner, tmp_path: Path) -> None:
    def write_half(folder: Path) -> None:
        write_bytes(folder / "images" / "a.png", b"half")
        raise WriteError("groups.csv cannot be written: No space left on device.")

    with pytest.raises(WriteError):
        runner.start(REQUEST, write_half, submission="full-disk")
    assert list((tmp_path / "jobs").iterdir()) == []
    assert runner.jobs() == ()


def test_a_request_sent_twice_starts_one_training(runner: LocalJobRunner) -> None:
    def slowly(folder: Path) -> None:
        time.sleep(0.3)
        training_set(1)(folder)

    clicks = [threading.Thread(target=lambda: runner.start(REQUEST, slowly, submission="one-form")) for _ in range(2)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert [job.id for job in runner.jobs()] == ["one-form"]
    assert runner.start(REQUEST, slowly, submission="one-form") == "one-form"
    assert len(runner.jobs()) == 1


@pytest.mark.parametrize("submission", ["", "../up", "a/b", "x" * 65])
def test_a_submission_names_no_other_folder(runner: LocalJobRunner, submission: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        runner.start(REQUEST, training_set(1), submission=submission)


def test_a_process_finds_all_its_job_needs(
    runner: LocalJobRunner, store: SqlJobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nerveapp.io.job_work.NICENESS", 0)
    job_id = start(runner)
    work = FolderJobWork(tmp_path / "jobs", store)
    with work.begin(job_id, 1) as job:
        assert job.request == REQUEST
        assert {image.group for image in job.images()} == {"person-0", "person-1"}
        job.checkpoints.save("mine-fold-1-1", b"1")
        job.report(report())
        job.log("one line")
        assert not job.cancelled()
        assert job.runs.stored() == ()
    assert [one.report.number for one in runner.epochs(job_id)] == [1]
    folder = tmp_path / "jobs" / job_id
    assert (folder / "runs").is_dir()
    work.discard_runs(job_id)
    assert sorted(one.name for one in folder.iterdir() if one.is_dir()) == ["set"]
