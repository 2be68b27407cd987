"""How areas are spread, station by station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from nerveapp.domain.cohort import CohortValue
from nerveapp.domain.counted import counted
from nerveapp.domain.protocols import Station
from nerveapp.ui.page.charts import BLUE
from nerveapp.ui.page.plain_text import plain_html


def distribution_figure(values: Mapping[Station, Sequence[CohortValue]]) -> go.Figure:
    """Draw a box a station with every value beside it; see `domain.cohort.by_station`."""
    figure = go.Figure()
    for station, ones in values.items():
        people = len({one.patient.code for one in ones})
        figure.add_box(
            x=[one.value.area_mm2 for one in ones],
            name=f"{station.words}<br>{counted(len(ones), 'value')}, {counted(people, 'person')}",
            boxpoints="all",
            jitter=0.4,
            pointpos=0,
            line={"color": BLUE, "width": 1.5},
            marker={"size": 5, "opacity": 0.6},
            text=[plain_html(f"{one.patient.code}, {one.exam.when}, {one.value.view.side}") for one in ones],
            hovertemplate="%{text}<br>%{x:.1f} mm²<extra></extra>",
        )
    figure.update_layout(
        height=90 + 80 * len(values),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis_title="area (mm²)",
        showlegend=False,
        dragmode="zoom",
    )
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure
