"""Trainings as processes of this machine: a folder per job holds all there is to know of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from nerveapp.domain.job import Epoch, JobState, TrainingJob, TrainingRequest
from nerveapp.errors import CancelledError, NerveAppError, TrainingError
from nerveapp.io.atomic import write_bytes

_REQUESTS, _EPOCHS = TypeAdapter(TrainingRequest), TypeAdapter(Epoch)
_SET, _REQUEST, _TOLD, _END, _STOP, _STARTED, _LOG = (
    "set", "request.json", "epochs.jsonl", "end.json", "stop", "started", "log.txt",
)  # fmt: skip
_DEVICE_LOCK, _JOB_LOCK, _SPAWNED = "device.lock", "job.lock", "spawned"
STARTS_WITHIN_S = 30


class LocalJobRunner:
    """Runs trainings one after another on this machine (the `JobRunner` port).

    Parameters
    ----------
    folder : Path
        Holds a folder per job.
    weights : Path
        Where finished models go.
    """

    def __init__(self, folder: Path, weights: Path) -> None:
        self._folder = folder
        self._weights = weights

    def start(self, request: TrainingRequest, training_set: bytes) -> str:
        """Begin a training; see the port."""
        job_id = f"{request.made_at:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"
        folder = self._folder / job_id
        with zipfile.ZipFile(io.BytesIO(training_set)) as archive:
            for name in archive.namelist():
                write_bytes(folder / _SET / name, archive.read(name))
        write_bytes(folder / _REQUEST, _REQUESTS.dump_json(request))
        self._begin(folder, request)
        return job_id

    def stop(self, job_id: str) -> None:
        """Ask a job to stop; see the port."""
        write_bytes(self._of(job_id) / _STOP, b"")

    def resume(self, job_id: str) -> None:
        """Go on with a job; see the port. Nothing happens while it still runs."""
        folder = self._of(job_id)
        if _alive(folder) or _starting(folder):
            return
        for name in (_STOP, _END, _STARTED):
            (folder / name).unlink(missing_ok=True)
        self._begin(folder, _request(folder))

    def jobs(self) -> tuple[TrainingJob, ...]:
        """All jobs, newest first."""
        folders = sorted(self._folder.glob(f"*/{_REQUEST}"), reverse=True)
        return tuple(_job(path.parent) for path in folders)

    def _begin(self, folder: Path, request: TrainingRequest) -> None:
        write_bytes(folder / _SPAWNED, b"")
        self._spawn(folder, request)

    def _spawn(self, folder: Path, request: TrainingRequest) -> None:
        command = [sys.executable, "-m", "nerveapp", "train", request.recipe]
        command += ["--images", str(folder / _SET), "--name", request.name, "--change", f"epochs={request.epochs}"]
        command += ["--runs", str(folder / "runs"), "--out", str(self._weights.resolve()), "--job", str(folder)]
        with (folder / _LOG).open("ab") as log:
            subprocess.Popen(  # noqa: S603 - our own command; its words are checked codes and paths
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[2],
                start_new_session=True,  # it outlives the app
            )

    def _of(self, job_id: str) -> Path:
        folder = self._folder / job_id
        if folder.parent != self._folder or not (folder / _REQUEST).is_file():
            raise TrainingError("There is no such job.", "Reload the page.")
        return folder


def _request(folder: Path) -> TrainingRequest:
    return _REQUESTS.validate_json((folder / _REQUEST).read_bytes())


def _job(folder: Path) -> TrainingJob:
    epochs = tuple(_epochs(folder / _TOLD))
    state, said = _state(folder)
    return TrainingJob(folder.name, _request(folder), state, epochs, said)


def _epochs(path: Path) -> Iterator[Epoch]:
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        with suppress(ValueError):  # the last line may be half written
            yield _EPOCHS.validate_json(line)


def _state(folder: Path) -> tuple[JobState, str]:
    end = folder / _END
    if end.exists():
        told = json.loads(end.read_text())
        return JobState(told["state"]), str(told["said"])
    if _alive(folder):
        running = (folder / _STARTED).exists()
        return (JobState.RUNNING, "") if running else (JobState.WAITING, "Starting, or waiting for another training.")
    if _starting(folder):
        return JobState.WAITING, "Starting."
    return JobState.STOPPED, "It ended without a word: it was killed, or the machine was switched off. Resume it."


def _alive(folder: Path) -> bool:
    """Whether the job's process lives: it holds a lock that the system frees when the process ends, however it ends."""
    try:
        with FileLock(folder / _JOB_LOCK, timeout=0):
            return False
    except Timeout:
        return True


def _starting(folder: Path) -> bool:
    """Whether its process was begun so lately that it may not have taken its lock yet."""
    spawned = folder / _SPAWNED
    return spawned.exists() and time.time() - spawned.stat().st_mtime < STARTS_WITHIN_S


@contextmanager
def reporting(folder: Path | None) -> Iterator[tuple[Callable[[str, int, int, float], None], Callable[[], bool]]]:
    """Run a training as a job: wait for the device, tell each epoch, say how it ended.

    Parameters
    ----------
    folder : Path or None
        The job's; None runs it as no job.

    Yields
    ------
    tell : callable
        Takes network, epoch, epochs and loss.
    cancelled : callable
        Whether the job was asked to stop.
    """
    if folder is None:
        yield (lambda *_: None), (lambda: False)
        return
    stop = folder / _STOP

    def tell(network: str, number: int, epochs: int, loss: float) -> None:
        line = _EPOCHS.dump_json(Epoch(network, number, epochs, loss, datetime.now(UTC)))
        with (folder / _TOLD).open("ab") as told:
            told.write(line + b"\n")

    with FileLock(folder / _JOB_LOCK, timeout=5):
        try:
            with FileLock(folder.parent / _DEVICE_LOCK):
                write_bytes(folder / _STARTED, b"")
                yield tell, stop.exists
        except CancelledError:
            _say_end(folder, JobState.STOPPED, "It was stopped; the folds finished are kept.")
            raise
        except NerveAppError as error:
            _say_end(folder, JobState.FAILED, str(error))
            raise
        _say_end(folder, JobState.DONE, "The model is on the Models page.")


def _say_end(folder: Path, state: JobState, said: str) -> None:
    write_bytes(folder / _END, json.dumps({"state": state.value, "said": said}).encode())
