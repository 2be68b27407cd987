"""Whose nerve it is: a code, and what a study needs of a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nerveapp.domain.annotation import code
from nerveapp.errors import LibraryError

OLDEST_BIRTH, LATEST_BIRTH = 1900, 2100
SHORTEST_CM, TALLEST_CM = 30.0, 260.0
NARROWEST_WRIST_MM, WIDEST_WRIST_MM = 50.0, 400.0


_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_DECIMALS = re.compile(r"(\d+)\.0+")
_BETWEEN = re.compile(r"(?<=[^\W\d_])[\s_-]+(?=\d)")


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
        code(self.code, what="patient")
        for what, value, lowest, highest in (
            ("year of birth", self.birth_year, OLDEST_BIRTH, LATEST_BIRTH),
            ("height in cm", self.height_cm, SHORTEST_CM, TALLEST_CM),
            ("wrist circumference in mm", self.wrist_mm, NARROWEST_WRIST_MM, WIDEST_WRIST_MM),
        ):
            if value is not None and not lowest <= value <= highest:  # not a number fails too
                raise LibraryError(f"{value:g} is no {what}.", f"Give a value from {lowest:g} to {highest:g}.")


def as_meant(code: str) -> str:
    """Give a code without what people and spreadsheets change unseen.

    That is capitals, width and hidden signs, spaces, a dash between a letter and a number, an apostrophe before all,
    zeros before a number and behind its point.
    """
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", code) if unicodedata.category(sign) != "Cf")
    seen = " ".join(seen.casefold().lstrip("'=").replace('"', "").split())
    number = _DECIMALS.fullmatch(seen)
    return _ZEROS.sub("", _BETWEEN.sub("", seen if number is None else number[1]))


def alike_to(code: str, others: Iterable[str]) -> str | None:
    """Give the first of other codes that may be meant by one, such as P01 by P1; None where there is none."""
    meant = as_meant(code)
    return next((one for one in others if one != code and as_meant(one) == meant), None)


def written_alike(codes: Iterable[str]) -> tuple[str, str] | None:
    """Give two codes that may be one person's, written differently, such as P1 and P01; None where there are none."""
    seen: dict[str, str] = {}
    for one in sorted(set(codes)):
        other = seen.setdefault(as_meant(one), one)
        if other != one:
            return other, one
    return None
