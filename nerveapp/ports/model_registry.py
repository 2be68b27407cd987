"""Which frames are locked, and which model is in use."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from nerveapp.domain.promotion import Promotion, Role


class ModelRegistry(Protocol):
    """Knows which frames are locked for judging models, and which model is in use. Rows are added, never changed.

    Locks of a clip's outlines go with it when it is deleted.
    """

    def lock(self, annotation_ids: Collection[str], *, now: datetime, by: str = "") -> None:
        """Lock outlines and note who did: their people are never trained on again. Locked twice is locked once."""
        ...

    def locked(self) -> tuple[str, ...]:
        """Give the ids of all locked outlines, oldest first."""
        ...

    def locked_people(self) -> tuple[str, ...]:
        """Give whom they were of when they were locked, sorted: a code given to a clip later takes no lock off."""
        ...

    def promote(self, promotion: Promotion) -> None:
        """Put a model to use in a role."""
        ...

    def promotions(self, role: Role) -> tuple[Promotion, ...]:
        """Give what was ever put to use in a role, oldest first: the last one is in use."""
        ...
