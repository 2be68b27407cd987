"""What learns weights from traced images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import Recipe
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


class Trainer(Protocol):
    """Learns weights from traced images."""

    def train(
        self,
        real: Sequence[LabelledImage],
        synthetic: Sequence[LabelledImage],
        recipe: Recipe,
        *,
        on_epoch: Callable[[EpochReport], None],
        cancelled: Callable[[], bool],
        held_out: Sequence[LabelledImage] = (),
        start: bytes | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> TrainingResult:
        """Train from the recipe's start, or the last checkpoint, to the last epoch.

        Parameters
        ----------
        real, synthetic : sequence of LabelledImage
            Learnt from.
        recipe : Recipe
        on_epoch, cancelled : callable
            Told and asked after every epoch.
        held_out : sequence of LabelledImage
            Outlined after every epoch, to be looked at; they decide nothing.
        start : bytes, optional
            Weights of the model that the recipe starts from, where it names one.
        checkpoints : Checkpoints, optional
            A training that goes on from one reaches the same weights as one that was never interrupted.

        Raises
        ------
        TrainingError
            If training cannot go on.
        CancelledError
            If `cancelled` said so; the checkpoint is kept.
        """
        ...

    def for_cpus(self, safetensors: bytes, shown: Sequence[LabelledImage], recipe: Recipe) -> TrainedWeights:
        """Add the files that CPUs run.

        Parameters
        ----------
        safetensors : bytes
            Trained weights.
        shown : sequence of LabelledImage
            Images learnt from, whose activations set the ranges of 8-bit numbers.
        recipe : Recipe

        Raises
        ------
        TrainingError
            If what it takes is not installed.
        """
        ...
