"""Tables as files, for who may not know how they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nerveapp.io.tables import csv_table


class SafeTableFiles:
    """Tables whose text no spreadsheet runs (the `TableFiles` port)."""

    def csv(
        self,
        columns: Sequence[str],
        rows: Iterable[Iterable[object]],
        *,
        remarks: Iterable[str] = (),
        europe: bool = False,
    ) -> bytes:
        """See the port."""
        return csv_table(columns, rows, remarks=remarks, europe=europe)
