"""What runs trainings outside of the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from nerveapp.domain.experiments.epochs import ValidationPreview
from nerveapp.domain.job import Epoch, TrainingJob, TrainingRequest


class JobRunner(Protocol):
    """Runs trainings outside of the page: they go on when it is closed."""

    def start(self, request: TrainingRequest, write_set: Callable[[Path], None], *, submission: str) -> str:
        """Start a training, or queue it behind the one that runs.

        Parameters
        ----------
        request : TrainingRequest
        write_set : callable
            Writes the training set, as `TrainingFolders` does, into the folder it is given; where that fails, nothing
            is left of the job.
        submission : str
            Letters and digits, made once per request: a request that is sent twice starts one job.

        Returns
        -------
        str
            The job's id.

        Raises
        ------
        TrainingError
            If too many wait already.
        Exception
            Whatever `write_set` raises.
        """
        ...

    def stop(self, job_id: str) -> None:
        """Ask a job to stop after the epoch in hand; what was trained is kept."""
        ...

    def resume(self, job_id: str) -> None:
        """Resume a job that was stopped, failed or was lost, after its last finished epoch."""
        ...

    def jobs(self) -> tuple[TrainingJob, ...]:
        """All jobs, newest first."""
        ...

    def epochs(self, job_id: str) -> tuple[Epoch, ...]:
        """Give the epochs a job reported, oldest first, without their previews."""
        ...

    def previews(self, job_id: str, network: str, number: int) -> tuple[ValidationPreview, ...]:
        """Give the validation previews of a network after an epoch; none where it made none."""
        ...

    def log(self, job_id: str) -> tuple[tuple[datetime, str], ...]:
        """Give a job's log: when and what."""
        ...

    def image(self, job_id: str, name: str) -> bytes:
        """Give an image of a job's training set, as PNG.

        Raises
        ------
        TrainingError
            If it is gone.
        """
        ...
