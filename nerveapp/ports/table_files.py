"""Tables as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol


class TableFiles(Protocol):
    """Writes tables that spreadsheets read."""

    def csv(self, columns: Sequence[str], rows: Iterable[Iterable[object]], *, remarks: Iterable[str] = ()) -> bytes:
        """Write a table as CSV, UTF-8; None is an empty cell, remarks are lines that begin with # above it."""
        ...
