"""Set the visits of a patient side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nerveapp import NOTICE
from nerveapp.domain.accepted_value import AcceptedValue
from nerveapp.domain.counted import counted
from nerveapp.domain.exam import Exam
from nerveapp.domain.follow_up import Course, FollowUp, VisitValue, smallest_detectable_change_mm2
from nerveapp.domain.patient import Patient
from nerveapp.domain.view import SITES, Nerve, View
from nerveapp.domain.worksheet import SIDES, Worksheet
from nerveapp.errors import LibraryError
from nerveapp.ports import AnalysisStore, AnnotationStore, Library, TableFiles, WorksheetStore
from nerveapp.workflows.visits.worksheet import worksheet

COLUMNS = (
    "patient", "visit", "nerve", "site", "side", "area", "unit", "how chosen", "not compared",
    "change since the visit before, mm²", "exceeds the smallest detectable change", "visit compared with",
    "smallest detectable change, mm²",
)  # fmt: skip

_NERVES = tuple(Nerve)


def follow_up(
    patient_code: str,
    library: Library,
    store: WorksheetStore,
    annotations: AnnotationStore,
    analyses: AnalysisStore,
) -> FollowUp:
    """Give a patient's accepted values over time; those that were withdrawn are not among them.

    Raises
    ------
    LibraryError
        If the patient is not in the library.
    """
    patient = library.patient(patient_code)
    if patient is None:
        raise LibraryError(f"There is no patient {patient_code} in the library.", "Choose one on the Library page.")
    exams = library.exams(patient_code)
    return side_by_side(patient, [(exam, worksheet(exam, library, store, annotations, analyses)) for exam in exams])


def side_by_side(patient: Patient, visits: Iterable[tuple[Exam, Worksheet]]) -> FollowUp:
    """Give a patient's accepted values over time, from the worksheets of the visits in their order."""
    points: dict[View, list[VisitValue]] = {}
    exams: dict[str, Exam] = {}
    for exam, sheet in visits:
        for cell in sheet.cells:
            if cell.value is not None:
                points.setdefault(cell.view, []).append(VisitValue(exam, cell.value, cell.outdated))
                exams[exam.id] = exam
    views = sorted(points, key=_along_the_limb)
    return FollowUp(patient, tuple(exams.values()), tuple(Course(view, tuple(points[view])) for view in views))


def follow_up_csv(found: FollowUp, tables: TableFiles) -> bytes:
    """Write a patient's values over time as CSV, one a row, by view and visit, with the notice above."""
    counts = f"{counted(sum(len(one.points) for one in found.courses), 'accepted value')} of {found.patient.code}"
    order = "" if found.ordered else "The order of the visits is not known: which way an area changed cannot be told."
    return tables.csv(COLUMNS, _rows(found), remarks=tuple(filter(None, (NOTICE, counts, order))))


def _rows(found: FollowUp) -> Iterator[tuple[object, ...]]:
    for course in found.courses:
        changes = {change.after.exam.id: change for change in course.changes if found.ordered}
        view = course.view
        for point in course.points:
            change = changes.get(point.exam.id)
            yield (
                found.patient.code,
                point.exam.when,
                *(view.nerve.value, view.site.value, view.side.value),
                round(point.value.area, 2),
                point.value.unit,
                point.value.choice.value,
                point.outdated or _why_not_compared(point.value),
                None if change is None else round(change.difference_mm2, 2),
                None if change is None else "yes" if change.detectable else "no",
                None if change is None else change.before.exam.when,
                round(smallest_detectable_change_mm2(view.nerve), 2),
            )


def _why_not_compared(value: AcceptedValue) -> str | None:
    if value.unit != "mm²":
        return f"in {value.unit}"
    return None if value.comparable_mm2 is not None else "no area of a nerve"


def _along_the_limb(view: View) -> tuple[int, int, int]:
    return _NERVES.index(view.nerve), SITES[view.nerve].index(view.site), SIDES.index(view.side)
