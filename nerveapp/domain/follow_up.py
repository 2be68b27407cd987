"""A patient's accepted values over time, and which changes are larger than readers differ."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from nerveapp.domain.accepted_value import AcceptedValue, Choice
from nerveapp.domain.exam import Exam
from nerveapp.domain.patient import Patient
from nerveapp.domain.protocols import Station
from nerveapp.domain.uncertainty import readers_differ_mm2
from nerveapp.domain.view import Nerve, View

SDC_SOURCE = (
    "Smallest detectable change, SDC = 1.96 · √2 · SEM: de Vet HCW, Terwee CB, Knol DL, Bouter LM. When to use "
    "agreement versus reliability measures. Journal of Clinical Epidemiology 2006;59(10):1033–1039. "
    "doi:10.1016/j.jclinepi.2005.10.015"
)

_ROUNDING_MM2 = 1e-9
"""Areas of two visits that differ by exactly the smallest detectable change do not exceed it."""


def smallest_detectable_change_mm2(nerve: Nerve) -> float:
    """Give the smallest change between two visits that exceeds the spread of readers, mm².

    SDC = 1.96 · √2 · SEM (`SDC_SOURCE`). The standard error of measurement (SEM) is taken as the standard deviation of
    one reader's area: it is what two readings may differ by, `uncertainty.readers_differ_mm2`.
    """
    return readers_differ_mm2(nerve)


@dataclass(frozen=True, slots=True)
class VisitValue:
    """The accepted value of one station and side at one visit.

    Parameters
    ----------
    exam : Exam
    value : AcceptedValue
    outdated : str
        Why it is not what would be measured today, in words; "" where nothing has changed.
    """

    exam: Exam
    value: AcceptedValue
    outdated: str = ""

    @property
    def manual(self) -> bool:
        """Whether it was entered by hand."""
        return self.value.choice is Choice.MANUAL

    @property
    def comparable_mm2(self) -> float | None:
        """The area to compare, mm²; None in px², of no nerve, and where clip or calibration have changed since."""
        return None if self.outdated else self.value.comparable_mm2


@dataclass(frozen=True, slots=True)
class Change:
    """From one visit to a later one.

    Parameters
    ----------
    before, after : VisitValue
        Of one station and side, both comparable.
    """

    before: VisitValue
    after: VisitValue

    def __post_init__(self) -> None:
        if self.before.value.view != self.after.value.view:
            raise ValueError("expected two values of one nerve, site and side")

    @property
    def difference_mm2(self) -> float:
        """After minus before, mm²."""
        first, second = self.before.comparable_mm2, self.after.comparable_mm2
        if first is None or second is None:
            raise ValueError("expected two comparable values")
        return second - first

    @property
    def detectable(self) -> bool:
        """Whether it exceeds the smallest detectable change."""
        smallest = smallest_detectable_change_mm2(self.after.value.view.nerve)
        return abs(self.difference_mm2) > smallest + _ROUNDING_MM2


@dataclass(frozen=True, slots=True)
class Course:
    """One station on one side over all visits.

    Parameters
    ----------
    view : View
    points : tuple of VisitValue
        One a visit that has a value, in the order of the visits.
    """

    view: View
    points: tuple[VisitValue, ...]

    @property
    def station(self) -> Station:
        """Its row on a worksheet."""
        return Station(self.view.nerve, self.view.site)

    @property
    def compared(self) -> tuple[VisitValue, ...]:
        """The points that take part in comparisons."""
        return tuple(one for one in self.points if one.comparable_mm2 is not None)

    @property
    def changes(self) -> tuple[Change, ...]:
        """From each compared point to the next, but for visits of one day: which of these came first is not known."""
        return tuple(Change(*pair) for pair in pairwise(self.compared) if _in_order(*pair))

    @property
    def in_all(self) -> Change | None:
        """From the first compared point to the last; None for fewer than two, or where both are of one day."""
        points = self.compared
        return Change(points[0], points[-1]) if len(points) > 1 and _in_order(points[0], points[-1]) else None

    def at(self, exam: Exam) -> VisitValue | None:
        """Give the point of a visit."""
        return next((one for one in self.points if one.exam.id == exam.id), None)


def _in_order(before: VisitValue, after: VisitValue) -> bool:
    dated = before.exam.date is not None or before.exam.day is not None
    return not dated or before.exam.day_of_visit != after.exam.day_of_visit


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The visits of a patient side by side.

    Parameters
    ----------
    patient : Patient
    exams : tuple of Exam
        Those that have accepted values, oldest first: by date, then by day number, then undated ones as they came.
    courses : tuple of Course
        By station, left before right.
    """

    patient: Patient
    exams: tuple[Exam, ...]
    courses: tuple[Course, ...]

    @property
    def ordered(self) -> bool:
        """Whether the order of the visits is known: all have a date, or all a day number."""
        return all(one.date is not None for one in self.exams) or all(one.day is not None for one in self.exams)

    @property
    def stations(self) -> dict[Station, tuple[Course, ...]]:
        """The courses of each station."""
        found: dict[Station, tuple[Course, ...]] = {}
        for one in self.courses:
            found[one.station] = (*found.get(one.station, ()), one)
        return found

    def changes_to(self, exam: Exam) -> tuple[Change, ...]:
        """Give the changes of a visit from what was compared last before it; none while the order is not known."""
        changes = [change for one in self.courses for change in one.changes if change.after.exam.id == exam.id]
        return tuple(changes) if self.ordered else ()

    @property
    def detectable(self) -> tuple[Change, ...]:
        """The changes that exceed the smallest detectable one, between neighbouring visits or from first to last.

        None while the order of the visits is not known.
        """
        found = []
        for one in self.courses if self.ordered else ():
            whole = one.in_all
            changes = [*one.changes, *([whole] if whole is not None and len(one.compared) > 2 else [])]
            found += [change for change in changes if change.detectable]
        return tuple(found)
