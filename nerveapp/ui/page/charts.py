"""Curves over a clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from nerveapp.analysis.rater_agreement import BlandAltman
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.norms import Norm, indeterminate_band
from nerveapp.domain.view import Nerve
from nerveapp.ui.page.plain_text import plain_html

BLUE, MAGENTA, GREEN, GREY = "#4C8DD9", "#DC267F", "#009E73", "#7A7F87"
"""Told apart by colour-blind readers, on light and dark grounds; shapes differ as well."""

_MARKER = 6
"""Px."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity over time.

    Parameters
    ----------
    label : str
        Name with unit, for the axis.
    value : callable
        Takes a FrameMeasurement, gives the value or None.
    digits : int
        Decimals shown.
    """

    label: str
    value: Callable[[FrameMeasurement], float | None]
    digits: int


def curves(*, calibrated: bool) -> dict[str, Curve]:
    """Give the quantities that can be drawn; in millimetres only with a calibration."""
    if calibrated:
        lengths = {
            "Area": Curve("Cross-sectional area (mm²)", lambda f: f.mm.area if f.mm else None, 2),
            "Displacement": Curve("Displacement of the centre (mm)", lambda f: f.displacement_mm, 2),
        }
    else:
        lengths = {
            "Area": Curve("Cross-sectional area (px², uncalibrated)", lambda f: f.px.area if f.px else None, 0),
            "Displacement": Curve("Displacement of the centre (px)", lambda f: f.displacement_px, 1),
        }
    shape = {
        "Flattening": Curve(
            "Flattening ratio", lambda f: shape.flattening_ratio if (shape := f.mm or f.px) else None, 2
        ),
        "Circularity": Curve("Circularity", lambda f: shape.circularity if (shape := f.mm or f.px) else None, 2),
        "Echo intensity": Curve("Mean grey level inside (0–255)", lambda f: f.echo_intensity, 1),
        "Hypoechoic fraction": Curve("Share of dark pixels inside (MaxEntropy)", lambda f: f.hypoechoic_fraction, 3),
        "Confidence": Curve("Dice the network expects (0–1)", lambda f: f.confidence, 3),
    }
    return lengths | shape


def curve_figure(analysis: Analysis, curve: Curve, *, limit: Norm | None = None) -> go.Figure:
    """Draw a curve with its flagged frames, its largest value and the most stable run marked.

    Parameters
    ----------
    analysis : Analysis
    curve : Curve
    limit : Norm, optional
        Whose upper limit, and the band about it within which readers differ, are drawn: of areas in mm².
    """
    values = [curve.value(frame) for frame in analysis.frames]
    alone = _standing_alone(analysis, values)
    times = [frame.time_s for frame in analysis.frames]
    time = "<br>%{x:.2f} s" if analysis.clip.timed else ""
    figure = go.Figure()
    figure.add_scatter(
        x=times,
        y=values,
        mode="markers" if all(alone) else "lines+markers" if any(alone) else "lines",
        name=curve.label,
        line={"color": BLUE, "width": 2},
        marker={"color": BLUE, "size": [_MARKER if one else 0 for one in alone]},
        customdata=[frame.frame for frame in analysis.frames],
        hovertemplate=f"frame %{{customdata}}{time}<br>%{{y:.{curve.digits}f}}<extra></extra>",
        showlegend=False,
    )
    _mark_frames(figure, analysis, values)
    _mark_most_stable(figure, analysis)
    if limit is not None and limit.upper_limit_mm2 is not None:
        _mark_limit(figure, limit.upper_limit_mm2, limit.nerve)
    figure.update_layout(
        height=300,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        xaxis_title="time (s)" if analysis.clip.timed else "frame (the file has no times)",
        yaxis_title=curve.label,
        hovermode="x",
        dragmode="zoom",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        uirevision=analysis.clip.sha256,
    )
    figure.update_yaxes(rangemode="tozero" if curve.digits < 3 else "normal")
    return figure


def waiting_figure() -> go.Figure:
    """Draw the axes of a curve that is still to come."""
    figure = go.Figure()
    figure.update_layout(height=300, margin={"l": 10, "r": 10, "t": 30, "b": 10}, xaxis_title="time (s)")
    figure.update_xaxes(showticklabels=False)
    figure.update_yaxes(showticklabels=False, title="Cross-sectional area")
    return figure


def load_charts() -> None:
    """Have the browser load what draws curves while a page that has none is looked at: it takes it half a second."""
    with st.container(key="chart-beforehand"):
        st.html("<style>.st-key-chart-beforehand{display:none}</style>")
        st.plotly_chart(waiting_figure(), key="no-chart", config={"displayModeBar": False, "staticPlot": True})


def _standing_alone(analysis: Analysis, values: list[float | None]) -> list[bool]:
    """Say of each value whether it is seen by a marker alone: between gaps no line goes through it.

    Frames of one movement are joined; stills without times may be of different people, and are not.
    """
    if not analysis.clip.one_movement or len(values) < 3:
        return [True] * len(values)
    padded = [None, *values, None]
    return [
        value is not None and before is None and after is None
        for before, value, after in zip(padded, values, padded[2:], strict=False)
    ]


def _mark_frames(figure: go.Figure, analysis: Analysis, values: list[float | None]) -> None:
    """Mark the frames without a value, those flagged for review, and those that a person reviewed."""
    pairs = list(zip(analysis.frames, values, strict=True))
    # A frame without an outline has no value: it is a gap in the curve and a mark on the axis, never a zero. Added one
    # by one, marks would take a time that grows with the square of their number.
    figure.update_layout(shapes=[_gap(start_s, end_s) for start_s, end_s in _without_value(analysis, values)])
    flagged = [(frame, value, ", ".join(frame.flags)) for frame, value in pairs if frame.flagged]
    reviewed = [(frame, value, str(frame.how)) for frame, value in pairs if frame.reviewed]
    for name, symbol, colour, marked in (
        ("flagged for review", "x", MAGENTA, flagged),
        ("reviewed by a person", "diamond-open", GREEN, reviewed),
    ):
        there = [(frame, value, said) for frame, value, said in marked if value is not None]
        if there:
            figure.add_scatter(
                x=[frame.time_s for frame, _, _ in there],
                y=[value for _, value, _ in there],
                mode="markers",
                name=name,
                marker={"symbol": symbol, "size": 8, "color": colour},
                text=[said for _, _, said in there],
                customdata=[frame.frame for frame, _, _ in there],
                hovertemplate="frame %{customdata}<br>%{text}<extra></extra>",
            )


def _without_value(analysis: Analysis, values: list[float | None]) -> Iterator[tuple[float, float]]:
    """Give the times of the first and the last frame of each run without a value."""
    for missing, run in groupby(zip(analysis.frames, values, strict=True), key=lambda pair: pair[1] is None):
        if missing:
            times = [frame.time_s for frame, _ in run]
            yield times[0], times[-1]


def _gap(start_s: float, end_s: float) -> dict[str, object]:
    there = {"xref": "x", "x0": start_s, "x1": end_s, "yref": "y domain", "y0": 0, "y1": 1}
    if start_s == end_s:
        return there | {"type": "line", "line": {"color": MAGENTA, "width": 1, "dash": "dot"}, "opacity": 0.5}
    return there | {"type": "rect", "line": {"width": 0}, "fillcolor": MAGENTA, "opacity": 0.12, "layer": "below"}


def _mark_most_stable(figure: go.Figure, analysis: Analysis) -> None:
    run = analysis.summary.most_stable
    if run is None:
        return
    start, end = analysis.frames[run.first].time_s, analysis.frames[run.last].time_s
    figure.add_vrect(
        x0=start,
        x1=end,
        fillcolor=GREEN,
        opacity=0.15,
        line_width=0,
        annotation_text="most stable",
        annotation_position="top left",
    )


def _mark_limit(figure: go.Figure, limit_mm2: float, nerve: Nerve) -> None:
    low, high = indeterminate_band(limit_mm2, nerve)
    figure.add_hrect(y0=low, y1=high, fillcolor=GREY, opacity=0.15, line_width=0)
    figure.add_hline(
        y=limit_mm2,
        line={"color": GREY, "width": 1.5, "dash": "dash"},
        annotation_text=f"upper limit {limit_mm2:g} mm²",
        annotation_position="top right",
        annotation_bgcolor="rgba(255,255,255,0.75)",
        annotation_font_color="#31333f",  # the box is white in dark themes, too
    )


def bland_altman_figure(
    areas: npt.NDArray[np.float64], limits: BlandAltman | None, names: Sequence[str], *, unit: str
) -> go.Figure:
    """Draw the difference of two readers' areas against their mean (Bland and Altman 1986).

    Parameters
    ----------
    areas : ndarray of float64, (N, 2)
        First and second reader.
    limits : BlandAltman or None
        Bias and limits of agreement, drawn with their intervals; None with too few frames.
    names : sequence of str
        What each point is.
    unit : str
        Of the areas.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=areas.mean(axis=1),
        y=areas[:, 0] - areas[:, 1],
        mode="markers",
        marker={"size": 9, "color": BLUE, "opacity": 0.75},
        text=[plain_html(name) for name in names],
        hovertemplate="%{text}<br>mean %{x:.2f}<br>difference %{y:.2f}<extra></extra>",
        showlegend=False,
    )
    lines = [] if limits is None else [(limits.bias, "solid"), (limits.lower, "dash"), (limits.upper, "dash")]
    for interval, dash in lines:
        figure.add_hline(y=interval.value, line={"color": MAGENTA, "dash": dash, "width": 1.5})
        figure.add_hrect(y0=interval.low, y1=interval.high, fillcolor=MAGENTA, opacity=0.08, line_width=0)
    figure.update_layout(
        height=400,
        margin={"l": 10, "r": 10, "t": 20, "b": 10},
        xaxis_title=f"mean of both areas ({unit})",
        yaxis_title=f"difference, first minus second ({unit})",
        clickmode="event+select",
        dragmode="zoom",
    )
    return figure


