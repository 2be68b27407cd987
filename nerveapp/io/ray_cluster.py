"""Work on a Ray cluster: trainings and analyses as Ray jobs, and independent pieces of work as Ray tasks."""

from __future__ import annotations

import io
import os
import shlex
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.errors import ClusterError, NerveAppError
from nerveapp.io.analysis_runners import worker_command
from nerveapp.io.early_results import EarlyResults
from nerveapp.io.jobs import LocalJobRunner
from nerveapp.io.store.jobs import SqlJobStore
from nerveapp.ports import AnalysisStore, Item, Result

TRIES = 3
"""So often a piece of work is done again when its worker was lost."""

_POLL_EVERY_S, _LONGEST_PAUSE_S = 1.0, 30.0
_CODE = Path(__file__).parents[2]
_IN_JOB = "RAY_JOB_CONFIG_JSON_ENV_VAR"
_NO_RAY = ("Ray is not installed.", "Install requirements-ray.txt, or work without a cluster (unset RAY_ADDRESS).")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Give what a process elsewhere needs to find this installation's code, settings and folders.

    Parameters
    ----------
    settings : mapping
        What this process has made of its settings: paths are whole there.
    """
    own = {name: value for name, value in os.environ.items() if name.startswith("NERVEAPP_")}
    return (
        own | dict(settings) | {"PYTHONPATH": os.pathsep.join(filter(None, (str(_CODE), os.environ.get("PYTHONPATH"))))}
    )


def connect(address: str, settings: Mapping[str, str]) -> None:
    """Connect this process to a cluster, or to one of this machine's own cores where `address` is empty.

    Parameters
    ----------
    address : str
        Such as "10.0.0.5:6379", or "auto" for the cluster this machine belongs to.
    settings : mapping
        See `environment`.

    Raises
    ------
    ClusterError
        If Ray is not installed or the cluster is not reached.
    """
    try:
        import ray  # noqa: PLC0415 - only where a cluster is asked for
    except ImportError as error:
        raise ClusterError(*_NO_RAY) from error
    try:
        ray.init(
            address=address or "local",
            runtime_env=None if _IN_JOB in os.environ else {"env_vars": environment(settings)},  # a job brings its own
            ignore_reinit_error=True,
            log_to_driver=False,
            include_dashboard=False if not address else None,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ClusterError(
            f"The Ray cluster at {address} cannot be reached: {error}",
            "Start it with `ray start --head`, or unset RAY_ADDRESS.",
        ) from error


class RayWorkers:
    """Processes of a cluster that do pieces of work (the `Workers` port).

    Parameters
    ----------
    address : str
        See `connect`.
    cores : int
        Of each piece.
    settings : mapping
        See `environment`.
    """

    def __init__(
        self, address: str = "", *, cores: int = 1, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        connect(address, settings)
        self._cores = cores

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """Do all pieces, as many at a time as the cluster has cores for; see the port."""
        import ray  # noqa: PLC0415

        task = ray.remote(num_cpus=self._cores, max_retries=TRIES)(work)
        waiting = {task.remote(item): number for number, item in enumerate(items)}
        while waiting:
            (done, *_), _ = ray.wait(list(waiting), num_returns=1)
            number = waiting.pop(done)
            try:
                result: Result = ray.get(done)
            except ray.exceptions.RayTaskError as error:
                raise (error.cause if isinstance(error.cause, NerveAppError) else error) from None
            except ray.exceptions.RayError as error:
                raise ClusterError(
                    f"Piece {number + 1} of the work was given up after {TRIES + 1} tries: its worker was lost.",
                    "Check the machines' memory and Ray's dashboard, and start again: what is done is kept.",
                ) from error
            yield number, result


class RayJobRunner(LocalJobRunner):
    """Runs trainings as jobs of a Ray cluster (the `JobRunner` port).

    The cluster's machines have NerveApp in the same folder, and share the folders of jobs and models and the database.

    Parameters
    ----------
    folder : Path
        Holds a folder per job.
    store : SqlJobStore
        Knows how each stands.
    address : str
        Of the cluster, or of its dashboard (http://HOST:8265).
    settings : mapping
        See `environment`.
    """

    def __init__(
        self, folder: Path, store: SqlJobStore, address: str, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(folder, store, settings)
        self._address = address

    def _spawn(self, command: list[str], output: io.BufferedWriter) -> None:
        output.write(f"Ray job {_submitted(self._address, command, self._settings)}\n".encode())


class RayAnalysisRunner:
    """Works on analyses in jobs of a Ray cluster, one at a time (the `AnalysisRunner` port).

    The cluster's machines share the database, the models and the data folder. A job ends when the queue is empty.

    Parameters
    ----------
    store : AnalysisStore
    early : EarlyResults
        Where the worker puts what it has so far.
    address : str
        Of the cluster, or of its dashboard (http://HOST:8265).
    settings : mapping
        See `environment`.
    """

    def __init__(
        self,
        store: AnalysisStore,
        early: EarlyResults,
        address: str,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._settings = dict(settings)
        self._early = early
        self._address = address
        self._lock = threading.Lock()
        self._at_work = False

    def wake(self) -> None:
        """Begin a job where none is at work, and another where one ends before the queue is empty; see the port.

        Raises
        ------
        ClusterError
            If the cluster takes none.
        """
        with self._lock:
            if not self._at_work:
                name, job = self._begin()
                self._at_work = True
                threading.Thread(target=self._watch, args=(name, job), name="analysis-job", daemon=True).start()

    def early_picture(self, analysis_id: str) -> bytes | None:
        """Give the frame outlined last; see the port."""
        return self._early.picture(analysis_id)

    def early_outlines(self, analysis_id: str) -> tuple[EarlyOutline, ...]:
        """Give the outlines so far; see the port."""
        return self._early.outlines(analysis_id)

    def _begin(self) -> tuple[str, str]:
        name = uuid.uuid4().hex
        return name, _submitted(self._address, worker_command(name), self._settings)

    def _watch(self, name: str, job: str) -> None:
        pause = _POLL_EVERY_S
        while True:
            time.sleep(pause)
            try:
                if not _has_ended(self._address, job):
                    continue
                self._store.release(name)
                with self._lock:  # whoever adds one from now on begins a job anew
                    self._at_work = bool(self._store.active())
                    if not self._at_work:
                        return
                name, job = self._begin()
            except NerveAppError:  # a cluster or a database that is away may come back
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            else:
                pause = _POLL_EVERY_S


def _client(address: str) -> Any:
    try:
        from ray.job_submission import JobSubmissionClient  # noqa: PLC0415
    except ImportError as error:
        raise ClusterError(*_NO_RAY) from error
    return JobSubmissionClient(address)


def _submitted(address: str, command: list[str], settings: Mapping[str, str]) -> str:
    """Begin a command as a job of a cluster; gives the job's id, raises ClusterError."""
    try:
        runtime = {"env_vars": environment(settings)}
        return str(_client(address).submit_job(entrypoint=shlex.join(command), runtime_env=runtime))
    except (ConnectionError, RuntimeError) as error:
        raise ClusterError(
            f"The Ray cluster at {address} took no job: {error}",
            "Start it with `ray start --head`, or unset RAY_ADDRESS; then resume.",
        ) from error


def _has_ended(address: str, job: str) -> bool:
    try:
        return bool(_client(address).get_job_status(job).is_terminal())
    except (ConnectionError, RuntimeError) as error:
        raise ClusterError(f"The Ray cluster at {address} does not answer: {error}") from error
