"""Describing patients and their exams."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.exam import Exam
from nerveapp.domain.patient import Patient
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
