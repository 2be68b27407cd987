"""A visit: what clips of one person were taken on one day."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from nerveapp.domain.annotation import code
from nerveapp.errors import LibraryError

LONGEST_TEXT = 500
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Exam:
    """One visit of a patient.

    Parameters
    ----------
    id : str
        Unique, 32 hexadecimal digits.
    patient : str
        The patient's code.
    date : datetime.date or None
        Day of the visit, where dates are kept.
    day : int or None
        Day of the study instead, where they are not: 0 is the first visit.
    indication, note : str
        In words, at most 500 characters each.
    number : int
        Which of the patient's visits of this day it is, from 1, as the library counts them.

    Raises
    ------
    AnnotationError
        If the patient's code is none.
    LibraryError
        If a text is too long, or there are both a date and a day.
    """

    id: str
    patient: str
    date: date | None = None
    day: int | None = None
    indication: str = ""
    note: str = ""
    number: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        code(self.patient, what="patient")
        if not _ID.fullmatch(self.id):
            raise ValueError(f"expected 32 hexadecimal digits, got {self.id!r}")
        if self.date is not None and self.day is not None:
            raise LibraryError("A visit has a date or a day number, not both.", "Clear one of them.")
        for what, text in (("indication", self.indication), ("note", self.note)):
            if len(text) > LONGEST_TEXT:
                raise LibraryError(f"The {what} is {len(text)} characters long.", f"At most {LONGEST_TEXT} are kept.")

    @property
    def day_of_visit(self) -> str:
        """The date, or the day number; "undated" without either."""
        if self.date is not None:
            return self.date.isoformat()
        return "undated" if self.day is None else f"day {self.day}"

    @property
    def when(self) -> str:
        """What the visit is called: its day, and a number where it is not the first of its patient on that day."""
        return self.day_of_visit if self.number == 1 else f"{self.day_of_visit} ({self.number})"

    @property
    def when_in_file_name(self) -> str:
        """The same as part of a file's name, such as "day-3-2"."""
        return re.sub(r"[^\w-]+", "-", self.when).strip("-")


@dataclass(frozen=True, slots=True)
class FiledUnder:
    """Whose a clip is and of which visit, as its result files tell.

    Parameters
    ----------
    subject : str
        The patient's code; "" for a clip of nobody.
    visit : str
        When the visit was, `Exam.when`; "" for a clip of no visit.
    """

    subject: str = ""
    visit: str = ""

    @property
    def words(self) -> str:
        """Name both, such as "patient S01, visit 2026-01-05"; "" for neither."""
        parts = (("patient", self.subject), ("visit", self.visit))
        return ", ".join(f"{what} {text}" for what, text in parts if text)


NOWHERE = FiledUnder()
"""A clip that is not in the library, or under nobody there."""
