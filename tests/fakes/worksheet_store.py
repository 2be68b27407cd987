"""Stand-in for the port of this name: what SQL is held against, too."""

from dataclasses import dataclass, field
from datetime import datetime

from nerveapp.domain.accepted_value import AcceptedValue
from nerveapp.domain.protocols import Protocol
from nerveapp.domain.view import Side, View
from nerveapp.domain.worksheet import Sheet, check_standing


@dataclass
class FakeWorksheetStore:
    """Worksheets in memory; visits are taken to be there."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    accepted: list[tuple[str, View, AcceptedValue | None]] = field(default_factory=list)
    saved: dict[str, Protocol] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)

    def sheet(self, exam: str) -> Sheet:
        return self.sheets.get(exam, Sheet(exam))

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
        before = self.sheet(exam)
        if instead_of is not None:
            check_standing(before.conclusion, conclusion, instead_of=instead_of)
        self.sheets[exam] = Sheet(
            exam,
            before.protocol if protocol is None else protocol,
            before.bifid if bifid is None else bifid,
            before.conclusion if conclusion is None else conclusion,
            before.by if conclusion is None else by,
            before.at if conclusion is None else at,
        )

    def accept(self, value: AcceptedValue) -> None:
        self.accepted.append((value.exam, value.view, value))
        self.changed[value.exam] = value.at

    def withdraw(self, value: AcceptedValue, *, by: str, at: datetime) -> bool:
        if value.id not in {one.id for one in self.values(value.exam)}:
            return False
        self.accepted.append((value.exam, value.view, None))
        self.changed[value.exam] = at
        return True

    def changed_at(self, exam: str) -> datetime | None:
        return self.changed.get(exam)

    def values(self, exam: str | None = None) -> tuple[AcceptedValue, ...]:
        newest = {(one, view): (number, value) for number, (one, view, value) in enumerate(self.accepted)}
        found = sorted(newest.values(), key=lambda entry: entry[0])
        return tuple(value for _, value in found if value is not None and exam in (None, value.exam))

    def history(self, exam: str, view: View) -> tuple[AcceptedValue, ...]:
        return tuple(value for one, shown, value in self.accepted if value and (one, shown) == (exam, view))

    def protocols(self) -> tuple[Protocol, ...]:
        return tuple(sorted(self.saved.values(), key=lambda one: (one.title, one.name)))

    def put_protocol(self, protocol: Protocol, *, by: str, at: datetime) -> None:
        self.saved[protocol.name] = protocol

    def add_protocol(self, protocol: Protocol, *, by: str, at: datetime) -> bool:
        return self.saved.setdefault(protocol.name, protocol) is protocol

    def visits_with(self, protocol: str) -> int:
        return sum(one.protocol == protocol for one in self.sheets.values())

    def remove_protocol(self, name: str) -> None:
        self.saved.pop(name, None)
