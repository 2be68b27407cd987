"""Trainings as processes of this machine: the database says how they stand, a folder per job holds their files."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from nerveapp.domain.experiments.epochs import EpochReport, ValidationPreview
from nerveapp.domain.job import Epoch, JobState, TrainingJob, TrainingRequest
from nerveapp.errors import CancelledError, ClusterError, NerveAppError, StoreError, TrainingError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.store.jobs import SqlJobStore

BEAT_S = 1.0
NICENESS = 10
"""Trainings give way to the app: pages stay quick while one runs."""

MOST_WAITING = 20
"""Trainings that may wait at a time: each is a process that holds some memory, though no training set."""

PATIENCE_S = 300.0
"""For so long a database may be busy before a training that says how it stands fails for it."""

_DEVICE_LOCK, _OUTPUT = "device.lock", "output.txt"
_STOPPED = "It was stopped. Resume it: it goes on after the last epoch."
_WAITS = "Waiting for another training to end."


def training_set_of(folder: Path) -> Path:
    """Where a job's images, masks and groups lie."""
    return folder / "set"


class LocalJobRunner:
    """Runs trainings one after another on this machine (the `JobRunner` port).

    Parameters
    ----------
    folder : Path
        Holds a folder per job.
    store : SqlJobStore
        Says how each stands.
    """

    def __init__(self, folder: Path, store: SqlJobStore) -> None:
        self._folder = folder
        self._store = store

    def start(self, request: TrainingRequest, training_set: bytes) -> str:
        """Begin a training; see the port. Its training set lies in the job's folder until its turn comes."""
        self._check_queue()
        job_id = f"{request.made_at:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"
        try:
            with zipfile.ZipFile(io.BytesIO(training_set)) as archive:
                for name in archive.namelist():
                    write_bytes(training_set_of(self._folder / job_id) / name, archive.read(name))
            attempt = self._store.add(job_id, request, now=_now())
        except NerveAppError:  # a full disk, a busy database: nobody will ever ask for the half of it
            shutil.rmtree(self._folder / job_id, ignore_errors=True)
            raise
        self._begin(job_id, attempt)
        return job_id

    def stop(self, job_id: str) -> None:
        """Ask a job to stop; see the port."""
        self._store.ask_to_stop(job_id)

    def resume(self, job_id: str) -> None:
        """Go on with a job; see the port. Nothing happens while it still runs."""
        self._check_queue()
        attempt = self._store.take_up(job_id, now=_now())
        if attempt is not None:
            self._begin(job_id, attempt)

    def jobs(self) -> tuple[TrainingJob, ...]:
        """All jobs, newest first."""
        return self._store.jobs(now=_now())

    def epochs(self, job_id: str) -> tuple[Epoch, ...]:
        """Give what a job told; see the port."""
        return self._store.epochs(job_id)

    def sightings(self, job_id: str, network: str, number: int) -> tuple[ValidationPreview, ...]:
        """Give validation frames as they were outlined; see the port."""
        return self._store.sightings(job_id, network, number)

    def log(self, job_id: str) -> tuple[tuple[datetime, str], ...]:
        """Give a job's log; see the port."""
        return self._store.log_of(job_id)

    def image(self, job_id: str, name: str) -> bytes:
        """Give a picture of a job's training set; see the port."""
        path = training_set_of(self._folder / job_id) / "images" / f"{name}.png"
        if path.parent.parent.parent.parent != self._folder or not path.is_file():
            raise TrainingError(f"The picture {name} of the job is gone.", "Its folder was cleared.")
        return path.read_bytes()

    def _check_queue(self) -> None:
        waiting = sum(job.state is JobState.WAITING for job in self.jobs())
        if waiting >= MOST_WAITING:
            raise TrainingError(f"{waiting} trainings wait already.", "Let some end, or stop some, and try again.")

    def _begin(self, job_id: str, attempt: int) -> None:
        folder = self._folder / job_id
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / _OUTPUT).open("ab") as output:
                process = self._spawn([sys.executable, "-m", "nerveapp", "work", job_id, str(attempt)], output)
        except ClusterError as error:
            self._store.set_state(job_id, attempt, JobState.FAILED, str(error))
        except OSError as error:
            said = f"Its process could not be started: {error.strerror or error}. Resume it once that is mended."
            self._store.set_state(job_id, attempt, JobState.FAILED, said)
        else:
            if process is not None:
                threading.Thread(target=self._watch, args=(process, job_id, attempt), daemon=True).start()

    def _spawn(self, command: list[str], output: io.BufferedWriter) -> subprocess.Popen[bytes] | None:
        return subprocess.Popen(  # noqa: S603 - our own command; its words are codes we made
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=Path(__file__).parents[2],
            start_new_session=True,  # it outlives the app
        )

    def _watch(self, process: subprocess.Popen[bytes], job_id: str, attempt: int) -> None:
        """Wait for a process of ours, and say of a job that still seems to live that it does not."""
        code = process.wait()
        said = (
            f"Its process ended by itself, with code {code}.",
            _last_line(self._folder / job_id / _OUTPUT),
            "Resume it; if it ends so again, train with a smaller batch.",
        )
        with suppress(StoreError):
            _insist(lambda: self._store.end(job_id, attempt, " ".join(filter(None, said))))


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"The last it wrote was: {last[:200]}." if last else ""


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
    """How a working process speaks to those who watch. What a busy database does not take is told later, in order.

    Parameters
    ----------
    store : SqlJobStore
    job_id : str
    """

    def __init__(self, store: SqlJobStore, job_id: str) -> None:
        self._store = store
        self._job_id = job_id
        self._untold: deque[Callable[[], None]] = deque()
        self._telling = threading.Lock()
        self.stopping = threading.Event()

    def tell(self, report: EpochReport) -> None:
        """Tell an epoch, now or as soon as the database takes it."""
        self._untold.append(partial(self._store.tell, self._job_id, report, now=_now()))
        with suppress(StoreError):
            self.catch_up()

    def say(self, line: str) -> None:
        """Write a line to the log, now or as soon as the database takes it."""
        self._untold.append(partial(self._store.log, self._job_id, line, now=_now()))
        with suppress(StoreError):
            self.catch_up()

    def catch_up(self) -> None:
        """Tell what is untold; raises StoreError where some of it still is."""
        with self._telling:
            while self._untold:
                self._untold[0]()
                self._untold.popleft()

    def cancelled(self) -> bool:
        """Whether the job was asked to stop, or was taken up by another process."""
        return self.stopping.is_set()


