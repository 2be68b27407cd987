"""Tables that people bring, as their spreadsheets save CSV: in any of the usual encodings and with any separator."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nerveapp.errors import DataError
from nerveapp.io.tables import read_cell

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ",;\t"
_FIRST_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)")
_EXCELS_LINE = re.compile(r"\A\s*sep=[^\r\n]*(?:\r\n?|\n|\Z)", re.IGNORECASE)
_HINT = "Save it as CSV in UTF-8, with a row of column names above."


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as text.

    Parameters
    ----------
    columns : tuple of str
        Names in small letters, without spaces around them; "" where a column has none.
    cells : tuple of tuple of str
        Row by row, without empty rows and without spaces around a cell; no row is longer than `columns`.
    """

    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    def rows(self) -> Iterator[dict[str, str]]:
        """Yield each row by column; cells that a short row lacks are left out."""
        for row in self.cells:
            yield dict(zip(self.columns, row, strict=False))


def read_table(data: bytes, name: str, *, remarks: bool = False) -> ReadTable:
    """Read a table, separated by commas, semicolons or tabs, in UTF-8, UTF-16 with its mark, or Windows-1252.

    Empty rows, which spreadsheets leave behind, are none.

    Parameters
    ----------
    data : bytes
    name : str
        What it is called in messages.
    remarks : bool
        Whether lines that begin with # are remarks, in quotation marks too.

    Raises
    ------
    DataError
        If it is no text, empty or damaged, or a row has more cells than there are columns: a comma that belongs to a
        name or a number parts it there, and what follows would be taken for what it is not.
    """
    text = _EXCELS_LINE.sub("", _text(data, name))
    while remarks and (above := _FIRST_LINE.match(text)) and (not above[0].strip() or _is_remark(above[0])):
        text = text[above.end() :]  # they are no rows, whatever signs they hold
    head_line = next((line for line in text.splitlines() if line.strip() and not (remarks and _is_remark(line))), "")
    if not head_line:
        raise DataError(f"{name} is empty.", _HINT)
    separator = max(_SEPARATORS, key=head_line.count)
    try:
        # As a whole and not line by line: a quoted cell may hold line breaks (RFC 4180, 2.6).
        parsed = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise DataError(f"{name} is damaged: {error}.", _HINT) from error
    head, *rows = [
        row for row in parsed if any(cell.strip() for cell in row) and not (remarks and row[0].lstrip().startswith("#"))
    ]
    columns = tuple(column.strip().casefold() for column in head)
    cells = [tuple(read_cell(cell.strip()) for cell in row) for row in rows]
    for number, row in enumerate(cells, start=2):
        if len(row) > len(columns):
            raise DataError(
                f"{name}: row {number} has more cells than there are columns.",
                "Put a name or number with a comma in quotation marks, or part the columns with semicolons; take out "
                "a separator at the end of the row.",
            )
    return ReadTable(columns, tuple(cells))


def _is_remark(line: str) -> bool:
    return line.lstrip('" ').startswith("#")


def _text(data: bytes, name: str) -> str:
    encoding = next((known for mark, known in _MARKS if data.startswith(mark)), None)
    try:
        text = data.decode(encoding) if encoding else _unmarked(data)
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is in an unknown encoding.", _HINT) from error
    if "\0" in text:
        raise DataError(f"{name} is in an unknown encoding, or no text.", _HINT)
    return text


def _unmarked(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252")  # Excel's CSV in Western Europe
