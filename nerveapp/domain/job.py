"""Training as a job: what was asked for, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobState(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What is to be trained.

    Parameters
    ----------
    name : str
        What the model will be called.
    recipe : str
        The recipe applied.
    epochs : int
        Passes over the images, per fold.
    images, people : int
        What is learnt from.
    folds : int
        Trainings for the score; one more makes the final model.
    epochs_in_all : int
        Over all folds, the final model, and close-ups where there are any.
    made_at : datetime
        With a time zone.
    """

    name: str
    recipe: str
    epochs: int
    images: int
    people: int
    folds: int
    epochs_in_all: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the training images, as a running job told it.

    Parameters
    ----------
    network : str
        Which network: the fold's name, or the model's for the final one; close-ups end in "-close-up".
    number, epochs : int
        This pass, from 1, and how many there are.
    loss : float
        Mean training loss.
    at : datetime
        With a time zone.
    """

    network: str
    number: int
    epochs: int
    loss: float
    at: datetime


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A job as it stands.

    Parameters
    ----------
    id : str
    request : TrainingRequest
    state : JobState
    epochs : tuple of Epoch
        All that were told, oldest first.
    said : str
        Why it ended, or the last line of its log.
    """

    id: str
    request: TrainingRequest
    state: JobState
    epochs: tuple[Epoch, ...]
    said: str