@contextmanager
def working(store: SqlJobStore, folder: Path, job_id: str, attempt: int) -> Iterator[Reporter]:
    """Do a job's work inside: wait for the device, keep saying that it lives, say how it ended.

    Parameters
    ----------
    store : SqlJobStore
    folder : Path
        Of all jobs; the lock in it lets one training compute at a time.
    job_id : str
    attempt : int
        Given when the process was begun; it falls silent once another attempt has the job.
    """
    reporter = Reporter(store, job_id)

    def stand(state: JobState, said: str) -> None:
        _insist(reporter.catch_up)
        _insist(lambda: store.set_state(job_id, attempt, state, said))

    ended = threading.Event()
    heart = threading.Thread(target=_beat, args=(store, job_id, attempt, reporter, ended), daemon=True)
    heart.start()
    try:
        with _device(folder, reporter, lambda: store.set_state(job_id, attempt, JobState.WAITING, _WAITS)):
            stand(JobState.RUNNING, "")
            reporter.say(f"Running, attempt {attempt}")
            yield reporter
    except CancelledError:
        reporter.say("Stopped")
        stand(JobState.STOPPED, _STOPPED)
        raise
    except NerveAppError as error:
        reporter.say(f"Failed: {error}")
        stand(JobState.FAILED, str(error))
        raise
    except BaseException as error:
        reporter.say(f"Broke down: {error!r}")
        stand(JobState.FAILED, f"It broke down: {type(error).__name__}. Its log says more.")
        raise
    else:
        reporter.say("Done")
        stand(JobState.DONE, "The model is on the Models page.")
    finally:
        ended.set()
        heart.join()


def _insist(said: Callable[[], None]) -> None:
    """Say something again until the database takes it; raises StoreError once the patience is at its end."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            said()
        except StoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(BEAT_S)
        else:
            return


def give_way() -> None:
    """Let other processes of the machine go first, where the system can."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)


@contextmanager
def _device(folder: Path, reporter: Reporter, waits: Callable[[], None]) -> Iterator[None]:
    lock = FileLock(folder / _DEVICE_LOCK)
    told = False
    while True:
        try:
            lock.acquire(timeout=BEAT_S)
            break
        except Timeout:
            if not told:
                with suppress(StoreError):
                    waits()
                    told = True
            if reporter.cancelled():
                raise CancelledError("Stopped while it waited.", "Resume it.") from None
    try:
        yield
    finally:
        lock.release()


def _beat(store: SqlJobStore, job_id: str, attempt: int, reporter: Reporter, ended: threading.Event) -> None:
    while not ended.wait(BEAT_S):
        with suppress(StoreError):  # a busy database is no reason to die; the next beat may reach it
            if not store.beat(job_id, attempt, now=_now()):
                reporter.stopping.set()
            reporter.catch_up()


def _now() -> datetime:
    return datetime.now(UTC)
