"""Which changes over time are larger than readers differ."""

import math
from datetime import date

import pytest

from nerveapp.domain.exam import Exam
from nerveapp.domain.follow_up import Change, Course, FollowUp, VisitValue, smallest_detectable_change_mm2
from nerveapp.domain.patient import Patient
from nerveapp.domain.view import Nerve
from tests.workflows.visits.samples import LEFT, RIGHT, manual, measured

EXAMS = tuple(Exam(str(number) * 32, "S01", date=date(2026, number, 1)) for number in (1, 2, 3))


def course(*areas: float) -> Course:
    return Course(
        LEFT, tuple(VisitValue(exam, manual(exam.id, area)) for exam, area in zip(EXAMS, areas, strict=False))
    )


def test_in_the_arm_it_is_the_limit_of_agreement_of_two_readers() -> None:
    """SEM = 2.0 / 1.96 / sqrt(2) mm², so that 1.96 · sqrt(2) · SEM = 2.0 mm²."""
    assert smallest_detectable_change_mm2(Nerve.MEDIAN) == pytest.approx(2.0)


def test_in_the_leg_it_is_1_96_times_the_spread_of_differences_between_centres() -> None:
    assert smallest_detectable_change_mm2(Nerve.TIBIAL) == pytest.approx(1.96 * math.sqrt(2) * 1.5 / math.sqrt(2))
    assert smallest_detectable_change_mm2(Nerve.TIBIAL) == pytest.approx(2.94)


@pytest.mark.parametrize(("after", "detectable"), [(12.0, False), (12.1, True), (8.0, False), (7.9, True)])
def test_a_change_is_detectable_above_the_smallest_one_in_either_direction(after: float, detectable: bool) -> None:
    (change,) = course(10.0, after).changes
    assert change.difference_mm2 == pytest.approx(after - 10)
    assert change.detectable is detectable


def test_a_slow_change_is_detected_from_first_to_last() -> None:
    one = course(10.0, 11.5, 13.0)
    assert [change.detectable for change in one.changes] == [False, False]
    found = FollowUp(Patient("S01"), EXAMS, (one,))
    (change,) = found.detectable
    assert (change.before.exam, change.after.exam) == (EXAMS[0], EXAMS[2])


def test_pixels_and_outdated_values_are_not_compared() -> None:
    points = (
        VisitValue(EXAMS[0], manual(EXAMS[0].id, 10.0)),
        VisitValue(EXAMS[1], measured(EXAMS[1].id, 4000.0, calibration=None)),
        VisitValue(EXAMS[2], measured(EXAMS[2].id, 20.0), "its clip was calibrated anew since"),
    )
    one = Course(LEFT, points)
    assert one.compared == points[:1]
    assert one.changes == ()
    assert one.in_all is None
    assert one.at(EXAMS[1]) == points[1], "it is shown all the same"


def test_between_visits_of_one_day_nothing_is_known_to_have_changed() -> None:
    morning, noon = (Exam(letter * 32, "S01", date=date(2026, 2, 1)) for letter in "ab")
    points = tuple(
        VisitValue(exam, manual(exam.id, area)) for exam, area in ((EXAMS[0], 9.0), (morning, 14.0), (noon, 9.0))
    )
    one = Course(LEFT, points)
    assert [change.after.exam for change in one.changes] == [morning]
    assert Course(LEFT, points[1:]).in_all is None
    assert FollowUp(Patient("S01"), (EXAMS[0], morning, noon), (one,)).changes_to(noon) == ()


def test_the_order_of_visits_is_known_by_dates_alone_or_days_alone() -> None:
    day = Exam("4" * 32, "S01", day=5)
    assert FollowUp(Patient("S01"), EXAMS, ()).ordered
    assert FollowUp(Patient("S01"), (day,), ()).ordered
    assert not FollowUp(Patient("S01"), (*EXAMS, day), ()).ordered


def test_a_change_is_of_one_nerve_site_and_side() -> None:
    before = VisitValue(EXAMS[0], manual(EXAMS[0].id, 9.0))
    other = VisitValue(EXAMS[1], manual(EXAMS[1].id, 9.0, RIGHT))
    with pytest.raises(ValueError, match="one nerve, site and side"):
        Change(before, other)
