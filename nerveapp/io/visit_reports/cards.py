"""The pictures of a report, each with the curve of its clip."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.analysis.pictures import png_of
from nerveapp.analysis.report_curve import curve_picture
from nerveapp.domain.measurement import area_in_words
from nerveapp.domain.visit_report import VisitReport


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of one accepted value.

    Parameters
    ----------
    title : str
        Such as "Median, wrist, left: 12.4 mm²".
    picture, curve : bytes
        PNG; b"" where there is none.
    caption : str
        Of the picture, in words; "" without one.
    curve_caption : str
        What the curve shows, in words; "" without one.
    """

    title: str
    picture: bytes
    curve: bytes
    caption: str
    curve_caption: str


def cards_of(report: VisitReport) -> tuple[Card, ...]:
    """Give the pictures and curves of a report by cell; cells that have neither are left out."""
    pictures = {one.view: one for one in report.pictures}
    curves = {one.view: one for one in report.curves}
    limits = {one.cell.view: one.limit.upper_limit_mm2 for one in report.findings if one.limit}
    found = []
    for cell in report.worksheet.cells:
        picture, curve = pictures.get(cell.view), curves.get(cell.view)
        if cell.value is None or (picture is None and curve is None):
            continue
        limit = limits.get(cell.view)
        found.append(
            Card(
                f"{cell.view.short_words}: {area_in_words(cell.value.area, cell.value.unit, digits=1)}",
                picture.png if picture else b"",
                png_of(curve_picture(curve, limit)) if curve else b"",
                picture.caption if picture else "",
                _curve_in_words(curve.unit, limit) if curve else "",
            )
        )
    return tuple(found)


def _curve_in_words(unit: str, limit: float | None) -> str:
    held = (
        f", with the upper limit of {limit:g} mm² and the readers' spread about it" if limit and unit == "mm²" else ""
    )
    return f"Area in {unit} over the seconds of the clip; dashed: the accepted value{held}"
