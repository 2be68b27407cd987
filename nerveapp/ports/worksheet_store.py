"""Where the worksheets of visits are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol as Port

from nerveapp.domain.accepted_value import AcceptedValue
from nerveapp.domain.protocols import Protocol
from nerveapp.domain.view import Side, View
from nerveapp.domain.worksheet import Sheet


class WorksheetStore(Port):
    """Worksheets, the values accepted on them, and protocols of one's own.

    Raises
    ------
    StoreError
        By every method: if the store cannot be read or written now.
    """

    def sheet(self, exam: str) -> Sheet:
        """Give what is written on a visit's worksheet; an empty one where nobody wrote any."""
        ...

    def write_sheet(
        self,
        exam: str,
        *,
        protocol: str | None = None,
        bifid: tuple[Side, ...] | None = None,
        conclusion: str | None = None,
        instead_of: str | None = None,
        by: str,
        at: datetime,
    ) -> None:
        """Write what is given, of a conclusion by whom and when, too; the rest stays, whoever wrote it meanwhile.

        Raises
        ------
        LibraryError
            If the visit is not in the library.
        WrittenMeanwhileError
            If neither the conclusion to write stands, nor the one that it is to replace, `instead_of`; nothing is
            written then. Without `instead_of` it replaces any.
        """
        ...

    def accept(self, value: AcceptedValue) -> None:
        """Add a value; it takes the place of the cell's earlier one, which is kept.

        Raises
        ------
        LibraryError
            If the visit, or the clip that it was measured on, is not in the library.
        """
        ...

    def withdraw(self, value: AcceptedValue, *, by: str, at: datetime) -> bool:
        """Say that none of a cell's values counts any more; they are kept.

        Returns
        -------
        bool
            False, and nothing is withdrawn, where another value stands in the cell than this one, or none.

        Raises
        ------
        LibraryError
            If the visit is not in the library.
        """
        ...

    def changed_at(self, exam: str) -> datetime | None:
        """Tell when a value of a visit was last accepted or withdrawn; None where none ever was."""
        ...

    def values(self, exam: str | None = None) -> tuple[AcceptedValue, ...]:
        """Give the values that count, of a visit or of all, oldest first."""
        ...

    def history(self, exam: str, view: View) -> tuple[AcceptedValue, ...]:
        """Give all values that were ever accepted for a cell, oldest first."""
        ...

    def protocols(self) -> tuple[Protocol, ...]:
        """Give the protocols of one's own, by title."""
        ...

    def put_protocol(self, protocol: Protocol, *, by: str, at: datetime) -> None:
        """Save a protocol, in place of one of the same name."""
        ...

    def add_protocol(self, protocol: Protocol, *, by: str, at: datetime) -> bool:
        """Save a protocol; False, with nothing changed, where there is one of the same name."""
        ...

    def visits_with(self, protocol: str) -> int:
        """Count the visits on whose worksheets a protocol was chosen, by its name."""
        ...

    def remove_protocol(self, name: str) -> None:
        """Remove a protocol; nothing happens where there is none of this name."""
        ...
