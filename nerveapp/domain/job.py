"""Training as a job: what was asked for, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.split import SplitKind


class JobState(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"

    @property
    def live(self) -> bool:
        """Whether a process works on it or is about to."""
        return self in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What is to be trained.

    Parameters
    ----------
    recipe : Recipe
        Every setting; its name is what the model will be called.
    images, people : int
        What it is trained on.
    beside_random : bool
        Also train once on frames at random, to show by how much that overstates the score.
    made_at : datetime
        With a time zone.
    """

    recipe: Recipe
    images: int
    people: int
    beside_random: bool
    made_at: datetime

    @property
    def epochs_in_all(self) -> int:
        """Passes over the images of all trainings: parts, the final model, and refinement stages if any."""
        recipe = self.recipe
        trainings = len(recipe.parts_held_out) + recipe.split.crosses
        trainings += self.beside_random and recipe.split is not SplitKind.FRAMES
        close = recipe.refinement
        return trainings * (recipe.epochs * recipe.members + (close.epochs * close.members if close else 0))


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the training images, as a running job reported it.

    Parameters
    ----------
    report : EpochReport
    at : datetime
        With a time zone.
    """

    report: EpochReport
    at: datetime


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A job as it stands.

    Parameters
    ----------
    id : str
    request : TrainingRequest
    state : JobState
    message : str
        Why it waits or ended.
    heartbeat_at : datetime
        When its process last gave a sign of life.
    """

    id: str
    request: TrainingRequest
    state: JobState
    message: str
    heartbeat_at: datetime
