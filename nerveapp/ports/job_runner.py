"""What runs trainings outside of the page."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from nerveapp.domain.experiments.epochs import ValidationPreview
from nerveapp.domain.job import Epoch, TrainingJob, TrainingRequest


class JobRunner(Protocol):
    """Runs trainings outside of the page: they go on when it is closed."""

    def start(self, request: TrainingRequest, training_set: bytes) -> str:
        """Begin a training, or queue it behind the one that runs.

        Parameters
        ----------
        request : TrainingRequest
        training_set : bytes
            ZIP of images, masks and groups.

        Returns
        -------
        str
            The job's id.

        Raises
        ------
        TrainingError
            If too many wait already.
        """
        ...

    def stop(self, job_id: str) -> None:
        """Ask a job to stop after the epoch in hand; what was learnt is kept."""
        ...

    def resume(self, job_id: str) -> None:
        """Go on with a job that was stopped, failed or ended without a word, after its last finished epoch."""
        ...

    def jobs(self) -> tuple[TrainingJob, ...]:
        """All jobs, newest first."""
        ...

    def epochs(self, job_id: str) -> tuple[Epoch, ...]:
        """Give what a job told, oldest first, without its sightings."""
        ...

    def sightings(self, job_id: str, network: str, number: int) -> tuple[ValidationPreview, ...]:
        """Give the validation frames as a network outlined them after an epoch; none where it did not."""
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
