"""Visits side by side: what counts, in which order."""

from datetime import date

import pytest

from nerveapp.domain.accepted_value import Choice, Reservation
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_source import ClipSource, Origin
from nerveapp.domain.exam import Exam
from nerveapp.domain.norms import NormTable
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import LibraryError
from nerveapp.workflows.visits.follow_up import COLUMNS, follow_up, follow_up_csv
from nerveapp.workflows.visits.visit_report import ReportSources, accepted_picture
from tests.fakes import FakeAnalysisStore, FakeAnnotationStore, FakeWorksheetStore
from tests.fakes.clock import START
from tests.fakes.library import FakeLibrary
from tests.fakes.table_files import FakeTableFiles
from tests.workflows.visits.samples import LEFT, RIGHT, SPACING, manual, measured
from tests.workflows.visits.test_visit_report import VISIT, WRIST, Place

LATE, EARLY, EMPTY = (
    Exam(letter * 32, "S01", date=date(2026, month, 1)) for letter, month in (("a", 6), ("b", 1), ("c", 3))
)
FOREARM = View(Nerve.MEDIAN, Site.FOREARM, Side.LEFT)


@pytest.fixture
def library() -> FakeLibrary:
    found = FakeLibrary()
    for exam in (LATE, EARLY, EMPTY, Exam("d" * 32, "S02")):
        found.add_exam(exam, actor="R1", now=START)
    return found


def test_visits_stand_by_date_and_stations_along_the_limb(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    for exam, area, view in ((LATE, 14.0, LEFT), (EARLY, 10.0, LEFT), (EARLY, 7.0, FOREARM), (LATE, 9.0, RIGHT)):
        store.accept(manual(exam.id, area, view))
    store.accept(manual("d" * 32, 30.0))
    found = follow_up("S01", library, store, FakeAnnotationStore(), FakeAnalysisStore())
    assert found.exams == (EARLY, LATE), "a visit without a value is left out"
    assert [one.view for one in found.courses] == [LEFT, RIGHT, FOREARM]
    assert [point.value.area for point in found.courses[0].points] == [10.0, 14.0]
    (change,) = found.detectable
    assert change.difference_mm2 == 4.0


def test_withdrawn_values_are_gone_and_the_newest_counts(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    for area in (10.0, 11.0):
        store.accept(manual(EARLY.id, area))
    store.accept(late := manual(LATE.id, 20.0))
    store.withdraw(late, by="R1", at=START)
    (course,) = follow_up("S01", library, store, FakeAnnotationStore(), FakeAnalysisStore()).courses
    assert [point.value.area for point in course.points] == [11.0]


def test_a_value_whose_clip_has_left_the_visit_is_not_compared(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    store.accept(measured(EARLY.id, 10.0))
    (course,) = follow_up("S01", library, store, FakeAnnotationStore(), FakeAnalysisStore()).courses
    assert course.points[0].outdated == "its clip is no longer filed under this visit"
    assert course.compared == ()


def test_values_over_time_go_into_a_table_a_row_a_visit(library: FakeLibrary) -> None:
    again = Exam("e" * 32, "S01", date=LATE.date)
    library.add_exam(again, actor="R1", now=START)
    store = FakeWorksheetStore()
    for exam, area in ((EARLY, 10.0), (LATE, 14.0), (again, 13.0)):
        store.accept(manual(exam.id, area))
    store.accept(measured(EARLY.id, 8.0, RIGHT))
    found = follow_up("S01", library, store, FakeAnnotationStore(), FakeAnalysisStore())
    remarks, head, rows = found_lines(follow_up_csv(found, FakeTableFiles()).decode())
    assert remarks[0].startswith("# Research use only")
    assert remarks[1:] == ["# 4 accepted values of S01"]
    assert head == ",".join(COLUMNS)
    assert rows == [
        "S01,2026-01-01,median,wrist,left,10.0,mm²,entered by hand,,,,,2.0",
        "S01,2026-06-01,median,wrist,left,14.0,mm²,entered by hand,,4.0,yes,2026-01-01,2.0",
        "S01,2026-06-01 (2),median,wrist,left,13.0,mm²,entered by hand,,,,,2.0",  # which came first is not known
        "S01,2026-01-01,median,wrist,right,8.0,mm²,largest,its clip is no longer filed under this visit,,,,2.0",
    ]


def test_the_table_says_why_an_area_is_compared_with_none(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    store.accept(measured(LATE.id, 160.0, reservations=(Reservation.IMPLAUSIBLE,)))
    clip = ClipRecord("a" * 64, 60, 40, 30, "S01", LEFT, SPACING, exam=LATE.id)
    source = ClipSource(clip.sha256, (), Origin.UPLOAD, "clip")
    library.add_clip(clip, source, b"", actor="R1", now=START)
    found = follow_up("S01", library, store, FakeAnnotationStore(), FakeAnalysisStore())
    _, _, (row,) = found_lines(follow_up_csv(found, FakeTableFiles()).decode())
    assert row == "S01,2026-06-01,median,wrist,left,160.0,mm²,largest,no area of a nerve,,,,2.0"


def test_of_visits_in_no_known_order_the_table_says_so(library: FakeLibrary) -> None:
    undated = Exam("e" * 32, "S01")
    library.add_exam(undated, actor="R1", now=START)
    store = FakeWorksheetStore()
    for exam, area in ((EARLY, 10.0), (undated, 15.0)):
        store.accept(manual(exam.id, area))
    found = follow_up("S01", library, store, FakeAnnotationStore(), FakeAnalysisStore())
    remarks, _, rows = found_lines(follow_up_csv(found, FakeTableFiles()).decode())
    assert all(row.endswith("entered by hand,,,,,2.0") for row in rows), "nor does it tell one"
    assert remarks[-1] == "# The order of the visits is not known: which way an area changed cannot be told."


def found_lines(text: str) -> tuple[list[str], str, list[str]]:
    lines = text.splitlines()
    remarks = [line for line in lines if line.startswith("#")]
    head, *rows = lines[len(remarks) :]
    return remarks, head, rows


def test_an_unknown_patient_is_refused(library: FakeLibrary) -> None:
    with pytest.raises(LibraryError, match="S99"):
        follow_up("S99", library, FakeWorksheetStore(), FakeAnnotationStore(), FakeAnalysisStore())


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
