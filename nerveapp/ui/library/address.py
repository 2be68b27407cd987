"""Which clips the Library page lists, as its address says it: reload, Back and a bookmark list the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from nerveapp.domain.library import ClipFilter
from nerveapp.domain.view import Nerve, Side, Site

AT_ONCE = 50
"""Clips on a page of the list, and codes among the hits of a search."""

_NOBODY = "-"
"""No patient's code begins with a dash."""

_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class LibraryFilter:
    """What is to be listed.

    Parameters
    ----------
    text : str
        Words that are searched for, see `ClipFilter`.
    patient : str or None
        Code; "" is clips that are filed under nobody, None is everybody's.
    visit : str
        Id of an exam; "" is all.
    nerve, site, side
        Of the view; None is any.
    page : int
        From 0.
    """

    text: str = ""
    patient: str | None = None
    visit: str = ""
    nerve: Nerve | None = None
    site: Site | None = None
    side: Side | None = None
    page: int = 0

    @classmethod
    def read(cls, address: Mapping[str, str]) -> LibraryFilter:
        """Read query parameters; what cannot be meant counts for nothing."""
        patient = address.get("patient")
        page = address.get("page", "")
        number = int(page) - 1 if page.isascii() and page.isdigit() and len(page) < 7 else 0
        return cls(
            address.get("text", "").strip(),
            "" if patient == _NOBODY else patient or None,
            address.get("visit", ""),
            _word(Nerve, address.get("nerve", "")),
            _word(Site, address.get("site", "")),
            _word(Side, address.get("side", "")),
            max(0, number),
        )

    @property
    def address(self) -> dict[str, str]:
        """The query parameters that `read` understands."""
        values = {
            "text": self.text,
            "patient": _NOBODY if self.patient == "" else self.patient or "",
            "visit": self.visit,
            "nerve": self.nerve or "",
            "site": self.site or "",
            "side": self.side or "",
            "page": str(self.page + 1) if self.page else "",
        }
        return {name: str(value) for name, value in values.items() if value}

    @property
    def clips(self) -> ClipFilter:
        """What the library is asked for."""
        return ClipFilter(
            self.text,
            self.patient,
            self.visit or None,
            self.nerve,
            self.site,
            self.side,
            offset=self.page * AT_ONCE,
            limit=AT_ONCE,
        )


def _word(words: type[_Word], values: str) -> _Word | None:
    return next((word for word in words if word.value == values), None)
