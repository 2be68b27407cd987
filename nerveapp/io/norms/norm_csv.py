"""Norms as CSV: one row a site and population."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from nerveapp.domain.norms import Norm
from nerveapp.domain.view import Nerve, Site
from nerveapp.errors import DataError, NormsError
from nerveapp.io.table_reading import read_table
from nerveapp.io.tables import csv_table

COLUMNS = (
    "nerve",
    "site",
    "population",
    "n",
    "mean_mm2",
    "sd_mm2",
    "lowest_mm2",
    "highest_mm2",
    "upper_limit_mm2",
    "method",
    "citation",
    "doi",
)
_REQUIRED = ("nerve", "site", "population")
_NOTES = frozenset({"", "note", "notes", "remark", "remarks", "comment", "comments"})
"""Columns that may stand beside the others and say nothing here."""
_WHOLE = re.compile(r"\d+(?:[.,]0)?")
_PUBLISHED = Path(__file__).parent / "published.csv"
LARGEST_BYTES = 1 << 20
MOST_ROWS = 1000

_Word = TypeVar("_Word", Nerve, Site)


def read_norms(data: bytes) -> tuple[Norm, ...]:
    """Read a table; see `read_table` for how it may be written. A comma may part decimals where none parts columns.

    Raises
    ------
    NormsError
        If it is no such table; the message names the row.
    """
    if len(data) > LARGEST_BYTES:
        raise NormsError("The table of norms is larger than 1 MB.", "Give a CSV file with one row a site.")
    try:
        table = read_table(data, "The table of norms", remarks=True)
    except DataError as error:
        raise NormsError(error.message, error.hint) from error
    head, rows = table.columns, list(table.rows())
    if any(name not in head for name in _REQUIRED):
        raise NormsError("It is no table of norms.", f"Its first row names the columns: {', '.join(COLUMNS)}.")
    if twice := sorted({name for name in head if name and head.count(name) > 1}):
        raise NormsError(f"The table has the columns {', '.join(twice)[:200]} twice.", "Keep one of each.")
    if unknown := [name for name in head if name not in (*COLUMNS, *_NOTES)]:
        raise NormsError(
            f"The columns {', '.join(unknown)[:200]} are not known.",
            f"Known are {', '.join(COLUMNS)}. People told apart, as by sex, are populations of their own.",
        )
    if not 0 < len(rows) <= MOST_ROWS:
        raise NormsError(f"The table has {len(rows)} rows.", f"Give 1 to {MOST_ROWS}.")
    found: dict[tuple[Nerve, Site, str], int] = {}
    norms = []
    for number, row in enumerate(rows, start=2):
        norm = _norm(row, number)
        before = found.setdefault((norm.nerve, norm.site, norm.population), number)
        if before != number:
            raise NormsError(f"Rows {before} and {number} are of one site and population.", "Keep one of them.")
        norms.append(norm)
    return tuple(norms)


def write_norms(norms: tuple[Norm, ...]) -> bytes:
    """Write a table that `read_norms` understands."""
    return csv_table(COLUMNS, ([getattr(one, name) for name in COLUMNS] for one in norms))


@lru_cache(maxsize=1)
def published_norms() -> tuple[Norm, ...]:
    """Give the published norms that the app brings along."""
    return read_norms(_PUBLISHED.read_bytes())


def _norm(row: dict[str, str], number: int) -> Norm:
    try:
        return Norm(
            nerve=_word(Nerve, row["nerve"]),
            site=_word(Site, row["site"]),
            population=row["population"],
            n=_count(row.get("n", ""), number),
            mean_mm2=_number(row.get("mean_mm2", "")),
            sd_mm2=_number(row.get("sd_mm2", "")),
            lowest_mm2=_number(row.get("lowest_mm2", "")),
            highest_mm2=_number(row.get("highest_mm2", "")),
            upper_limit_mm2=_number(row.get("upper_limit_mm2", "")),
            method=row.get("method", ""),
            citation=row.get("citation", ""),
            doi=row.get("doi", ""),
        )
    except NormsError as error:
        raise NormsError(f"Row {number}: {error.message}", error.hint) from error
    except (KeyError, OverflowError) as error:
        raise NormsError(f"Row {number} is too short or holds no number.", "Give every row all columns.") from error


def _count(text: str, row: int) -> int | None:
    if text and not _WHOLE.fullmatch(text):
        raise NormsError(f'n is "{text}", no whole number.', f"Write it in row {row} without separators.")
    value = _number(text)
    return None if value is None else int(value)


def _word(words: type[_Word], text: str) -> _Word:
    wanted = text.casefold().replace(" ", "-")
    for word in words:
        if word.value == wanted:
            return word
    raise NormsError(f"{text!r} is no {words.__name__.casefold()}.", f"Use one of {', '.join(words)}.")


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise NormsError(f"{text!r} is no number.", "Leave the cell empty where a value is not known.") from error
