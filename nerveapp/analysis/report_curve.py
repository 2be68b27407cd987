"""A clip's area over time as a small picture, with the upper limit and the readers' spread about it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.analysis.picture_text import Ink, text_width, write
from nerveapp.domain.norms import indeterminate_band
from nerveapp.domain.visit_report import ReportCurve

WIDTH_PX, HEIGHT_PX = 960, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 92, 20, 44, 60
_INK = Ink(26, (40, 40, 40))
_LINE, _LIMIT, _BAND, _AXIS = (26, 95, 180), (220, 38, 127), (250, 226, 238), (150, 150, 150)
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where seconds and areas lie in the picture."""

    last_s: float
    low: float
    high: float

    def x(self, time_s: float) -> int:
        return _LEFT + round(time_s / self.last_s * (WIDTH_PX - _LEFT - _RIGHT))

    def y(self, area: float) -> int:
        share = (area - self.low) / (self.high - self.low)
        return HEIGHT_PX - _BOTTOM - round(share * (HEIGHT_PX - _TOP - _BOTTOM))


def curve_picture(curve: ReportCurve, limit_mm2: float | None) -> npt.NDArray[np.uint8]:
    """Draw a curve, its accepted value dotted, the limit and the band in which nothing is decided.

    Parameters
    ----------
    curve : ReportCurve
    limit_mm2 : float or None
        Upper limit of normal; None where none is known. A curve in pixels has none.

    Returns
    -------
    ndarray of uint8, (360, 960, 3) RGB
    """
    limit = limit_mm2 if curve.unit == "mm²" else None
    band = None if limit is None else indeterminate_band(limit, curve.view.nerve)
    heights = (*curve.areas, curve.accepted, *(band or ()))
    room = 0.08 * (max(heights) - min(heights)) or 0.1 * max(heights)
    plot = _Plot(max(curve.times_s, default=0.0) or 1.0, max(0.0, min(heights) - room), max(heights) + room)
    drawn = np.full((HEIGHT_PX, WIDTH_PX, 3), 255, np.uint8)
    left, right = _LEFT, WIDTH_PX - _RIGHT
    if band is not None:
        cv2.rectangle(drawn, (left, plot.y(band[1])), (right, plot.y(band[0])), _BAND, -1)
    _axis(drawn, plot)
    points = np.array([(plot.x(time), plot.y(area)) for time, area in zip(curve.times_s, curve.areas, strict=True)])
    for run in _runs(points, curve.times_s):
        cv2.polylines(drawn, [run.reshape(-1, 1, 2)], False, _LINE, 3, cv2.LINE_AA)
    if len(points) == 1:
        cv2.circle(drawn, (int(points[0][0]), int(points[0][1])), 6, _LINE, -1, cv2.LINE_AA)
    for x in range(left, right, 24):
        cv2.line(drawn, (x, plot.y(curve.accepted)), (min(right, x + 10), plot.y(curve.accepted)), _INK.colour, 2)
    if limit is not None:
        cv2.line(drawn, (left, plot.y(limit)), (right, plot.y(limit)), _LIMIT, 2)
    _title(drawn, curve, limit)
    return drawn


def _title(drawn: npt.NDArray[np.uint8], curve: ReportCurve, limit: float | None) -> None:
    """Say above the plot what the lines are."""
    digits = 1 if curve.unit == "mm²" else 0
    words = [(f"area, {curve.unit}", _LINE), (f"accepted {curve.accepted:.{digits}f}", _INK.colour)]
    if limit is not None:
        words.append((f"limit {limit:g} with readers' spread", _LIMIT))
    x = _LEFT
    for text, colour in words:
        write(drawn, text, (x, 30), Ink(_INK.size, colour), outlined=False)
        x += text_width(text, _INK) + 36


def _axis(drawn: npt.NDArray[np.uint8], plot: _Plot) -> None:
    bottom = HEIGHT_PX - _BOTTOM
    step = _step(plot.high - plot.low, 4)
    for number in range(int(np.ceil(plot.low / step)), int(plot.high / step) + 1):
        area = number * step
        text = f"{area:g}"
        cv2.line(drawn, (_LEFT - 8, plot.y(area)), (_LEFT, plot.y(area)), _AXIS, 2)
        write(drawn, text, (_LEFT - 14 - text_width(text, _INK), plot.y(area) + 9), _INK, outlined=False)
    seconds = _step(plot.last_s, 5)
    for number in range(int(plot.last_s / seconds) + 1):
        text = f"{number * seconds:g}" + (" s" if number == 0 else "")
        cv2.line(drawn, (plot.x(number * seconds), bottom), (plot.x(number * seconds), bottom + 8), _AXIS, 2)
        x = min(plot.x(number * seconds) - text_width(text, _INK) // 2, WIDTH_PX - text_width(text, _INK) - 2)
        write(drawn, text, (x, bottom + 40), _INK, outlined=False)
    cv2.line(drawn, (_LEFT, _TOP), (_LEFT, bottom), _AXIS, 2)
    cv2.line(drawn, (_LEFT, bottom), (WIDTH_PX - _RIGHT, bottom), _AXIS, 2)


def _step(span: float, most: int) -> float:
    """Give a round distance at which at most so many ticks fit into a span."""
    power = 10.0 ** np.floor(np.log10(span / most))
    return float(next(one * power for one in _STEPS if span / (one * power) <= most))


def _runs(points: npt.NDArray[np.int_], times_s: tuple[float, ...]) -> list[npt.NDArray[np.int32]]:
    """Part a curve where frames without an area lie between."""
    if len(times_s) < 2:
        return []
    gaps = np.diff(times_s)
    ends = np.flatnonzero(gaps > 3 * np.median(gaps)) + 1
    return [np.asarray(run, np.int32) for run in np.split(points, ends)]
