import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from nerveapp.io.tables import cell, csv_table

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["=1+1", '=HYPERLINK("http://h","x")', "@SUM(A1)", "\t=1", "\r=1", "-2+3", "+1"]
)


@settings(deadline=None)
@given(TEXTS)
def test_no_text_begins_like_a_formula(text: str) -> None:
    written = str(cell(text))
    assert not written.lstrip().startswith(("=", "@"))
    assert not written.startswith("\t")
    assert "\r" not in written
    if written.lstrip().startswith(("+", "-")):
        float(written)


@pytest.mark.parametrize("value", [-1.5, 3, None, True, "-1.5", "+2", "-1e-3", "wrist", "a=b", "", "2026-01-01"])
def test_numbers_and_usual_text_stay(value: object) -> None:
    assert cell(value) is value or cell(value) == value


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, st.integers() | st.none()), max_size=4), st.lists(TEXTS, max_size=2))
def test_a_table_holds_its_cells_and_a_remark_one_line(rows: list[tuple[str, int | None]], remarks: list[str]) -> None:
    lines = csv_table(("text", "number"), rows, remarks=remarks).decode()
    head, rest = lines.split("\n")[: len(remarks)], lines.split("\n", len(remarks))[len(remarks)]
    assert all(line.startswith("# ") for line in head)
    read = list(csv.reader(io.StringIO(rest, newline="")))
    assert read[0] == ["text", "number"]
    assert read[1:] == [[str(cell(text)), "" if number is None else str(number)] for text, number in rows]


@settings(deadline=None, max_examples=30)
@given(TEXTS)
def test_a_workbook_takes_every_cell_as_text(text: str) -> None:
    book = Workbook(write_only=True)
    book.create_sheet("one").append([cell(text), cell(-2.5)])
    data = io.BytesIO()
    book.save(data)
    first, second = next(load_workbook(data).worksheets[0].iter_rows())
    assert first.data_type != "f"
    assert second.value == -2.5


def test_for_europe_numbers_have_commas_and_texts_stay() -> None:
    data = csv_table(("text", "number"), [("1.5 mm; a", 1.5), ("=1+1", 2)], remarks=("1.5",), europe=True)
    assert data == b'\xef\xbb\xbf# 1.5\ntext;number\n"1.5 mm; a";1,5\n\'=1+1;2\n'
