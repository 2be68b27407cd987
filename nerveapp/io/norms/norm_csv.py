"""Norms as CSV: one row a site and population."""

from __future__ import annotations

import csv
import io
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
    if not 1 < len(rows) <= MOST_ROWS:
        raise NormsError(f"The table has {len(rows) - 1} rows.", f"Give 1 to {MOST_ROWS}.")
    return tuple(
        _norm(dict(zip(head, (cell.strip() for cell in row), strict=False)), number)
        for number, row in enumerate(rows[1:], start=2)
    )


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
    value = _number(text)
    if value is not None and value != int(value):
        raise NormsError(f'n is "{text}", no whole number.', f"Write it in row {row} without separators.")
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