def learning_figure(epochs: Sequence[EpochReport], *, of: str) -> go.Figure:
    """Draw a figure of one network over its epochs, in training and in validation.

    Parameters
    ----------
    epochs : sequence of EpochReport
        Of one network.
    of : str
        "loss", "dice" or "iou".
    """
    figure = go.Figure()
    numbers = [epoch.number for epoch in epochs]
    validated = [epoch for epoch in epochs if epoch.validation is not None]
    figure.add_scatter(
        x=numbers,
        y=[getattr(epoch, of) for epoch in epochs],
        mode="lines+markers",
        name="training (augmented views)",
        line={"color": BLUE, "dash": "dot"},
    )
    if validated:
        figure.add_scatter(
            x=[epoch.number for epoch in validated],
            y=[getattr(epoch.validation, of) for epoch in validated],
            mode="lines+markers",
            name="validation (held out)",
            line={"color": MAGENTA},
        )
    title = {"loss": "loss", "dice": "Dice", "iou": "IoU"}[of]
    figure.update_layout(
        height=280,
        margin={"l": 10, "r": 10, "t": 50, "b": 10},
        xaxis_title="epoch",
        yaxis_title=title,
        yaxis_rangemode="tozero",
        xaxis_range=[0.5, max(2, epochs[-1].epochs) + 0.5] if epochs else None,
        xaxis_dtick=max(1, (epochs[-1].epochs if epochs else 1) // 5),
        legend={"orientation": "h", "y": 1.05, "yanchor": "bottom"},
    )
    if of != "loss":
        figure.update_yaxes(range=[0, 1])
    return figure
