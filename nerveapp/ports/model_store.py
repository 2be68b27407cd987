"""Where models are kept."""

from __future__ import annotations

from typing import Protocol

from nerveapp.domain.model import ModelCard
from nerveapp.ports.trainer import TrainedWeights


class ModelStore(Protocol):
    """Where models are kept."""

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

    def weights(self, name: str) -> TrainedWeights:
        """Read one model's files.

        Raises
        ------
        ModelError
            If a file is missing or its hash is not the card's.
        """
        ...

    def save(self, card: ModelCard, weights: TrainedWeights) -> ModelCard:
        """Write files and card, each under a temporary name first; returns the card with file names and hashes."""
        ...
