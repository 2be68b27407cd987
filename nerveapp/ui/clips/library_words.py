"""Clips, visits and patients of the library in words."""

from __future__ import annotations

from nerveapp.domain.counted import counted
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ListedClip
from nerveapp.domain.patient import Patient

EVERYBODY = "Everybody who can open this server's address sees the library, as there are no accounts."

_LONGEST = 60


def name_of(clip: ListedClip) -> str:
    """Give what a clip is called; the beginning of its hash where only its outlines are known."""
    return clip.name or f"Clip {clip.record.sha256[:8]}"


def whose(clip: ListedClip) -> str:
    """Give patient and visit."""
    if not clip.record.subject:
        return "No patient's code"
    return clip.record.subject + (f" · visit {clip.exam.when}" if clip.exam is not None else "")


def state_of(clip: ListedClip, *, analysing: bool) -> str:
    """Say how far a clip has come.

    Parameters
    ----------
    clip : ListedClip
    analysing : bool
        Whether an analysis of it waits or runs.
    """
    if analysing:
        return "Analysing"
    if clip.analyses:
        return "Analysed" if clip.analyses == 1 else counted(clip.analyses, "analysis")
    return "Not analysed"


def annotated(clip: ListedClip) -> str:
    """Say how many frames have a final outline; "" where none has."""
    return f"{counted(clip.annotated, 'frame')} annotated" if clip.annotated else ""


def visit_of(exam: Exam) -> str:
    """Give a visit's name with its indication."""
    return " · ".join(filter(None, (exam.when, _indication(exam))))


def _indication(exam: Exam) -> str:
    indication = " ".join(exam.indication.split())
    return indication if len(indication) <= _LONGEST else indication[: _LONGEST - 1] + "…"


def known_of(patient: Patient) -> str:
    """Give what a study knows of a person besides the code."""
    details = (
        f"born {patient.birth_year}" if patient.birth_year is not None else "",
        str(patient.sex) if patient.sex is not None else "",
        f"{patient.height_cm:g} cm" if patient.height_cm is not None else "",
        f"wrist {patient.wrist_mm:g} mm" if patient.wrist_mm is not None else "",
    )
    return ", ".join(one for one in details if one) or "no year of birth, sex or height is known"
