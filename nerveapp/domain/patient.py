"""Whose nerve it is: a code, and what a study needs of a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nerveapp.domain.annotation import code
from nerveapp.errors import LibraryError

OLDEST_BIRTH, LATEST_BIRTH = 1900, 2100
SHORTEST_CM, TALLEST_CM = 30.0, 260.0
NARROWEST_WRIST_MM, WIDEST_WRIST_MM = 50.0, 400.0


class Sex(StrEnum):
    """As studies of nerves report it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Patient:
    """A person under a code, never a name.

    Parameters
    ----------
    code : str
        Study code.
    birth_year : int or None
    height_cm : float or None
    wrist_mm : float or None
        Circumference of the wrist, in mm.
    sex : Sex or None

    Raises
    ------
    AnnotationError
        If the code is none.
    LibraryError
        If a number cannot be a person's.
    """

    code: str
    birth_year: int | None = None
    height_cm: float | None = None
    wrist_mm: float | None = None
    sex: Sex | None = None

    def __post_init__(self) -> None:
        code(self.code, what="subject")
        for what, value, lowest, highest in (
            ("year of birth", self.birth_year, OLDEST_BIRTH, LATEST_BIRTH),
            ("height in cm", self.height_cm, SHORTEST_CM, TALLEST_CM),
            ("wrist circumference in mm", self.wrist_mm, NARROWEST_WRIST_MM, WIDEST_WRIST_MM),
        ):
            if value is not None and not lowest <= value <= highest:  # not a number fails too
                raise LibraryError(f"{value:g} is no {what}.", f"Give a value from {lowest:g} to {highest:g}.")
