"""An area over the visits of a patient."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from nerveapp.domain.follow_up import Course, FollowUp, smallest_detectable_change_mm2
from nerveapp.domain.norms import Norm
from nerveapp.domain.view import Side
from nerveapp.ui.page.charts import BLUE, GREEN, MAGENTA

_COLOURS = {Side.LEFT: BLUE, Side.RIGHT: MAGENTA}
_SHAPES = {Side.LEFT: "circle", Side.RIGHT: "square"}


def follow_up_figure(courses: Sequence[Course], found: FollowUp, limit: Norm | None) -> go.Figure:
    """Draw a station's areas over the visits: a line a side, the change that readers explain, the upper limit.

    Parameters
    ----------
    courses : sequence of Course
        Of one station, one a side; in mm² only.
    found : FollowUp
        All visits: dates stand as far apart as they are, unless two share one; all else one after the other.
    limit : Norm or None
    """
    figure = go.Figure()
    dates = [one.date for one in found.exams]
    dated = None not in dates and len({*dates}) == len(dates)
    for course in courses:
        colour, points = _COLOURS[course.view.side], course.compared
        if not points:
            continue
        first, reach = points[0].comparable_mm2 or 0.0, smallest_detectable_change_mm2(course.view.nerve)
        if found.ordered:
            figure.add_hrect(y0=first - reach, y1=first + reach, fillcolor=colour, opacity=0.1, line_width=0)
        marks = [_SHAPES[course.view.side] + ("-open" if one.manual else "") for one in points]
        figure.add_scatter(
            x=[one.exam.date if dated else one.exam.when for one in points],
            y=[one.comparable_mm2 for one in points],
            mode="lines+markers" if found.ordered else "markers",
            name=course.view.side.value,
            line={"color": colour, "width": 2},
            marker={"size": 9, "symbol": marks},
            text=["entered by hand" if one.manual else "measured" for one in points],
            hovertemplate="%{x}<br>%{y:.1f} mm²<br>%{text}<extra>%{fullData.name}</extra>",
        )
    if limit is not None and limit.upper_limit_mm2 is not None:
        text = f"upper limit {limit.upper_limit_mm2:g}"
        line = {"color": GREEN, "dash": "dash", "width": 1.5}
        figure.add_hline(y=limit.upper_limit_mm2, line=line, annotation_text=text, annotation_position="top left")
    figure.update_layout(
        height=260,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        yaxis_title="area (mm²)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        showlegend=True,
        dragmode="zoom",
    )
    figure.update_yaxes(rangemode="tozero")
    if dated:
        figure.update_xaxes(type="date", tickvals=dates, tickformat="%Y-%m-%d")
    else:
        figure.update_xaxes(type="category", categoryorder="array", categoryarray=[exam.when for exam in found.exams])
    return figure
