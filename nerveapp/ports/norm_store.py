"""Where normal values come from."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from nerveapp.domain.norms import Norm, NormTable


class NormStore(Protocol):
    """The published norms, and those that a laboratory added.

    Raises
    ------
    StoreError
        By every method: if the store cannot be read or written now.
    """

    def table(self) -> NormTable:
        """Give all norms: sets of one's own, the newest first, then the published ones."""
        ...

    def sets(self) -> tuple[str, ...]:
        """Name the sets of one's own, the newest first."""
        ...

    def put(self, name: str, norms: tuple[Norm, ...], *, by: str, at: datetime) -> None:
        """Save a set under a name of its own.

        Raises
        ------
        NormsError
            If the name is none or is another set's, or there are no norms.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a set; nothing happens where there is none of this name."""
        ...

    def read_csv(self, data: bytes) -> tuple[Norm, ...]:
        """Read a table of norms.

        Raises
        ------
        NormsError
            If it is no such table; the message names the row.
        """
        ...

    def as_csv(self, norms: tuple[Norm, ...]) -> bytes:
        """Write a table that `read_csv` understands."""
        ...
