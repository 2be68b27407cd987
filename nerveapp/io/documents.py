"""Documents as files: HTML that needs nothing else, and PDF."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from functools import partial
from html import escape

from reportlab.graphics import renderSVG
from reportlab.graphics.charts.lineplots import ScatterPlot
from reportlab.graphics.shapes import Drawing, Line, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, KeepTogether, LongTable, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Paragraph as Text

from nerveapp import NOTICE
from nerveapp.domain.document import Block, Document, Heading, Paragraph, Picture, Scatter, Table
from nerveapp.domain.experiments.report import TrainingReport
from nerveapp.io.model_store import report_json

_CSS = (
    "body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b2430}"
    "table{border-collapse:collapse;margin:.5rem 0;width:100%}"
    "td,th{border:1px solid #cfd6df;padding:.3rem .5rem;text-align:left;font-size:13px}"
    "p,td:last-child{overflow-wrap:anywhere}"
    "th{background:#f1f4f8}figure{display:inline-block;margin:.5rem;vertical-align:top}"
    "figure img{max-width:20rem}figcaption{font-size:12px;max-width:20rem}"
    "@media print{body{margin:0;max-width:none}}"
)
_WIDTH, _HEIGHT = 480.0, 240.0
_PADDING = 4.0
_LEFT, _BOTTOM, _RIGHT, _TOP = 45.0, 40.0, 15.0, 22.0


def document_html(document: Document) -> bytes:
    """Write a document as one HTML file, pictures inside."""
    title = escape(document.title)
    body = "".join(_html(block) for block in document.blocks)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_CSS}</style></head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    ).encode()


def document_pdf(document: Document) -> bytes:
    """Write a document as PDF, A4 across; every page carries the notice."""
    data = io.BytesIO()
    template = SimpleDocTemplate(
        data, pagesize=landscape(A4), margin=15 * mm, title=document.title, bottomMargin=18 * mm, topMargin=15 * mm
    )

    def foot(canvas: Canvas, page: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 7)
        canvas.drawString(15 * mm, 10 * mm, f"{NOTICE}  Page {page.page}")

    styles = getSampleStyleSheet()
    story: list[Flowable] = [Text(escape(document.title), styles["Title"])]
    for block in document.blocks:
        story.append(_flowable(block, template.width))
        if not isinstance(block, Heading):  # a heading stays on the page of what follows it
            story.append(Spacer(1, 2 * mm))
    template.build(story, onFirstPage=foot, onLaterPages=foot)
    return data.getvalue()


class ReportFormats:
    """Reports as HTML, PDF and JSON (the `ReportFiles` port)."""

    def html(self, document: Document) -> bytes:
        """Write a document as one HTML file; see the port."""
        return document_html(document)

    def pdf(self, document: Document) -> bytes:
        """Write a document as PDF; see the port."""
        return document_pdf(document)

    def json(self, report: TrainingReport) -> bytes:
        """Write a report with every tested frame; see the port."""
        return report_json(report)


def _html(block: Block) -> str:
    match block:
        case Heading(text):
            return f"<h2>{escape(text)}</h2>"
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Table(head, rows):
            top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
            lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            return f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"
        case Scatter():
            svg = renderSVG.drawToString(_drawing(block))
            return f"<figure>{svg[svg.index('<svg') :]}</figure>"
        case Picture(png, caption):
            label, source = escape(caption), f"data:image/png;base64,{base64.b64encode(png).decode()}"
            return f'<figure><img alt="{label}" src="{source}"><figcaption>{label}</figcaption></figure>'


def _flowable(block: Block, width: float) -> Flowable:
    styles = getSampleStyleSheet()
    match block:
        case Heading(text):
            return Text(escape(text), styles["Heading2"].clone("heading", keepWithNext=1))
        case Paragraph(text):
            return Text(escape(text), styles["BodyText"])
        case Table(head, rows):
            small = styles["BodyText"].clone("cell", fontSize=7.5, leading=9, splitLongWords=1)
            cells = [[Text(escape(cell), small) for cell in row] for row in (head, *rows)]
            table = LongTable(cells, colWidths=_column_widths(head, rows, width, small), repeatRows=1)
            grid = ("GRID", (0, 0), (-1, -1), 0.4, colors.lightgrey)
            padding = [(f"{side}PADDING", (0, 0), (-1, -1), _PADDING) for side in ("LEFT", "RIGHT")]
            table.setStyle(TableStyle([grid, *padding, ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke)]))
            return table
        case Scatter():
            return _drawing(block)
        case Picture(png, caption):
            picture = Image(io.BytesIO(png))
            factor = min(width / 2 / picture.imageWidth, 80 * mm / picture.imageHeight)
            picture.drawWidth, picture.drawHeight = picture.imageWidth * factor, picture.imageHeight * factor
            picture.hAlign = "LEFT"
            return KeepTogether([picture, Text(escape(caption), styles["BodyText"])])


def _drawing(block: Scatter) -> Drawing:
    plot = ScatterPlot()
    plot.x, plot.y, plot.width, plot.height = _LEFT, _BOTTOM, _WIDTH - _LEFT - _RIGHT, _HEIGHT - _BOTTOM - _TOP
    plot.data = [list(block.points)]
    plot.lineLabelFormat, plot.outerBorderOn, plot.joinedLines = None, 0, 0
    plot.lines[0].strokeColor = plot.lines.symbol.fillColor = colors.HexColor("#1a5fb4")
    plot.lines.symbol.size = 4
    heights = [y for _, y in block.points] + list(block.levels)
    room = 0.05 * (max(heights) - min(heights) or 1)
    plot.yValueAxis.valueMin, plot.yValueAxis.valueMax = min(heights) - room, max(heights) + room
    plot.xLabel, plot.yLabel = "", ""
    # Drawn by the chart itself: it rounds the ends of its axes and moves as a whole, and reports neither beforehand.
    plot.annotations = [partial(_level, value=level) for level in block.levels]
    drawing = Drawing(_WIDTH, _HEIGHT)
    drawing.add(plot)
    drawing.add(String(_WIDTH / 2, 6, block.x_title, fontSize=8, textAnchor="middle"))
    drawing.add(String(4, _HEIGHT - 8, block.y_title, fontSize=8))
    return drawing


def _level(chart: ScatterPlot, _x: Callable[[float], float], y: Callable[[float], float], *, value: float) -> Line:
    """Give a line across a chart at a value of its y axis; `_x` and `y` turn values into points."""
    return Line(
        chart.x, y(value), chart.x + chart.width, y(value), strokeColor=colors.HexColor("#dc267f"), strokeWidth=0.8
    )


def _column_widths(
    head: Sequence[str], rows: Sequence[Sequence[str]], width: float, style: ParagraphStyle
) -> list[float]:
    """Share a table's width out by what its columns hold, none narrower than the longest word of its heading.

    Parameters
    ----------
    head : sequence of str
    rows : sequence of sequence of str
        As many cells each.
    width : float
        In points.
    style : ParagraphStyle
        Of the cells.
    """
    least = [
        max(stringWidth(word, style.fontName, style.fontSize) for word in cell.split() or [""]) + 2 * _PADDING + 1
        for cell in head
    ]
    shares = [min(40, max(6, *(len(row[column]) for row in (head, *rows)))) for column in range(len(head))]
    rest = max(0.0, width - sum(least))
    widths = [one + rest * share / sum(shares) for one, share in zip(least, shares, strict=True)]
    return [one * width / sum(widths) for one in widths]
