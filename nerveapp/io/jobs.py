"""Trainings as processes of this machine: the database knows how they stand, a folder per job holds their files."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from nerveapp.clock import now
from nerveapp.domain.experiments.epochs import ValidationPreview
from nerveapp.domain.job import Epoch, JobState, TrainingJob, TrainingRequest
from nerveapp.errors import ClusterError, StoreError, TrainingError
from nerveapp.io.job_folder import training_set_of, until_taken
from nerveapp.io.store.jobs import SqlJobStore

MOST_WAITING = 20
"""Trainings that may wait at a time: each is a process that holds some memory, though no training set."""

_LARGE_PAGES = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296"
"""For the C library of Linux (2.35 or newer; others pass it over): memory in large pages, and kept for the next step.

A training step frees and asks for hundreds of megabytes; touching them anew took almost half of it: 2.5 s without, 1.4
with these settings (batch of 8, 256 x 256, one core of a Xeon with bfloat16)."""

_OUTPUT = "output.txt"
_SUBMISSION = re.compile(r"[A-Za-z0-9-]{4,64}")
_STARTING = threading.Lock()


class LocalJobRunner:
    """Runs trainings one after another on this machine (the `JobRunner` port).

    Parameters
    ----------
    folder : Path
        Holds a folder per job.
    store : SqlJobStore
        Knows how each stands.
    settings : mapping of str to str
        What a training's process is to find in its environment besides this one's: it works in the app's folder, where
        relative paths would mean other places.
    """

    def __init__(self, folder: Path, store: SqlJobStore, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self._folder = folder
        self._store = store
        self._settings = dict(settings)

    def start(self, request: TrainingRequest, write_set: Callable[[Path], None], *, submission: str) -> str:
        """Start a training; see the port. Its training set lies in the job's folder until its turn comes."""
        if not _SUBMISSION.fullmatch(submission):
            raise ValueError(f"expected letters and digits for a submission, got {submission!r}")
        with _STARTING:  # a second click waits here until the first one's job is there to be found
            if any(job.id == submission for job in self.jobs()):
                return submission
            self._check_queue()
            try:
                write_set(training_set_of(self._folder / submission))
                attempt = self._store.add(submission, request, now=now())
            except BaseException:  # a full disk, a busy database: nobody will ever ask for the half of it
                shutil.rmtree(self._folder / submission, ignore_errors=True)
                raise
        self._begin(submission, attempt)
        return submission

    def stop(self, job_id: str) -> None:
        """Ask a job to stop; see the port."""
        self._store.ask_to_stop(job_id)

    def resume(self, job_id: str) -> None:
        """Resume a job; see the port. Nothing happens while it still runs."""
        self._check_queue()
        attempt = self._store.take_up(job_id, now=now())
        if attempt is not None:
            self._begin(job_id, attempt)

    def jobs(self) -> tuple[TrainingJob, ...]:
        """All jobs, newest first."""
        return self._store.jobs(now=now())

    def epochs(self, job_id: str) -> tuple[Epoch, ...]:
        """Give the epochs a job reported; see the port."""
        return self._store.epochs(job_id)

    def previews(self, job_id: str, network: str, number: int) -> tuple[ValidationPreview, ...]:
        """Give the validation previews of an epoch; see the port."""
        return self._store.previews(job_id, network, number)

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
            message = f"Its process could not be started: {error.strerror or error}. Resume it once that is solved."
            self._store.set_state(job_id, attempt, JobState.FAILED, message)
        else:
            if process is not None:
                threading.Thread(target=self._watch, args=(process, job_id, attempt), daemon=True).start()

    def _spawn(self, command: list[str], output: io.BufferedWriter) -> subprocess.Popen[bytes] | None:
        return subprocess.Popen(  # noqa: S603 - this app's own command; its arguments are codes it made
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=Path(__file__).parents[2],
            env={"GLIBC_TUNABLES": _LARGE_PAGES} | os.environ | self._settings,
            start_new_session=True,  # it outlives the app
        )

    def _watch(self, process: subprocess.Popen[bytes], job_id: str, attempt: int) -> None:
        """Wait for a process that was started here, and note of a job that still seems to live that it does not."""
        code = process.wait()
        message = (
            f"Its process ended by itself, with code {code}.",
            _last_line(self._folder / job_id / _OUTPUT),
            "Resume it; if it ends so again, train with a smaller batch.",
        )
        with suppress(StoreError):
            until_taken(lambda: self._store.end(job_id, attempt, " ".join(filter(None, message))))


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"The last it wrote was: {last[:200]}." if last else ""
