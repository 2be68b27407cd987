"""What trains weights on traced images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.training_set import TrainingSet
from nerveapp.domain.labelled import LabelledImage


@dataclass(frozen=True, slots=True)
class TrainedWeights:
    """A trained network as files.

    Parameters
    ----------
    safetensors : bytes
        The reference weights.
    cpu_xml, cpu_bin : bytes
        The same network for CPUs (OpenVINO), in the recipe's precision; empty where it was not made.
    """

    safetensors: bytes
    cpu_xml: bytes = b""
    cpu_bin: bytes = b""


class Checkpoints(Protocol):
    """Keeps how far each network has come, so that a training that ended early can go on."""

    def load(self, network: str) -> bytes | None:
        """Give what was kept last of a network; None where nothing was."""
        ...

    def save(self, network: str, checkpoint: bytes) -> None:
        """Keep a checkpoint in place of the one before, whole or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training gave.

    Parameters
    ----------
    safetensors : bytes
        The weights.
    losses : tuple of float
        Mean training loss of every epoch, member after member, those before an interruption included.
    """

    safetensors: bytes
    losses: tuple[float, ...]


def _ignore(_report: EpochReport) -> None:
    """Take a report nobody asked for."""


def _never() -> bool:
    """Answer that nobody asked to stop."""
    return False


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """How one training goes: its recipe, where it begins, and who follows it.

    Parameters
    ----------
    recipe : Recipe
    on_epoch : callable
        Given a report after every epoch.
    cancelled : callable
        Asked after every epoch whether to stop.
    start : bytes or None
        Weights of the model that the recipe starts from, where it names one.
    checkpoints : Checkpoints or None
        A training that resumes from one reaches the same weights as one that was never interrupted.
    member : int
        Which network of an ensemble this is, from 0.
    """

    recipe: Recipe
    on_epoch: Callable[[EpochReport], None] = _ignore
    cancelled: Callable[[], bool] = _never
    start: bytes | None = None
    checkpoints: Checkpoints | None = None
    member: int = 0

    def of_member(self, member: int) -> TrainingRun:
        """Give the run of one network of an ensemble: a seed of its own, its epochs counted among those of all."""
        recipe = self.recipe

        def report(one: EpochReport) -> None:
            number, epochs = member * recipe.epochs + one.number, recipe.members * recipe.epochs
            self.on_epoch(replace(one, number=number, epochs=epochs))

        return replace(self, recipe=replace(recipe, seed=recipe.seed + member), on_epoch=report, member=member)

    def checkpoint(self) -> bytes | None:
        """Give the last checkpoint of this network; None where there is none."""
        return self.checkpoints.load(self._key) if self.checkpoints else None

    def keep_checkpoint(self, checkpoint: bytes) -> None:
        """Keep a checkpoint of this network, where checkpoints are kept."""
        if self.checkpoints:
            self.checkpoints.save(self._key, checkpoint)

    @property
    def _key(self) -> str:
        return f"{self.recipe.name}-{self.member + 1}"


class Trainer(Protocol):
    """Trains weights on traced images."""

    def train(self, images: TrainingSet, run: TrainingRun) -> TrainingResult:
        """Train from the recipe's start, or the last checkpoint, to the last epoch.

        Raises
        ------
        TrainingError
            If training cannot go on.
        CancelledError
            If the run was cancelled; the checkpoint is kept.
        """
        ...

    def for_cpus(
        self, safetensors: bytes, calibration_images: Sequence[LabelledImage], recipe: Recipe
    ) -> TrainedWeights:
        """Add the files that CPUs run.

        Parameters
        ----------
        safetensors : bytes
            Trained weights.
        calibration_images : sequence of LabelledImage
            Images learnt from, whose activations set the ranges of 8-bit numbers.
        recipe : Recipe

        Raises
        ------
        TrainingError
            If what it takes is not installed.
        """
        ...
