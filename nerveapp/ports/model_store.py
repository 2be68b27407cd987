"""Where models are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from nerveapp.domain.experiments.report import TrainingReport
from nerveapp.domain.model import ModelCard
from nerveapp.ports.trainer import TrainedWeights


class ModelStore(Protocol):
    """Where models are kept: cards, weights and reports."""

    def __hash__(self) -> int:
        """Tell it from other stores: what is loaded of its models is kept by store."""
        ...

    def names(self) -> tuple[str, ...]:
        """Names of all models, sorted; refinement stages are parts of theirs and not among them."""
        ...

    def stored(self) -> tuple[str, ...]:
        """Names of all networks, those of refinement stages too, sorted."""
        ...

    def card(self, name: str) -> ModelCard:
        """Read one model's card.

        Raises
        ------
        ModelError
            If there is no such model or its card is not valid.
        """
        ...

    def refinement_card(self, card: ModelCard) -> ModelCard:
        """Read the card of the second network of a model that has one.

        Raises
        ------
        ModelError
            If it is missing, or not the one the card names by its hash.
        """
        ...

    def weights(self, name: str) -> TrainedWeights:
        """Read one model's files.

        Raises
        ------
        ModelError
            If a file is missing or its hash is not the card's.
        """
        ...

    def cpu_weights(self, name: str) -> TrainedWeights | None:
        """Read the CPU's files alone, for the engine that needs nothing else; None where a model has none.

        Raises
        ------
        ModelError
            As `weights` does.
        """
        ...

    def save(self, card: ModelCard, weights: TrainedWeights) -> ModelCard:
        """Write files and card, each under a temporary name first; returns the card with file names and hashes."""
        ...

    def remove(self, name: str) -> None:
        """Remove a model: its files, its report, and a refinement stage of its own name with them.

        Raises
        ------
        ModelError
            If there is no such model.
        WriteError
            If a file cannot be removed.
        """
        ...

    def report(self, name: str) -> TrainingReport | None:
        """Read the report of a model's training; None where there is none, or it is of other weights.

        Raises
        ------
        ModelError
            If it is not valid.
        """
        ...

    def save_report(self, report: TrainingReport) -> None:
        """Keep what is known of a model beyond its card; raises WriteError."""
        ...


class ModelFolders(Protocol):
    """Gives the models of any folder, such as those of a training's folds."""

    def at(self, folder: Path) -> ModelStore:
        """Give a folder's models; it need not exist yet."""
        ...
