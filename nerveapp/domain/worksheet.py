"""The worksheet of a visit: which sites are to be scanned, and the value that was accepted for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nerveapp.domain.accepted_value import AcceptedValue
from nerveapp.domain.library import ListedClip
from nerveapp.domain.protocols import Protocol, Station
from nerveapp.domain.view import Side, View
from nerveapp.errors import WorksheetError, WrittenMeanwhileError

LONGEST_CONCLUSION = 4000

SIDES = (Side.LEFT, Side.RIGHT)
"""The columns of a worksheet."""


class CellState(StrEnum):
    """How far a cell has come."""

    MISSING = "missing"
    TO_REVIEW = "to review"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Cell:
    """One station on one side.

    Parameters
    ----------
    view : View
    clips : tuple of ListedClip
        Those of the visit that show it, newest first.
    value : AcceptedValue or None
        That was accepted last.
    outdated : str
        Why the value is not what would be measured today, in words; "" where nothing has changed.
    """

    view: View
    clips: tuple[ListedClip, ...] = ()
    value: AcceptedValue | None = None
    outdated: str = ""

    @property
    def state(self) -> CellState:
        """How far it has come."""
        if self.value is not None:
            return CellState.ACCEPTED
        return CellState.TO_REVIEW if self.clips else CellState.MISSING

    @property
    def station(self) -> Station:
        """Its row."""
        return Station(self.view.nerve, self.view.site)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written on a visit's worksheet beside its values.

    Parameters
    ----------
    exam : str
        Id of the visit.
    protocol : str
        Name of its protocol; "" while none was chosen.
    bifid : tuple of Side
        Sides on which the median nerve at the wrist is bifid.
    conclusion : str
        The clinician's own words, at most 4,000 characters.
    by : str
        Code of who wrote the conclusion last.
    at : datetime or None
        When; with a time zone.

    Raises
    ------
    WorksheetError
        If the conclusion is too long.
    """

    exam: str
    protocol: str = ""
    bifid: tuple[Side, ...] = ()
    conclusion: str = ""
    by: str = ""
    at: datetime | None = None

    def __post_init__(self) -> None:
        if len(self.conclusion) > LONGEST_CONCLUSION:
            raise WorksheetError(
                f"The conclusion is {len(self.conclusion)} characters long.", f"At most {LONGEST_CONCLUSION} are kept."
            )


def check_standing(standing: str, conclusion: str | None, *, instead_of: str) -> None:
    """Refuse a conclusion where another one stands than the one that it is to replace, or that it is itself."""
    if standing not in (instead_of, conclusion):
        raise WrittenMeanwhileError("Another conclusion was written meanwhile.", "Look at it, then write yours.")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A visit's worksheet.

    Parameters
    ----------
    sheet : Sheet
    protocol : Protocol
    cells : tuple of Cell
        Left and right of each station, by row.
    others : tuple of ListedClip
        Clips of the visit that fit no cell: their nerve, site or side is another, or not known.
    changed_at : datetime or None
        When a value was last accepted, or taken back; None where none ever was.
    """

    sheet: Sheet
    protocol: Protocol
    cells: tuple[Cell, ...]
    others: tuple[ListedClip, ...] = ()
    changed_at: datetime | None = None

    def cell(self, station: Station, side: Side) -> Cell:
        """Give a cell; raises KeyError if the protocol has none such."""
        for one in self.cells:
            if one.view == station.on(side):
                return one
        raise KeyError(station)

    @property
    def protocol_gone(self) -> bool:
        """Whether the protocol that was chosen is there no more, and another one is in its place."""
        return self.sheet.protocol not in ("", self.protocol.name)

    @property
    def complete(self) -> bool:
        """Whether every cell has a value that is what would be measured today."""
        return all(one.state is CellState.ACCEPTED and not one.outdated for one in self.cells)

    @property
    def missing(self) -> tuple[Cell, ...]:
        """What is still to be scanned."""
        return tuple(one for one in self.cells if one.state is CellState.MISSING)
