"""A visit's report as PDF: one page of A4, and another one with its pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    Image,
    KeepTogether,
    LongTable,
    PageTemplate,
    Spacer,
    Table,
    TableStyle,
)

from nerveapp import NOTICE
from nerveapp.analysis.report_words import (
    CellWords,
    conclusion_heading,
    facts_of,
    legend_of,
    notes_of,
    pairs_of,
    sites_of,
)
from nerveapp.domain.visit_report import Letterhead, VisitReport
from nerveapp.domain.worksheet import SIDES
from nerveapp.io.visit_reports.cards import Card, cards_of
from nerveapp.io.visit_reports.pdf_text import BOLD, FONT, paragraph, ready

_MARGIN, _FOOT, _TOP = 12 * mm, 16 * mm, 10 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_LOGO_WIDTH, _LOGO_HEIGHT = 48 * mm, 16 * mm
_MOST_LARGE_CARDS = 2
_INK, _GREY, _RAISED, _RULE = (colors.HexColor(one) for one in ("#1b2430", "#6b7480", "#b00020", "#cfd6df"))
_SHADE = colors.HexColor("#f1f4f8")

_BODY = ParagraphStyle("body", fontName=FONT, fontSize=8.5, leading=11, textColor=_INK)
_TITLE = ParagraphStyle("title", _BODY, fontName=BOLD, fontSize=14, leading=18)
_CLINIC = ParagraphStyle("clinic", _BODY, fontName=BOLD, fontSize=11, leading=14)
_HEADING = ParagraphStyle("heading", _BODY, fontName=BOLD, fontSize=9.5, leading=12, spaceBefore=5, spaceAfter=2)
_CELL = ParagraphStyle("cell", _BODY, fontSize=7.5, leading=9.2, splitLongWords=1)
_HEAD = ParagraphStyle("head", _CELL, fontName=BOLD)
_STRONG = ParagraphStyle("strong", _CELL, fontName=BOLD, fontSize=8.5, leading=10.5)
_SMALL = ParagraphStyle("small", _CELL, fontSize=6.4, leading=7.9, textColor=_GREY)


def visit_pdf(report: VisitReport) -> bytes:
    """Write a report as PDF: every page bears notice, patient's code and its number."""
    ready()
    story: list[Flowable] = [
        *_letterhead(report.letterhead),
        paragraph("Nerve ultrasound report", _TITLE),
        _facts(report),
        paragraph("Cross-sectional areas", _HEADING),
        _areas(report),
        Spacer(1, 1 * mm),
        *(paragraph(one, _SMALL) for one in legend_of(report)),
        *_comparisons(report),
        *_conclusion(report),
        *_run("Methods", report.methods),
        *_run("Sources", report.sources),
        *_pictures(cards_of(report)),
    ]
    data = io.BytesIO()
    frame = Frame(_MARGIN, _FOOT, _WIDTH, A4[1] - _FOOT - _TOP, 0, 0, 0, 0)
    template = BaseDocTemplate(
        data,
        pagesize=A4,
        pageTemplates=[PageTemplate("report", [frame])],
        title=f"Nerve ultrasound report, {report.patient.code}, {report.exam.when}",
        subject=NOTICE,
        creator=f"NerveApp {report.version}",
        lang="en",
    )
    foot = f"{report.patient.code}, {report.exam.when}"
    template.build(story, canvasmaker=partial(_NumberedCanvas, foot=foot))
    return data.getvalue()


class _NumberedCanvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Writes the foot of all pages last, when it is known how many there are."""

    def __init__(self, *args: Any, foot: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._foot = foot
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - its name in reportlab
        """Hold a page back."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write the pages held back, each with its foot."""
        for page in self._pages:
            self.__dict__.update(page)
            self._write_foot(len(self._pages))
            super().showPage()
        super().save()

    def _write_foot(self, count: int) -> None:
        self.setStrokeColor(_RULE)
        self.line(_MARGIN, 13 * mm, A4[0] - _MARGIN, 13 * mm)
        self.setFillColor(_INK)
        self.setFont(FONT, 6.8)
        self.drawString(_MARGIN, 9.5 * mm, NOTICE)
        self.drawString(_MARGIN, 6 * mm, self._foot)
        self.drawRightString(A4[0] - _MARGIN, 6 * mm, f"Page {self._pageNumber} of {count}")


