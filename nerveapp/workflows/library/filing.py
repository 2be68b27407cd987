"""Describing patients, exams and clips, and filing clips under exams."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import ClipRecord, code
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.exam import Exam
from nerveapp.domain.patient import Patient
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import LibraryError
from nerveapp.ports import Library


def describe_patient(
    code: str, change: Callable[[Patient], Patient], library: Library, *, actor: Actor, now: datetime
) -> Patient:
    """Say anew what a study knows of a patient.

    Parameters
    ----------
    code : str
    change : callable
        Gives of what stands what is to stand: of two who say different things neither undoes the other's.
    library : Library
    actor : Actor
        Needs the right to describe.
    now : datetime
        With a time zone.

    Raises
    ------
    LibraryError
        If there is no such patient: the code may have been put right meanwhile.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    if library.patient(code) is None:
        raise LibraryError(f"There is no patient {code} (any more).", "Look again: the code may have been put right.")
    return library.describe_patient(code, change, actor=actor.code, now=now)


def rename_patient(code: str, new: str, library: Library, *, actor: Actor, now: datetime) -> None:
    """Give a patient another code, as where it was mistyped, with all visits, clips and locked outlines.

    Parameters
    ----------
    code, new : str
    library : Library
    actor : Actor
        Needs the right to describe.
    now : datetime
        With a time zone.

    Raises
    ------
    AnnotationError
        If the new code is none.
    LibraryError
        If there is no such patient, or one of the new code already.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    library.rename_patient(code, Patient(new).code, actor=actor.code, now=now)


def new_exam(
    patient: str,
    library: Library,
    *,
    date: date | None = None,
    day: int | None = None,
    indication: str = "",
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Exam:
    """Add an exam of a patient, who is added where unknown.

    Parameters
    ----------
    patient : str
        Code.
    library : Library
    date, day, indication, note
        See `Exam`.
    actor : Actor
        Needs the right to describe.
    now : datetime
        With a time zone.

    Raises
    ------
    AnnotationError, LibraryError
        If it cannot be such an exam.
    RightsError
        If the actor may not.
    """
    exam = Exam(uuid.uuid4().hex, patient, date, day, indication, note)
    actor.require(Right.DESCRIBE)
    return library.add_exam(exam, actor=actor.code, now=now)


def describe_exam(
    exam_id: str, change: Callable[[Exam], Exam], library: Library, *, actor: Actor, now: datetime
) -> Exam:
    """Say an exam anew; of another patient than before, as where a code was mistyped, it moves with all it holds.

    Parameters
    ----------
    exam_id : str
    change : callable
        Gives of what stands what is to stand: of two who say different things neither undoes the other's.
    library : Library
    actor : Actor
        Needs the right to describe.
    now : datetime
        With a time zone.

    Raises
    ------
    LibraryError
        If the exam is not in the library.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    return library.describe_exam(exam_id, change, actor=actor.code, now=now)


def move_clip(sha256: str, exam_id: str, library: Library, *, actor: Actor, now: datetime) -> ClipRecord:
    """File a clip under an exam, whose patient is its subject from then on.

    Parameters
    ----------
    sha256 : str
    exam_id : str
        "" takes it from its exam and its patient.
    library : Library
    actor : Actor
        Needs the right to describe.
    now : datetime
        With a time zone.

    Raises
    ------
    LibraryError
        If there is no such clip or exam.
    RightsError
        If the actor may not.
    """
    exam = library.exam(exam_id) if exam_id else None
    if exam_id and exam is None:
        raise LibraryError("The visit is not in the library.", "Reload the page; somebody may have deleted it.")
    patient = exam.patient if exam else ""
    return _describe(sha256, lambda clip: replace(clip, exam=exam_id, subject=patient), library, actor, now)


def place_clip(sha256: str, view: View, exam: Exam, library: Library, *, actor: Actor, now: datetime) -> ClipRecord:
    """File a clip under a visit and say what it shows: it is of that cell of the visit's worksheet from then on.

    Raises
    ------
    LibraryError
        If the clip or the visit is not in the library.
    RightsError
        If the actor may not.
    """
    return _describe(
        sha256, lambda clip: replace(clip, exam=exam.id, subject=exam.patient, view=view), library, actor, now
    )


def file_under_patient(
    sha256: str, patient: str, library: Library, *, today: date, actor: Actor, now: datetime
) -> ClipRecord:
    """File a clip under a patient's visit of today, which is added where there is none; "" files it under nobody.

    Parameters
    ----------
    sha256 : str
    patient : str
        Code.
    library : Library
    today : date
        Where the user is.
    actor : Actor
        Needs the right to describe.
    now : datetime
        With a time zone.

    Raises
    ------
    AnnotationError
        If the code is none.
    LibraryError
        If the clip is not in the library.
    RightsError
        If the actor may not.
    """
    clip = _known(sha256, library)
    if patient == clip.subject:
        return clip
    if not patient:
        return move_clip(sha256, "", library, actor=actor, now=now)
    actor.require(Right.DESCRIBE)
    new = Exam(uuid.uuid4().hex, patient, today)
    exam = library.add_exam(new, once_a_day=True, actor=actor.code, now=now)
    return move_clip(sha256, exam.id, library, actor=actor, now=now)


def describe_clip(
    sha256: str, library: Library, *, subject: str, view: View, actor: Actor, now: datetime
) -> ClipRecord:
    """Say anew whose a clip is and what it shows, where that was stored wrongly; its calibration stays as it is.

    Parameters
    ----------
    sha256 : str
    subject : str
        Study code of the person; "" takes the code off. Of another person, it is filed under no visit any more.
    view : View
        Stands as it is: an unknown side is unknown from now on.
    library : Library
    actor : Actor
        Who says so, by their code.
    now : datetime
        With a time zone.

    Raises
    ------
    AnnotationError
        If a code is none.
    LibraryError
        If the clip is not in the library.
    RightsError
        If the actor may not.
    """
    code(actor.code, what="rater")

    def described(standing: ClipRecord) -> ClipRecord:
        exam = standing.exam if subject == standing.subject else ""  # visits are of one person
        return replace(standing, subject=subject, view=view, exam=exam)

    return _describe(sha256, described, library, actor, now)


def set_view(
    sha256: str,
    library: Library,
    *,
    nerve: Nerve | None = None,
    site: Site | None = None,
    side: Side | None = None,
    actor: Actor,
    now: datetime,
) -> ClipRecord:
    """Say anew what a clip shows; all that is computed from it follows.

    What is not given stays as it is: somebody else may have said it since the page was drawn.

    Raises as `move_clip`.
    """

    def described(clip: ClipRecord) -> ClipRecord:
        return replace(clip, view=clip.view.said_anew(nerve=nerve, site=site, side=side))

    return _describe(sha256, described, library, actor, now)


def set_calibration(
    sha256: str, calibration: Calibration | None, library: Library, *, actor: Actor, now: datetime
) -> ClipRecord:
    """Say anew how large a clip's pixels are, None where that is not known after all. Raises as `move_clip`."""
    return _describe(sha256, lambda clip: replace(clip, calibration=calibration), library, actor, now)


def _known(sha256: str, library: Library) -> ClipRecord:
    found = library.clip(sha256)
    if found is None:
        raise LibraryError("The clip is not in the library (any more).", "Open it again.")
    return found.record


def _describe(
    sha256: str, change: Callable[[ClipRecord], ClipRecord], library: Library, actor: Actor, now: datetime
) -> ClipRecord:
    actor.require(Right.DESCRIBE)
    return library.describe(sha256, change, actor=actor.code, now=now)
