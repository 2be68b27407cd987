"""Visits side by side: what counts, in which order."""

from datetime import date

import pytest

from nerveapp.domain.exam import Exam
from nerveapp.domain.norms import NormTable
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.worksheet import Choice
from nerveapp.errors import LibraryError
from nerveapp.workflows.follow_up import follow_up
from nerveapp.workflows.visit_report import ReportSources, accepted_picture
from tests.fakes import FakeAnnotationStore, FakeWorksheetStore
from tests.fakes.clock import START
from tests.fakes.library import FakeLibrary
from tests.workflows.test_visit_report import VISIT, WRIST, Place
from tests.workflows.visits import LEFT, RIGHT, manual, measured

LATE, EARLY, EMPTY = (
    Exam(letter * 32, "S01", date=date(2026, month, 1)) for letter, month in (("a", 6), ("b", 1), ("c", 3))
)
FOREARM = View(Nerve.MEDIAN, Site.FOREARM, Side.LEFT)


@pytest.fixture
def library() -> FakeLibrary:
    found = FakeLibrary()
    for exam in (LATE, EARLY, EMPTY, Exam("d" * 32, "S02")):
        found.put_exam(exam, actor="R1", now=START)
    return found


def test_visits_stand_by_date_and_stations_along_the_limb(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    for exam, area, view in ((LATE, 14.0, LEFT), (EARLY, 10.0, LEFT), (EARLY, 7.0, FOREARM), (LATE, 9.0, RIGHT)):
        store.accept(manual(exam.id, area, view))
    store.accept(manual("d" * 32, 30.0))
    found = follow_up("S01", library, store, FakeAnnotationStore())
    assert found.exams == (EARLY, LATE), "a visit without a value is left out"
    assert [one.view for one in found.courses] == [LEFT, RIGHT, FOREARM]
    assert [point.value.area for point in found.courses[0].points] == [10.0, 14.0]
    (change,) = found.detectable
    assert change.difference_mm2 == 4.0


def test_withdrawn_values_are_gone_and_the_newest_counts(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    for area in (10.0, 11.0):
        store.accept(manual(EARLY.id, area))
    store.accept(manual(LATE.id, 20.0))
    store.withdraw(LATE.id, LEFT, by="R1", at=START)
    (course,) = follow_up("S01", library, store, FakeAnnotationStore()).courses
    assert [point.value.area for point in course.points] == [11.0]


def test_a_value_whose_clip_has_left_the_visit_is_not_compared(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    store.accept(measured(EARLY.id, 10.0))
    (course,) = follow_up("S01", library, store, FakeAnnotationStore()).courses
    assert course.points[0].outdated == "its clip is filed under another visit now"
    assert course.compared == ()


def test_an_unknown_patient_is_refused(library: FakeLibrary) -> None:
    with pytest.raises(LibraryError, match="S99"):
        follow_up("S99", library, FakeWorksheetStore(), FakeAnnotationStore())


def test_the_accepted_frame_is_drawn_as_long_as_its_clip_is_kept() -> None:
    place = Place()
    place.accept(WRIST, "a", Choice.FRAME)
    sources = ReportSources(
        place.library, place.worksheets, NormTable(()), place.analyses, place.annotations, place.open_clip
    )
    (value,) = place.worksheets.values(VISIT.id)
    (reported,) = place.report().pictures
    assert accepted_picture(value, VISIT, sources) == reported
    assert accepted_picture(manual(VISIT.id, 9.0), VISIT, sources) is None
    place.clips.clear()
    assert accepted_picture(value, VISIT, sources) is None
