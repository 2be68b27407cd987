"""A training's job from the inside: its process waits for its turn, reports, and notes how it ended."""

from __future__ import annotations

import os
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from nerveapp.clock import now
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.job import JobState, TrainingRequest
from nerveapp.domain.labelled import LabelledImage
from nerveapp.errors import CancelledError, NerveAppError, StoreError
from nerveapp.io import job_folder
from nerveapp.io.atomic import write_bytes
from nerveapp.io.job_folder import runs_of, training_set_of, until_taken
from nerveapp.io.labelled import read_labelled_folder
from nerveapp.io.model_store import FolderModelStore
from nerveapp.io.store.jobs import SqlJobStore

NICENESS = 10
"""Trainings give way to the app: pages stay quick while one runs."""

_DEVICE_LOCK = "device.lock"
_STOPPED = "It was stopped. Resume it: it goes on after the last epoch."
_WAITS = "Waiting for another training to end."


class FolderCheckpoints:
    """How far each network of a job has come, a file each (the `Checkpoints` port).

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, network: str) -> bytes | None:
        """Give what was kept last; see the port."""
        path = self._path(network)
        return path.read_bytes() if path.is_file() else None

    def save(self, network: str, checkpoint: bytes) -> None:
        """Keep a checkpoint; see the port."""
        write_bytes(self._path(network), checkpoint)

    def _path(self, network: str) -> Path:
        return self._folder / f"{network}.safetensors"


class Reporter:
    """How a working process reports to those who watch. What a busy database does not take is reported later, in order.

    Parameters
    ----------
    store : SqlJobStore
    job_id : str
    """

    def __init__(self, store: SqlJobStore, job_id: str) -> None:
        self._store = store
        self._job_id = job_id
        self._pending: deque[Callable[[], None]] = deque()
        self._writing = threading.Lock()
        self.stopping = threading.Event()

    def report(self, epoch: EpochReport) -> None:
        """Report an epoch, now or as soon as the database takes it."""
        self._pending.append(partial(self._store.report, self._job_id, epoch, now=now()))
        with suppress(StoreError):
            self.catch_up()

    def log(self, line: str) -> None:
        """Write a line to the log, now or as soon as the database takes it."""
        self._pending.append(partial(self._store.log, self._job_id, line, now=now()))
        with suppress(StoreError):
            self.catch_up()

    def catch_up(self) -> None:
        """Write what is pending; raises StoreError where some of it still is."""
        with self._writing:
            while self._pending:
                self._pending[0]()
                self._pending.popleft()

    def cancelled(self) -> bool:
        """Whether the job was asked to stop, or was taken up by another process."""
        return self.stopping.is_set()


@contextmanager
def working(store: SqlJobStore, folder: Path, job_id: str, attempt: int) -> Iterator[Reporter]:
    """Do a job's work inside: wait for the device, give signs of life, note how it ended.

    Parameters
    ----------
    store : SqlJobStore
    folder : Path
        Of all jobs; the lock in it lets one training compute at a time.
    job_id : str
    attempt : int
        Given when the process was begun; it writes nothing once another attempt has the job.
    """
    reporter = Reporter(store, job_id)

    def note(state: JobState, message: str) -> None:
        until_taken(reporter.catch_up)
        until_taken(lambda: store.set_state(job_id, attempt, state, message))

    ended = threading.Event()
    heart = threading.Thread(target=_beat, args=(store, job_id, attempt, reporter, ended), daemon=True)
    heart.start()
    try:
        with _device(folder, reporter, lambda: store.set_state(job_id, attempt, JobState.WAITING, _WAITS)):
            note(JobState.RUNNING, "")
            reporter.log(f"Running, attempt {attempt}")
            yield reporter
    except CancelledError:
        reporter.log("Stopped")
        note(JobState.STOPPED, _STOPPED)
        raise
    except NerveAppError as error:
        reporter.log(f"Failed: {error}")
        note(JobState.FAILED, str(error))
        raise
    except BaseException as error:
        reporter.log(f"Broke down: {error!r}")
        note(JobState.FAILED, f"It broke down: {type(error).__name__}. See its log.")
        raise
    else:
        reporter.log("Done")
        note(JobState.DONE, "The model is on the Models page.")
    finally:
        ended.set()
        heart.join()


def _give_way() -> None:
    """Let other processes of the machine go first, where the system can."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)


@contextmanager
def _device(folder: Path, reporter: Reporter, waits: Callable[[], None]) -> Iterator[None]:
    lock = FileLock(folder / _DEVICE_LOCK)
    noted = False
    while True:
        try:
            lock.acquire(timeout=job_folder.BEAT_S)
            break
        except Timeout:
            if not noted:
                with suppress(StoreError):
                    waits()
                    noted = True
            if reporter.cancelled():
                raise CancelledError("Stopped while it waited.", "Resume it.") from None
    try:
        yield
    finally:
        lock.release()


def _beat(store: SqlJobStore, job_id: str, attempt: int, reporter: Reporter, ended: threading.Event) -> None:
    while not ended.wait(job_folder.BEAT_S):
        with suppress(StoreError):  # a busy database is no reason to die; the next beat may reach it
            if not store.beat(job_id, attempt, now=now()):
                reporter.stopping.set()
            reporter.catch_up()


@dataclass(frozen=True, slots=True)
class _Running:
    """A job inside its process (the `RunningJob` port)."""

    request: TrainingRequest
    runs: FolderModelStore
    checkpoints: FolderCheckpoints
    folder: Path
    reporter: Reporter

    def images(self) -> list[LabelledImage]:
        """Read the training set; see the port."""
        return read_labelled_folder(training_set_of(self.folder), own=True, spool_in=self.folder)

    def report(self, epoch: EpochReport) -> None:
        """Report an epoch; see the port."""
        self.reporter.report(epoch)

    def log(self, line: str) -> None:
        """Write a line to the log; see the port."""
        self.reporter.log(line)

    def cancelled(self) -> bool:
        """Whether it was asked to stop; see the port."""
        return self.reporter.cancelled()


class FolderJobWork:
    """Gives jobs to the processes that work on them (the `JobWork` port).

    Parameters
    ----------
    folder : Path
        Holds a folder per job.
    store : SqlJobStore
        Knows how each stands.
    """

    def __init__(self, folder: Path, store: SqlJobStore) -> None:
        self._folder = folder
        self._store = store

    @contextmanager
    def begin(self, job_id: str, attempt: int) -> Iterator[_Running]:
        """Work on a job inside; see the port. The process gives way to others of the machine from then on."""
        _give_way()
        folder = self._folder / job_id
        with working(self._store, self._folder, job_id, attempt) as reporter:
            request = self._store.job(job_id, now=now()).request
            runs = runs_of(folder)
            checkpoints = FolderCheckpoints(runs / "checkpoints")
            yield _Running(request, FolderModelStore(runs), checkpoints, folder, reporter)

    def discard_runs(self, job_id: str) -> None:
        """Remove the models of the parts; see the port."""
        shutil.rmtree(runs_of(self._folder / job_id), ignore_errors=True)