def _letterhead(letterhead: Letterhead) -> list[Flowable]:
    if not (letterhead.clinic or letterhead.logo):
        return []
    logo: Flowable | str = ""
    if letterhead.logo:
        logo = _image(letterhead.logo, _LOGO_WIDTH, _LOGO_HEIGHT)
        logo.hAlign = "RIGHT"
    row = Table([[paragraph(letterhead.clinic, _CLINIC), logo]], [_WIDTH - _LOGO_WIDTH, _LOGO_WIDTH])
    row.setStyle(TableStyle([*_BARE, ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))
    return [row, HRFlowable("100%", 0.6, color=_RULE, spaceBefore=3, spaceAfter=4)]


def _facts(report: VisitReport) -> Flowable:
    rows = [[paragraph(name, _HEAD), paragraph(text, _CELL)] for name, text in facts_of(report)]
    table = Table(rows, [28 * mm, _WIDTH - 28 * mm])
    table.setStyle(TableStyle([*_BARE, ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table


def _areas(report: VisitReport) -> Flowable:
    site, limit, value = 27 * mm, 23 * mm, 35 * mm
    meaning = (_WIDTH - site - limit - 2 * value) / 2
    widths = [site, limit, value, meaning, value, meaning]
    head = ["Nerve, site", "Upper limit of normal"]
    for one in SIDES:
        head += [one.value.capitalize(), "Meaning"]
    rows = [[paragraph(text, _HEAD) for text in head]]
    for row in sites_of(report):
        limit_cell = [
            paragraph(row.limit or "–", _CELL),
            *([paragraph(row.population, _SMALL)] if row.population else []),
        ]
        rows.append([paragraph(row.site, _HEAD), limit_cell, *(part for one in row.sides for part in _cell(one))])
    return _grid(rows, widths, ("LINEBEFORE", (2, 0), (2, -1), 0.8, _GREY), ("LINEBEFORE", (4, 0), (4, -1), 0.8, _GREY))


def _cell(words: CellWords) -> tuple[list[Flowable], list[Flowable]]:
    """Set a value with how it came about, and beside it what it means."""
    value = _STRONG if words.accepted else ParagraphStyle("missing", _CELL, textColor=_GREY)
    tone = _GREY if words.thin else _RAISED if words.raised else _INK
    flag = ParagraphStyle("flag", _CELL, fontName=BOLD, textColor=tone)
    meaning = ParagraphStyle("meaning", _CELL, fontSize=6.8, leading=8.2, textColor=tone if words.thin else _INK)
    return (
        [paragraph(words.value, value), *([paragraph("; ".join(words.remarks), _SMALL)] if words.remarks else [])],
        [*([paragraph(words.flag, flag)] if words.flag else []), *(paragraph(one, meaning) for one in words.meaning)],
    )


def _comparisons(report: VisitReport) -> list[Flowable]:
    pairs = pairs_of(report)
    if not pairs:
        return []
    widths = [48 * mm, 12 * mm, 27 * mm, 17 * mm]
    widths.append(_WIDTH - sum(widths))
    rows = [[paragraph(text, _HEAD) for text in ("Comparison", "Side", "Value", "Cut-off", "Verdict (note)")]]
    for one in pairs:
        tone = ParagraphStyle("pair", _CELL, textColor=_GREY if one.thin else _RAISED if one.raised else _INK)
        notes = f" ({', '.join(map(str, one.notes))})" if one.notes else ""
        texts = (one.what, one.side, one.value, one.cut_off, one.verdict + notes)
        rows.append([paragraph(text, tone) for text in texts])
    below = " ".join(f"({number}) {note}" for number, note in enumerate(notes_of(report), 1))
    heading = (CondPageBreak(30 * mm), paragraph("Comparisons", _HEADING))
    return [*heading, _grid(rows, widths), Spacer(1, 1 * mm), paragraph(below, _SMALL)]


def _conclusion(report: VisitReport) -> list[Flowable]:
    words = paragraph(report.worksheet.sheet.conclusion or " ", _BODY)
    line = Table([["Signature", "", "Date", ""]], [18 * mm, 82 * mm, 14 * mm, 36 * mm], [9.5 * mm], hAlign="LEFT")
    style = [
        *_BARE,
        ("FONT", (0, 0), (-1, -1), FONT, 8.5),
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
        ("LINEBELOW", (1, 0), (1, 0), 0.6, _INK),
        ("LINEBELOW", (3, 0), (3, 0), 0.6, _INK),
        ("LEFTPADDING", (2, 0), (2, 0), 6),
    ]
    line.setStyle(TableStyle(style))
    return [CondPageBreak(28 * mm), paragraph(conclusion_heading(report), _HEADING), words, line]


def _pictures(cards: Sequence[Card]) -> list[Flowable]:
    """Set pictures and curves side by side: two to a row, or three where there are many."""
    if not cards:
        return []
    columns = 2 if len(cards) <= _MOST_LARGE_CARDS else 3
    gap = 3 * mm
    width = (_WIDTH - (columns - 1) * gap) / columns
    rows: list[Flowable] = []
    for start in range(0, len(cards), columns):
        cells = [_card(card, width) for card in cards[start : start + columns]]
        cells += [[] for _ in range(columns - len(cells))]
        row = Table([cells], [width + gap] * (columns - 1) + [width], hAlign="LEFT")
        row.setStyle(TableStyle([*_BARE, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOTTOMPADDING", (0, 0), (-1, -1), 6)]))
        rows.append(row)
    return [KeepTogether([paragraph("Pictures and curves", _HEADING), rows[0]]), *rows[1:]]


def _card(card: Card, width: float) -> list[Flowable]:
    parts: list[Flowable] = [paragraph(card.title, _HEAD)]
    for png, room in ((card.picture, 1.35 * width), (card.curve, width)):
        if png:
            parts += [Spacer(1, 1 * mm), _image(png, width, room)]
    return parts


def _run(heading: str, lines: Sequence[str]) -> list[Flowable]:
    """Set lines one after another in small type, as long as each is."""
    if not lines:
        return []
    text = " ".join(line if line.endswith(".") else f"{line}." for line in lines)
    return [CondPageBreak(15 * mm), paragraph(heading, _HEADING), paragraph(text, _SMALL)]


def _image(data: bytes, widest: float, highest: float) -> Image:
    picture = Image(io.BytesIO(data), hAlign="LEFT")
    wide, high = picture.imageWidth, picture.imageHeight
    factor = min(widest / wide, highest / high)
    picture.drawWidth, picture.drawHeight = wide * factor, high * factor
    return picture


_BARE = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]


def _grid(rows: Sequence[Sequence[object]], widths: Sequence[float], *lines: tuple[object, ...]) -> LongTable:
    table = LongTable([list(row) for row in rows], colWidths=list(widths), repeatRows=1)
    style = [
        ("GRID", (0, 0), (-1, -1), 0.4, _RULE),
        ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        *((f"{side}PADDING", (0, 0), (-1, -1), 2.5) for side in ("LEFT", "RIGHT")),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        *lines,
    ]
    table.setStyle(TableStyle(style))
    return table
