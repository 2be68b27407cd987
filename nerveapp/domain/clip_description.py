"""What is known of a clip, by whom and since when: descriptions are added, and the newest stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from nerveapp.domain.annotation import ClipRecord, code
from nerveapp.domain.exam import Exam
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnnotationError, LibraryError


@dataclass(frozen=True, slots=True)
class ClipDescription:
    """A clip as somebody described it.

    Parameters
    ----------
    clip : ClipRecord
        Without the names of its stills.
    rater : str
        Code of who stated it; "" where that is not known.
    at : datetime
        With a time zone.
    """

    clip: ClipRecord
    rater: str
    at: datetime

    def __post_init__(self) -> None:
        if self.rater:
            code(self.rater, what="rater")
        if self.at.tzinfo is None:
            raise ValueError("expected a time with its zone")


def with_knowledge(known: ClipRecord, stated: ClipRecord) -> ClipRecord:
    """Add what is newly stated of a clip to what is known; what is not stated is not forgotten.

    No subject, no calibration, an unknown side and an unknown nerve say nothing. A calibration is taken whole: its
    detail and its box are of its own origin. Another exam brings its own patient, and a clip that is stated to be of
    somebody else is filed under no exam of the person before.

    Parameters
    ----------
    known, stated : ClipRecord
        Of one clip.

    Raises
    ------
    AnnotationError
        If the two are of another size, so that outlines of one do not fit the other.
    """
    if known.sha256 != stated.sha256:
        raise ValueError("expected two descriptions of one clip")
    check_same_size(known, stated)
    told, before = stated.view, known.view
    unsaid = told.nerve is Nerve.UNKNOWN or (told.nerve is before.nerve and told.site is Site.UNKNOWN)
    scanned = before if unsaid else told
    side = before.side if told.side is Side.UNKNOWN else told.side
    filed_anew = stated.exam not in ("", known.exam)
    subject = stated.subject or ("" if filed_anew else known.subject)
    return replace(
        known,
        frame_count=max(known.frame_count, stated.frame_count),  # a reader that ends early knows less
        subject=subject,
        view=View(scanned.nerve, scanned.site, side),
        calibration=stated.calibration or known.calibration,
        affine=stated.affine or known.affine,
        exam=stated.exam or (known.exam if subject == known.subject else ""),
    )


def filed_under(clip: ClipRecord, exam: Exam | None) -> ClipRecord:
    """Let a clip's subject be the patient of the exam that it is filed under.

    Parameters
    ----------
    clip : ClipRecord
    exam : Exam or None
        The exam of `clip.exam`; None where there is none of that id.

    Raises
    ------
    LibraryError
        If the exam is not there, or the clip is stated to be of somebody else.
    """
    if not clip.exam:
        return clip
    if exam is None:
        raise LibraryError("The visit is not in the library.", "Reload the page; somebody may have deleted it.")
    if clip.subject not in ("", exam.patient):
        raise LibraryError(
            f"The clip is of {clip.subject}; the visit is of {exam.patient}.",
            "File it under a visit of the right patient.",
        )
    return replace(clip, subject=exam.patient)


def check_same_size(known: ClipRecord, stated: ClipRecord) -> None:
    """Refuse a clip whose frames are of another size than when it was stored; raises AnnotationError."""
    if (known.width, known.height) != (stated.width, stated.height):
        raise AnnotationError(
            f"The store knows this clip as {known.width} x {known.height} px; it is read as "
            f"{stated.width} x {stated.height} px now.",
            "Outlines of one size do not fit the other: correct it with the version that it was stored by.",
        )
