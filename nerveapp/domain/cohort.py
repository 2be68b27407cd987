"""All accepted values of all visits: whose they are, which of them are wanted, and one value a healthy person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from nerveapp.domain.accepted_value import AcceptedValue, Choice
from nerveapp.domain.exam import Exam
from nerveapp.domain.patient import Patient, Sex
from nerveapp.domain.protocols import Station
from nerveapp.domain.view import Nerve, Side, Site

HEALTHY_WORDS = ("healthy", "healthy control", "healthy volunteer")
"""Indications that say of a visit that the person is healthy: the whole text or what stands before a comma, whatever
the case. "Control" alone does not: it often is a visit after treatment."""


def says_healthy(exam: Exam) -> bool:
    """Whether a visit's indication says that the person is healthy (`HEALTHY_WORDS`)."""
    words = " ".join(exam.indication.split(",")[0].split())
    return words.casefold() in HEALTHY_WORDS


@dataclass(frozen=True, slots=True)
class CohortValue:
    """An accepted value, and whose it is.

    Parameters
    ----------
    patient : Patient
    exam : Exam
    value : AcceptedValue
    outdated : str
        Why it is not what would be measured today, in words; "" where nothing has changed.
    """

    patient: Patient
    exam: Exam
    value: AcceptedValue
    outdated: str = ""

    @property
    def station(self) -> Station:
        """What was measured."""
        return Station(self.value.view.nerve, self.value.view.site)

    @property
    def manual(self) -> bool:
        """Whether it was entered by hand."""
        return self.value.choice is Choice.MANUAL

    @property
    def reserved(self) -> bool:
        """Whether something spoke against it when it was accepted, or does now."""
        return bool(self.value.reservations or self.outdated)

    @property
    def age(self) -> int | None:
        """Years from the year of birth to the visit's, exact to a year; None where either is not known."""
        if self.exam.date is None or self.patient.birth_year is None:
            return None
        return self.exam.date.year - self.patient.birth_year


@dataclass(frozen=True, slots=True)
class CohortFilter:
    """Which values are wanted. What is None or "" does not matter.

    Parameters
    ----------
    text : str
        Part of the patient's code; case does not matter.
    nerve, site, side, sex
    youngest, oldest : int or None
        Age at the visit in years, both included; with either, values of people of unknown age are left out.
    manual, reserved : bool
        Whether values entered by hand, and reserved ones, are among them.
    """

    text: str = ""
    nerve: Nerve | None = None
    site: Site | None = None
    side: Side | None = None
    sex: Sex | None = None
    youngest: int | None = None
    oldest: int | None = None
    manual: bool = True
    reserved: bool = True

    def wants(self, one: CohortValue) -> bool:
        """Whether a value passes."""
        view = one.value.view
        pairs = ((self.nerve, view.nerve), (self.site, view.site), (self.side, view.side), (self.sex, one.patient.sex))
        return (
            self.text.casefold() in one.patient.code.casefold()
            and all(wanted is None or wanted is found for wanted, found in pairs)
            and self._of_age(one.age)
            and (self.manual or not one.manual)
            and (self.reserved or not one.reserved)
        )

    def _of_age(self, age: int | None) -> bool:
        if self.youngest is None and self.oldest is None:
            return True
        if age is None:
            return False
        return (self.youngest is None or age >= self.youngest) and (self.oldest is None or age <= self.oldest)


class OneValue(StrEnum):
    """Which side speaks for a person."""

    BOTH = "mean of both sides"
    LEFT = "left side"
    RIGHT = "right side"


def healthy_people(everybody: Iterable[CohortValue]) -> frozenset[str]:
    """Give the codes of those who have a visit that says so (`says_healthy`)."""
    return frozenset(one.patient.code for one in everybody if says_healthy(one.exam))


def one_value_a_person(
    values: Iterable[CohortValue], people: Collection[str], sides: OneValue, *, said: Collection[str]
) -> dict[Station, dict[str, float]]:
    """Reduce the values of healthy people to one a person and station: values of one person are not independent.

    Parameters
    ----------
    values : iterable of CohortValue
        Those in px² and reserved ones do not take part.
    people : collection of str
        Codes of the healthy.
    sides : OneValue
        The mean of both sides is that of one where only one was measured.
    said : collection of str
        Who has visits that say so (`healthy_people` of everybody, whatever was filtered out): of them only these
        visits take part. One whose healthy visit is filtered out has none, and no visit for another reason in its
        place.

    Returns
    -------
    dict
        Area in mm² by person's code, by station; each of the person's first visit that has the station.
    """
    chosen = [one for one in values if one.patient.code in people and not one.reserved]
    first: dict[tuple[Station, str], str] = {}
    found: defaultdict[tuple[Station, str], list[float]] = defaultdict(list)
    for one in chosen:
        area, person = one.value.area_mm2, one.patient.code
        if area is None or not _counts(one.value.view.side, sides) or (person in said and not says_healthy(one.exam)):
            continue
        if first.setdefault((one.station, person), one.exam.id) == one.exam.id:
            found[one.station, person].append(area)
    sample: dict[Station, dict[str, float]] = {}
    for (station, person), areas in found.items():
        sample.setdefault(station, {})[person] = fmean(areas)
    return sample


def by_station(values: Sequence[CohortValue]) -> dict[Station, tuple[CohortValue, ...]]:
    """Sort the values in mm² by station, nerve after nerve."""
    found: dict[Station, tuple[CohortValue, ...]] = {}
    for one in values:
        if one.value.area_mm2 is not None:
            found[one.station] = (*found.get(one.station, ()), one)
    nerves = tuple(Nerve)
    return dict(sorted(found.items(), key=lambda item: (nerves.index(item[0].nerve), item[0].site)))


def _counts(side: Side, sides: OneValue) -> bool:
    return {OneValue.BOTH: True, OneValue.LEFT: side is Side.LEFT, OneValue.RIGHT: side is Side.RIGHT}[sides]
