"""Which accepted values are wanted, who is healthy, and one value a person."""

from dataclasses import replace
from datetime import date

import pytest

from nerveapp.domain.accepted_value import AcceptedValue, Reservation
from nerveapp.domain.cohort import (
    CohortFilter,
    CohortValue,
    OneValue,
    by_station,
    healthy_people,
    one_value_a_person,
    says_healthy,
)
from nerveapp.domain.exam import Exam
from nerveapp.domain.patient import Patient, Sex
from nerveapp.domain.protocols import Station
from nerveapp.domain.view import Nerve, Side, Site, View
from tests.workflows.visits.samples import LEFT, RIGHT, manual, measured

WRIST = Station(Nerve.MEDIAN, Site.WRIST)
FOREARM = View(Nerve.MEDIAN, Site.FOREARM, Side.LEFT)
S01 = Patient("S01", birth_year=1980, sex=Sex.FEMALE)
S02 = Patient("S02")
FIRST, SECOND = (Exam(number * 32, "S01", date=date(2026, 3, 1)) for number in "12")
OTHER = Exam("3" * 32, "S02")


def of(patient: Patient, exam: Exam, value: AcceptedValue, outdated: str = "") -> CohortValue:
    return CohortValue(patient, exam, value, outdated)


@pytest.mark.parametrize(
    ("indication", "healthy"),
    [
        ("healthy", True),
        ("Healthy  volunteer, right-handed", True),
        ("healthy control", True),
        ("control after surgery", False),
        ("control", False),
        ("unhealthy", False),
        ("not healthy", False),
        ("", False),
    ],
)
def test_only_plain_words_say_that_somebody_is_healthy(indication: str, healthy: bool) -> None:
    assert says_healthy(replace(FIRST, indication=indication)) is healthy


def test_age_is_that_at_the_visit() -> None:
    assert of(S01, FIRST, manual(FIRST.id, 9.0)).age == 46
    assert of(S01, replace(FIRST, date=None, day=3), manual(FIRST.id, 9.0)).age is None
    assert of(S02, OTHER, manual(OTHER.id, 9.0)).age is None


@pytest.mark.parametrize(
    ("wanted", "passing"),
    [
        (CohortFilter(), "abcd"),
        (CohortFilter(text="s02"), "d"),
        (CohortFilter(site=Site.FOREARM), "b"),
        (CohortFilter(side=Side.RIGHT), "c"),
        (CohortFilter(nerve=Nerve.ULNAR), ""),
        (CohortFilter(sex=Sex.FEMALE), "abc"),
        (CohortFilter(youngest=46, oldest=46), "abc"),
        (CohortFilter(oldest=45), ""),
        (CohortFilter(manual=False), "bc"),
        (CohortFilter(reserved=False), "ad"),
    ],
)
def test_a_filter_lets_through_what_is_wanted(wanted: CohortFilter, passing: str) -> None:
    values = {
        "a": of(S01, FIRST, manual(FIRST.id, 9.0)),
        "b": of(S01, FIRST, measured(FIRST.id, 7.0, FOREARM, reservations=(Reservation.FLAGGED,))),
        "c": of(S01, SECOND, measured(SECOND.id, 9.0, RIGHT), "its clip was calibrated anew since"),
        "d": of(S02, OTHER, manual(OTHER.id, 12.0)),
    }
    assert "".join(name for name, one in values.items() if wanted.wants(one)) == passing


def test_a_person_speaks_once_by_the_mean_of_both_sides_or_by_one() -> None:
    values = [
        of(S01, FIRST, manual(FIRST.id, 8.0, LEFT)),
        of(S01, FIRST, manual(FIRST.id, 9.0, RIGHT)),
        of(S01, SECOND, manual(SECOND.id, 20.0, LEFT)),
        of(S02, OTHER, manual(OTHER.id, 7.0, RIGHT)),
    ]
    people = ("S01", "S02")
    assert one_value_a_person(values, people, OneValue.BOTH, said=healthy_people(values)) == {
        WRIST: {"S01": 8.5, "S02": 7.0}
    }
    assert one_value_a_person(values, people, OneValue.LEFT, said=healthy_people(values)) == {WRIST: {"S01": 8.0}}
    assert one_value_a_person(values, people, OneValue.RIGHT, said=healthy_people(values)) == {
        WRIST: {"S01": 9.0, "S02": 7.0}
    }
    assert one_value_a_person(values, ("S02",), OneValue.BOTH, said=healthy_people(values)) == {WRIST: {"S02": 7.0}}


def test_of_who_has_a_healthy_visit_only_that_one_counts() -> None:
    ill, healthy = replace(FIRST, indication="CTS?"), replace(SECOND, indication="healthy")
    values = [of(S01, ill, manual(ill.id, 15.0)), of(S01, healthy, manual(healthy.id, 8.0))]
    said = healthy_people(values)
    assert one_value_a_person(values, ("S01",), OneValue.BOTH, said=said) == {WRIST: {"S01": 8.0}}
    assert one_value_a_person(values[:1], ("S01",), OneValue.BOTH, said=said) == {}, "its healthy visit is filtered out"
    outdated = [values[0], replace(values[1], outdated="its clip was calibrated anew since")]
    assert one_value_a_person(outdated, ("S01",), OneValue.BOTH, said=healthy_people(outdated)) == {}


def test_pixels_and_reserved_values_make_no_norms() -> None:
    values = [
        of(S01, FIRST, measured(FIRST.id, 4000.0, calibration=None)),
        of(S02, OTHER, measured(OTHER.id, 9.0, reservations=(Reservation.FLAGGED,))),
    ]
    assert one_value_a_person(values, ("S01", "S02"), OneValue.BOTH, said=healthy_people(values)) == {}
    assert list(by_station(values)) == [WRIST]
    assert len(by_station(values)[WRIST]) == 1
