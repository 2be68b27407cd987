"""Tables as CSV, and the cells of workbooks: text in them stays text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile(r"\s*[=+\-@]|\t")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf|nan", re.IGNORECASE)
_MARK = codecs.BOM_UTF8
_NOT_IN_A_WORKBOOK = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def cell(value: object) -> object:
    """Give what may stand in a cell: a spreadsheet would run text that begins like a formula.

    Such text gets an apostrophe in front, which spreadsheets take as "this is text"; numbers, written as text or not,
    are left as they are. Control characters, which no workbook holds, become �; lines end with a line feed.
    """
    if not isinstance(value, str):
        return value
    text = _NOT_IN_A_WORKBOOK.sub("\ufffd", re.sub(r"\r\n?", "\n", value))
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def read_cell(text: str) -> str:
    """Take off the apostrophe that `cell` puts before text, which a spreadsheet would not show."""
    return text[1:] if text.startswith("'") and cell(text[1:]) == text else text


def csv_table(
    columns: Sequence[str], rows: Iterable[Iterable[object]], *, remarks: Iterable[str] = (), europe: bool = False
) -> bytes:
    """Write a table.

    Parameters
    ----------
    columns : sequence of str
    rows : iterable
        Their cells; None is an empty one.
    remarks : iterable of str
        Lines that start with #, above the table.
    europe : bool
        As the Excel of countries that write 0,5 opens it by a double click: semicolons between cells, decimal commas,
        and a byte order mark, without which it takes UTF-8 for something else.
    """
    text = io.StringIO(newline="")
    for remark in remarks:
        text.write(f"# {' '.join(remark.splitlines())}\n")
    writer = csv.writer(text, lineterminator="\n", delimiter=";" if europe else ",")
    writer.writerow(columns)
    number = _with_comma if europe else cell
    writer.writerows(["" if value is None else number(value) for value in row] for row in rows)
    return (_MARK if europe else b"") + text.getvalue().encode(errors="replace")


def _with_comma(value: object) -> object:
    return str(value).replace(".", ",") if isinstance(value, float) else cell(value)
