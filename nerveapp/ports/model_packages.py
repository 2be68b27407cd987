"""A model as one file, to hand from one installation to another."""

from __future__ import annotations

from typing import Protocol

from nerveapp.domain.model import ModelCard
from nerveapp.ports.model_store import ModelStore


class ModelPackages(Protocol):
    """Packs models, and checks packed ones before they are added."""

    def pack(self, store: ModelStore, name: str) -> bytes:
        """Give a ZIP of a model: card, reference weights, its refinement stage's, and its report.

        Raises
        ------
        ModelError
            If it is not there or a file of it is damaged.
        """
        ...

    def add(self, data: bytes, store: ModelStore) -> ModelCard:
        """Check a packed model and add it to a store, with files for CPUs made anew.

        Raises
        ------
        ModelError
            If it is no such ZIP, a hash differs, a card is not valid, the weights do not fit it, or its name is taken.
        """
        ...
