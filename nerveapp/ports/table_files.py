"""Tables as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol


class TableFiles(Protocol):
    """Writes tables that spreadsheets read."""

    def csv(
        self,
        columns: Sequence[str],
        rows: Iterable[Iterable[object]],
        *,
        remarks: Iterable[str] = (),
        europe: bool = False,
    ) -> bytes:
        """Write a table as CSV, UTF-8.

        Parameters
        ----------
        columns : sequence of str
        rows : iterable
            Their cells; None is an empty one.
        remarks : iterable of str
            Lines that begin with #, above the table.
        europe : bool
            Semicolons, decimal commas and a byte order mark, as a European Excel opens it.
        """
        ...
