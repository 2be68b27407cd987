"""A visit's report as one HTML file: to read, to print, and to paste into a letter."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

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

_CSS = (
    "body{font:14px/1.4 system-ui,'Segoe UI',Arial,sans-serif;max-width:60rem;margin:1.5rem auto;padding:0 1rem;"
    "color:#1b2430;background:#fff}"
    "h1{font-size:1.4rem;margin:.6rem 0}h2{font-size:1.05rem;margin:1.1rem 0 .3rem}"
    "table{border-collapse:collapse;width:100%;margin:.3rem 0}"
    "td,th{border:1px solid #cfd6df;padding:.25rem .45rem;text-align:left;vertical-align:top;font-size:13px}"
    "thead th{background:#f1f4f8}.facts td,.facts th,.head td,.sign td{border:0;padding:.1rem .6rem .1rem 0}"
    ".facts th{width:9rem}.head td{vertical-align:middle}.head .logo{text-align:right}"
    "small,.small{font-size:11.5px;color:#59636f}.thin{color:#6b7480}.raised{color:#b00020}"
    ".conclusion{white-space:pre-wrap;overflow-wrap:anywhere}"
    "figure{display:inline-block;width:19rem;max-width:100%;margin:.4rem .6rem .4rem 0;vertical-align:top}"
    "figure img{width:100%}figcaption{font-weight:bold;font-size:12.5px}"
    ".notice{border-top:1px solid #cfd6df;padding-top:.4rem}.sign td{padding-top:1.6rem;vertical-align:bottom}"
    ".sign .line{border-bottom:1px solid #1b2430;width:45%}"
    "@media screen and (max-width:40rem){table{display:block;overflow-x:auto}}"
    ".areas{table-layout:fixed}.areas col:nth-child(1){width:13%}.areas col:nth-child(2){width:12%}"
    "td.value{white-space:nowrap}"
    f"@page{{size:A4;margin:12mm 12mm 18mm;@bottom-left{{content:'{NOTICE}';font:6.5pt sans-serif}}"
    "@bottom-right{content:'Page ' counter(page) ' of ' counter(pages);font:6.5pt sans-serif}}"
    "@media print{body{margin:0;max-width:none;padding:0;font-size:9.5pt;line-height:1.25}"
    "h1{font-size:14pt;margin:2mm 0}figcaption{font-size:8pt}"
    "h2{font-size:10.5pt;margin:2.5mm 0 1mm;break-after:avoid}p{margin:1mm 0}"
    "td,th{font-size:8pt;padding:.6mm 1mm}small,.small{font-size:6.8pt}"
    "figure,tr{break-inside:avoid}figure{width:31%;margin:1mm 1.5mm 2mm 0}}"
)


def visit_html(report: VisitReport) -> bytes:
    """Write a report as one HTML file: pictures inside, and no text in it taken for markup."""
    title = f"Nerve ultrasound report, {report.patient.code}, {report.exam.when}"
    facts = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in facts_of(report))
    parts = (
        _letterhead(report.letterhead),
        f'<h1>Nerve ultrasound report</h1><table class="facts"><tbody>{facts}</tbody></table>',
        f'<h2>Cross-sectional areas</h2>{_areas(report)}<p class="small">{_under("", legend_of(report))}</p>',
        _comparisons(report),
        f'<h2>{escape(conclusion_heading(report))}</h2><div class="conclusion">',
        # Breaks beside the style: word processors keep the former and drop the latter.
        f"{'<br>'.join(escape(line) for line in report.worksheet.sheet.conclusion.splitlines())}</div>",
        '<table class="sign"><tbody><tr><td>Signature</td><td class="line"></td>',
        '<td>Date</td><td class="line"></td></tr></tbody></table>',
        _lines("Methods", report.methods),
        _lines("Sources", report.sources),
        _pictures(cards_of(report)),
        f'<footer class="notice small">{escape(NOTICE)}</footer>',
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_CSS}</style></head><body>{''.join(parts)}</body></html>"
    ).encode(errors="replace")


def _letterhead(letterhead: Letterhead) -> str:
    if not (letterhead.clinic or letterhead.logo):
        return ""
    kind = "png" if letterhead.logo.startswith(b"\x89PNG") else "jpeg"
    logo = f'<img alt="" height="56" src="{_inlined(letterhead.logo, kind)}">' if letterhead.logo else ""
    clinic = escape(letterhead.clinic)
    return f'<table class="head"><tbody><tr><td><b>{clinic}</b></td><td class="logo">{logo}</td></tr></tbody></table>'


def _areas(report: VisitReport) -> str:
    head = ["Nerve, site", "Upper limit of normal"]
    for side in SIDES:
        head += [side.value.capitalize(), "Meaning"]
    rows = []
    for row in sites_of(report):
        limit = _under(escape(row.limit or "–"), [row.population])
        cells = "".join(_cell(one) for one in row.sides)
        rows.append(f"<tr><th>{escape(row.site)}</th><td>{limit}</td>{cells}</tr>")
    return _table(head, rows, kind="areas")


def _cell(words: CellWords) -> str:
    value = f"<b>{escape(words.value)}</b>" if words.accepted else f'<span class="thin">{escape(words.value)}</span>'
    tone = _tone(raised=words.raised, thin=words.thin)
    flag = f"<b{tone}>{escape(words.flag)}</b>" if words.flag else ""
    return f"<td>{_under(value, ['; '.join(words.remarks)])}</td><td>{_under(flag, words.meaning)}</td>"


def _comparisons(report: VisitReport) -> str:
    rows = []
    for one in pairs_of(report):
        tone = _tone(raised=one.raised, thin=one.thin)
        notes = f" ({', '.join(map(str, one.notes))})" if one.notes else ""
        short = "".join(f'<td class="value">{escape(text)}</td>' for text in (one.side, one.value, one.cut_off))
        rows.append(f"<tr{tone}><td>{escape(one.what)}</td>{short}<td>{escape(one.verdict + notes)}</td></tr>")
    if not rows:
        return ""
    below = "<br>".join(f"({number}) {escape(note)}" for number, note in enumerate(notes_of(report), 1))
    table = _table(("Comparison", "Side", "Value", "Cut-off", "Verdict (note)"), rows)
    return f'<h2>Comparisons</h2>{table}<p class="small">{below}</p>'


def _pictures(cards: Iterable[Card]) -> str:
    figures = []
    for card in cards:
        shown = ((card.picture, card.caption), (card.curve, card.curve_caption))
        images = "".join(f'<img alt="{escape(alt)}" src="{_inlined(png, "png")}">' for png, alt in shown if png)
        figures.append(f"<figure><figcaption>{escape(card.title)}</figcaption>{images}</figure>")
    return f"<h2>Pictures and curves</h2>{''.join(figures)}" if figures else ""


def _lines(heading: str, lines: Sequence[str]) -> str:
    body = "".join(f'<p class="small">{escape(line)}</p>' for line in lines)
    return f"<h2>{escape(heading)}</h2>{body}" if lines else ""


def _under(first: str, lines: Iterable[str]) -> str:
    """Put lines in small type under what is marked up already."""
    return "<br>".join(filter(None, (first, *(f"<small>{escape(line)}</small>" for line in lines if line))))


def _table(head: Sequence[str], rows: Iterable[str], *, kind: str = "") -> str:
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    columns = f"<colgroup>{'<col>' * len(head)}</colgroup>"
    return f'<table class="{kind}">{columns}<thead><tr>{top}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _tone(*, raised: bool, thin: bool) -> str:
    return ' class="thin"' if thin else ' class="raised"' if raised else ""


def _inlined(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
