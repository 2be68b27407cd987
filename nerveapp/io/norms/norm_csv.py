"""Norms as CSV: one row a site and population."""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from nerveapp.domain.norms import Norm
from nerveapp.domain.view import Nerve, Site
from nerveapp.errors import NormsError
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
    """Read a table; lines that begin with # are remarks, a semicolon may part the columns and a comma the decimals.

    Raises
    ------
    NormsError
        If it is no such table; the message names the row.
    """
    if len(data) > LARGEST_BYTES:
        raise NormsError("The table of norms is larger than 1 MB.", "Give a CSV file with one row a site.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NormsError("The table of norms is not UTF-8 text.", "Save it as CSV UTF-8.") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    head = [name.strip().casefold() for name in rows[0]] if rows else []
    if any(name not in head for name in _REQUIRED):
        raise NormsError("It is no table of norms.", f"Its first row names the columns: {', '.join(COLUMNS)}.")
    if unknown := [name for name in head if name not in (*COLUMNS, *_NOTES)]:
        raise NormsError(
            f"The columns {', '.join(unknown)[:200]} are not known.",
            f"Known are {', '.join(COLUMNS)}. People told apart, as by sex, are populations of their own.",
        )
    if not 1 < len(rows) <= MOST_ROWS:
        raise NormsError(f"The table has {len(rows) - 1} rows.", f"Give 1 to {MOST_ROWS}.")
    found: dict[tuple[Nerve, Site, str], int] = {}
    norms = []
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row[len(head) :]):
            raise NormsError(
                f"Row {number} has more cells than there are columns.",
                "Write decimals with a point, or part the columns with semicolons.",
            )
        norm = _norm(dict(zip(head, (cell.strip() for cell in row), strict=False)), number)
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
