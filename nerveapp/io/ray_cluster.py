"""Work on a Ray cluster: trainings as Ray jobs, and independent pieces of work as Ray tasks."""

from __future__ import annotations

import io
import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nerveapp.errors import ClusterError, NerveAppError
from nerveapp.io.jobs import LocalJobRunner
from nerveapp.io.store.jobs import SqlJobStore
from nerveapp.ports import Item, Result

TRIES = 3
"""So often a piece of work is done again when its worker was lost."""

_CODE = Path(__file__).parents[2]
_IN_JOB = "RAY_JOB_CONFIG_JSON_ENV_VAR"
_NO_RAY = ("Ray is not installed.", "Install requirements-ray.txt, or work without a cluster (unset RAY_ADDRESS).")


def environment() -> dict[str, str]:
    """Give what a process elsewhere needs to find this installation's code, settings and folders."""
    own = {name: value for name, value in os.environ.items() if name.startswith("NERVEAPP_")}
    return own | {"PYTHONPATH": os.pathsep.join(filter(None, (str(_CODE), os.environ.get("PYTHONPATH"))))}


def connect(address: str) -> None:
    """Connect this process to a cluster, or to one of this machine's own cores where `address` is empty.

    Parameters
    ----------
    address : str
        Such as "10.0.0.5:6379", or "auto" for the cluster this machine belongs to.

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
            runtime_env=None if _IN_JOB in os.environ else {"env_vars": environment()},  # a job brings its own
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
    """

    def __init__(self, address: str = "", *, cores: int = 1) -> None:
        connect(address)
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
                    "Look at the machines' memory and Ray's dashboard, and start again: what is done is kept.",
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
    """

    def __init__(self, folder: Path, store: SqlJobStore, address: str) -> None:
        super().__init__(folder, store)
        self._address = address

    def _spawn(self, command: list[str], output: io.BufferedWriter) -> None:
        try:
            from ray.job_submission import JobSubmissionClient  # noqa: PLC0415
        except ImportError as error:
            raise ClusterError(*_NO_RAY) from error
        try:
            submitted = JobSubmissionClient(self._address).submit_job(
                entrypoint=shlex.join(command), runtime_env={"env_vars": environment()}
            )
        except (ConnectionError, RuntimeError) as error:
            raise ClusterError(
                f"The Ray cluster at {self._address} took no job: {error}",
                "Start it with `ray start --head`, or unset RAY_ADDRESS; then resume.",
            ) from error
        output.write(f"Ray job {submitted}\n".encode())
