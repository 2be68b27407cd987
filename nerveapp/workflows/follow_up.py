"""Set the visits of a patient side by side."""

from __future__ import annotations

from nerveapp.domain.exam import Exam
from nerveapp.domain.follow_up import Course, FollowUp, VisitValue
from nerveapp.domain.view import SITES, Nerve, View
from nerveapp.domain.worksheet import SIDES
from nerveapp.errors import LibraryError
from nerveapp.ports import AnnotationStore, Library, WorksheetStore
from nerveapp.workflows.worksheet import worksheet

_NERVES = tuple(Nerve)


def follow_up(patient_code: str, library: Library, store: WorksheetStore, annotations: AnnotationStore) -> FollowUp:
    """Give a patient's accepted values over time; those that were withdrawn are not among them.

    Raises
    ------
    LibraryError
        If the patient is not in the library.
    """
    patient = library.patient(patient_code)
    if patient is None:
        raise LibraryError(f"There is no patient {patient_code} in the library.", "Choose one on the Library page.")
    points: dict[View, list[VisitValue]] = {}
    exams: dict[str, Exam] = {}
    for exam in library.exams(patient_code):
        for cell in worksheet(exam, library, store, annotations).cells:
            if cell.value is not None:
                points.setdefault(cell.view, []).append(VisitValue(exam, cell.value, cell.outdated))
                exams[exam.id] = exam
    views = sorted(points, key=_along_the_limb)
    return FollowUp(patient, tuple(exams.values()), tuple(Course(view, tuple(points[view])) for view in views))


def _along_the_limb(view: View) -> tuple[int, int, int]:
    return _NERVES.index(view.nerve), SITES[view.nerve].index(view.site), SIDES.index(view.side)
