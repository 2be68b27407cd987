"""Describing clips, and filing them under exams."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import ClipRecord, code
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.exam import Exam
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import LibraryError
from nerveapp.ports import Library


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
    sha256: str,
    library: Library,
    *,
    subject: str | None = None,
    nerve: Nerve | None = None,
    site: Site | None = None,
    side: Side | None = None,
    actor: Actor,
    now: datetime,
) -> ClipRecord:
    """Say anew whose a clip is and what it shows, where that was stored wrongly; its calibration stays as it is.

    What is not given stays as it is, too: somebody else may have said it since the page was drawn.

    Parameters
    ----------
    sha256 : str
    library : Library
    subject : str, optional
        Study code of the person; "" takes the code off. Of another person, it is filed under no visit any more.
    nerve, site, side : Nerve, Site, Side, optional
        Stand as they are: an unknown side is unknown from now on.
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
        person = standing.subject if subject is None else subject
        exam = standing.exam if person == standing.subject else ""  # visits are of one person
        view = standing.view.said_anew(nerve=nerve, site=site, side=side)
        return replace(standing, subject=person, view=view, exam=exam)

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
