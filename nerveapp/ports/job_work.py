"""What a process that works on a training's job stands on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.job import TrainingRequest
from nerveapp.domain.labelled import LabelledImage
from nerveapp.ports.model_store import ModelStore
from nerveapp.ports.trainer import Checkpoints


class RunningJob(Protocol):
    """A job, seen by the process that works on it."""

    @property
    def request(self) -> TrainingRequest:
        """What is to be trained."""
        ...

    @property
    def runs(self) -> ModelStore:
        """The models of the parts held out, those of an interrupted attempt included."""
        ...

    @property
    def checkpoints(self) -> Checkpoints:
        """How far each network has come."""
        ...

    def images(self) -> list[LabelledImage]:
        """Read the training set; raises DataError."""
        ...

    def report(self, epoch: EpochReport) -> None:
        """Report an epoch, now or as soon as that is possible."""
        ...

    def log(self, line: str) -> None:
        """Write a line to the log, now or as soon as that is possible."""
        ...

    def cancelled(self) -> bool:
        """Whether the job was asked to stop, or was taken up by another process."""
        ...


class JobWork(Protocol):
    """Gives jobs to the processes that work on them."""

    def begin(self, job_id: str, attempt: int) -> AbstractContextManager[RunningJob]:
        """Work on a job inside: it waits for its turn first, stays alive meanwhile, and notes how it ended.

        Parameters
        ----------
        job_id : str
        attempt : int
            Given when the process was started; one that was overtaken changes nothing any more.

        Raises
        ------
        CancelledError
            If it was stopped while it waited.
        """
        ...

    def discard_runs(self, job_id: str) -> None:
        """Remove the models of the parts and the checkpoints of a job that is done."""
        ...
