"""What a report shows, read back from the shapes it is drawn with."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.graphics.shapes import Drawing, Group, Line
from reportlab.graphics.widgets.markers import Marker
from reportlab.lib import colors

from nerveapp.domain.document import Document, Scatter, Table
from nerveapp.io.documents import _drawing, _flowable, document_html, document_pdf

MAGENTA = colors.HexColor("#dc267f")
HEAD = (
    "nerve and site",
    "frames",
    "people",
    "Dice mean ± SD",
    "IoU mean ± SD",
    "HD95",
    "area error",
    "bias (limits), %",
)
ROW = (
    "tibial nerve at the malleolus",
    "46",
    "12",
    "0.923 ± 0.042 (0.916–0.930)",
    "0.860 ± 0.068 (0.850–0.870)",
    "4.1 px (3.9 to 4.4)",
    "8.8% (7.9 to 9.9%)",
    "+146.8 (-96.3 to +389.9)",
)


def shapes(node: Any, dx: float = 0.0, dy: float = 0.0) -> Iterator[tuple[Any, float, float]]:
    """Walk the shapes of a drawing with what their groups move them by."""
    if isinstance(node, Group | Drawing):
        if isinstance(node, Group):
            dx, dy = dx + node.transform[4], dy + node.transform[5]
        for one in node.contents:
            yield from shapes(one, dx, dy)
    else:
        yield node, dx, dy


def read_back(block: Scatter) -> tuple[list[float], list[float]]:
    """Give the values at which a drawing's level lines and points stand against the labels of its own y axis."""
    found = list(shapes(_drawing(block).expandUserNodes()))
    labels = sorted((one.y + dy, float(one._text)) for one, _, dy in found if getattr(one, "boxAnchor", "") == "e")
    (low_y, low), (high_y, high) = labels[0], labels[-1]

    def value(y: float) -> float:
        return float(low + (y - low_y) * (high - low) / (high_y - low_y))

    across = [(one, dy) for one, _, dy in found if isinstance(one, Line) and one.strokeColor == MAGENTA]
    points = [(one, dy) for one, _, dy in found if isinstance(one, Marker)]
    return [value(one.y1 + dy) for one, dy in across], [value(one.y + dy) for one, dy in points]


def test_the_limits_of_agreement_stand_where_the_axis_says() -> None:
    points = ((100.0, -80.0), (200.0, 30.0), (300.0, 389.0), (400.0, 250.0))
    levels, drawn = read_back(Scatter(points, (146.8, 389.9, -96.3), "mean", "difference"))
    assert levels == pytest.approx((146.8, 389.9, -96.3), abs=0.1)
    assert drawn == pytest.approx([y for _, y in points], abs=0.1)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(-500, 500), min_size=2, max_size=6), st.lists(st.integers(-700, 700), min_size=3, max_size=3)
)
def test_lines_and_points_stand_at_their_values_whatever_the_axis_is_rounded_to(
    ys: list[int], levels: list[int]
) -> None:
    points = tuple((float(x), float(y)) for x, y in enumerate(ys))
    found, drawn = read_back(Scatter(points, tuple(map(float, levels)), "mean", "difference"))
    span = max(*ys, *levels) - min(*ys, *levels) or 1
    assert found == pytest.approx(levels, abs=0.01 * span)
    assert drawn == pytest.approx(ys, abs=0.01 * span)


@pytest.mark.parametrize("width", [420.0, 757.0])
def test_no_word_of_a_heading_is_split(width: float) -> None:
    table: Any = _flowable(Table(HEAD, (ROW,)), width)
    assert sum(table._colWidths) == pytest.approx(width)
    for cell, words, column in zip(table._cellvalues[0], HEAD, table._colWidths, strict=True):
        cell.wrap(column - 8, 1000)
        lines = [" ".join(line[1]) for line in cell.blPara.lines]
        assert " ".join(lines) == words


def test_a_document_with_a_plot_and_a_table_is_written_both_ways() -> None:
    document = Document("Report", (Scatter(((1.0, 2.0), (3.0, 4.0)), (2.5,), "x", "y"), Table(HEAD, (ROW,))))
    assert document_pdf(document).startswith(b"%PDF")
    assert "<svg" in document_html(document).decode()
