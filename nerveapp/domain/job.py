"""Training as a job: what was asked for, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import RANDOM_SUFFIX, Recipe
from nerveapp.domain.experiments.split import SplitKind


class JobState(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"

    @property
    def active(self) -> bool:
        """Whether a process works on it or is about to."""
        return self in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """One of the networks that a training makes.

    Parameters
    ----------
    network : str
        Name of its recipe, as in its `EpochReport`.
    title : str
        In words, such as "fold 2 of 5, refinement stage".
    epochs : int
        Passes over the images, of all members.
    """

    network: str
    title: str
    epochs: int


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
    by : str
        Code of who started it; "" where nobody said.
    """

    recipe: Recipe
    images: int
    people: int
    beside_random: bool
    made_at: datetime
    by: str = ""

    @property
    def steps(self) -> tuple[TrainingStep, ...]:
        """The networks to be trained, in their order: those of each fold, the comparison's, and the final model's."""
        recipe, parts = self.recipe, self.recipe.parts_held_out
        stages = [
            (recipe.for_fold(part), f"fold {part + 1} of {len(parts)}" if recipe.split.crosses else "the model")
            for part in parts
        ]
        if self.beside_random and recipe.split is not SplitKind.FRAMES:
            at_random = replace(recipe, name=recipe.name + RANDOM_SUFFIX).for_fold(0)
            stages.append((at_random, "frames at random, for comparison"))
        if recipe.split.crosses:
            stages.append((recipe, "the final model"))
        steps = []
        for one, title in stages:
            if (refinement := one.of_refinement()) is not None:
                steps.append(TrainingStep(refinement.name, f"{title}, refinement stage", refinement.passes))
            steps.append(TrainingStep(one.name, f"{title}, first stage" if refinement else title, one.passes))
        return tuple(steps)

    @property
    def epochs_in_all(self) -> int:
        """Passes over the images of all networks."""
        return sum(step.epochs for step in self.steps)


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
    stop_asked : bool
        Whether somebody asked it to stop: it does once the epoch at work is done.
    """

    id: str
    request: TrainingRequest
    state: JobState
    message: str
    heartbeat_at: datetime
    stop_asked: bool = False
