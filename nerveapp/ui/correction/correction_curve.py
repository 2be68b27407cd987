"""The areas of a rater's outlines beside the model's, over the clip, with the frames in which they disagree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from nerveapp.domain.annotation import Annotation
from nerveapp.domain.editing import Order
from nerveapp.ui.correction.annotating import controls
from nerveapp.ui.page.charts import BLUE, GREEN, MAGENTA
from nerveapp.workflows.annotating.annotation_session import AnnotationSession

_KEY = "correction-curve"
_AMBER = "#FFB000"
"""As the outline in the editor."""


def show_corrections(session: AnnotationSession) -> None:
    """Draw the curve once something is drawn; a click on it opens the frame."""
    if not session.records:
        return

    def go_there() -> None:
        points = st.session_state[_KEY].selection.points
        if points:
            known = controls()
            known.pending, known.target = Order.GO, int(points[0]["x"])
            session.seconds = session.spent()

    st.plotly_chart(
        correction_figure(session),
        key=_KEY,
        on_select=go_there,
        selection_mode="points",
        config={"displayModeBar": False},
        alt="Area over the frames: the model's, propagated and drawn; × marks disagreements.",
    )
    disagreements = session.comparisons.disagreements(session.records)
    st.caption(
        "Click a point to open its frame."
        + (
            " × marks propagated outlines that disagree with the model's: D goes from one stretch to the next."
            * bool(disagreements)
        )
    )


def correction_figure(session: AnnotationSession) -> go.Figure:
    """Draw the area of every outline over the frames.

    Parameters
    ----------
    session : AnnotationSession
        With what its rater drew and propagated.
    """
    analysis, records, comparisons = session.analysis, session.records, session.comparisons
    calibrated = analysis.calibration is not None
    disagreements = comparisons.disagreements(records)
    model = [
        shape.area if (shape := frame.mm if calibrated else frame.px) is not None else None for frame in analysis.frames
    ]

    def areas(wanted: Callable[[Annotation], bool]) -> dict[int, float | None]:
        return {frame: comparisons.of(one).area for frame, one in sorted(records.items()) if wanted(one)}

    figure = go.Figure()
    _add(figure, "model", dict(enumerate(model)), BLUE, mode="lines+markers", size=3)
    propagated = areas(lambda one: one.unreviewed)
    every: dict[int, float | None] = {frame: propagated.get(frame) for frame in range(len(analysis.frames))}
    if propagated:
        _add(figure, "propagated", every, GREEN, mode="lines+markers", size=3)
    reviewed = areas(lambda one: not one.unreviewed)
    drawn = {frame: area for frame, area in reviewed.items() if area != 0}
    _add(figure, "drawn or reviewed", drawn, _AMBER, mode="markers", size=8)
    if nothing := {frame: area for frame, area in reviewed.items() if area == 0}:
        _add(figure, "no nerve", nothing, _AMBER, mode="markers", size=9, symbol="circle-open")
    if disagreements:
        areas_there = {frame: propagated[frame] for frame in disagreements}
        words = [f"Dice {agreement:.2f}" for agreement in disagreements.values()]
        _add(figure, "disagreement", areas_there, MAGENTA, mode="markers", size=8, symbol="x", text=words)
    figure.add_vline(x=session.frame, line={"color": _AMBER, "width": 1.5})
    figure.update_layout(
        height=220,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        xaxis_title="frame",
        yaxis_title="Area (mm²)" if calibrated else "Area (px²)",
        yaxis_rangemode="tozero",
        clickmode="event+select",
        dragmode=False,
        hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        uirevision=analysis.clip.sha256,
    )
    return figure


def _add(
    figure: go.Figure, name: str, areas: Mapping[int, float | None], colour: str, *, mode: str, size: int, **more: Any
) -> None:
    marker = {"color": colour, "size": size, "symbol": more.pop("symbol", "circle")}
    figure.add_scatter(
        x=list(areas),
        y=list(areas.values()),
        mode=mode,
        name=name,
        line={"color": colour, "width": 1.5},
        marker=marker,
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        hovertemplate="frame %{x}<br>%{y:.4g}" + ("<br>%{text}" if "text" in more else "") + f"<extra>{name}</extra>",
        **more,
    )
