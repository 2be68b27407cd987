"""How the nerve moves, and what is dark inside it: the path of its centre, echo intensity and hypoechoic fraction."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from nerveapp.analysis.displacement import DisplacementPath, displacement_path
from nerveapp.analysis.thresholds import HYPOECHOIC_REMARK, HYPOECHOIC_SOURCE, Method, hypoechoic_fraction
from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.analysis import Analysis
from nerveapp.errors import NerveAppError
from nerveapp.ui.page.charts import BLUE, MAGENTA
from nerveapp.ui.page.session_state import SessionState


def show_motion_and_echo(here: SessionState, analysis: Analysis) -> None:
    """Draw, behind a click, the path of the centre and the thresholds inside the frame that the player shows."""
    if not analysis.summary.outlined:
        return
    with st.expander("Movement of the nerve, and echo inside it", icon=":material/scatter_plot:"):
        # What is inside needs a frame's pixels: they are decoded only for who wants to see it.
        if not st.toggle("Read the frame and draw both", key=f"motion-{here.analysis}"):
            return
        path_column, echo_column = st.columns(2, gap="medium")
        path = displacement_path(analysis.frames) if analysis.clip.one_movement else None
        with path_column:
            if path is None or len(path.points) < 2:
                st.caption("There is no movement to show.")
            else:
                _show_path(path)
        with echo_column:
            _show_echo(here, analysis, min(here.frame, len(analysis.frames) - 1))


def path_figure(path: DisplacementPath) -> go.Figure:
    """Draw the path of the centre across the image, to scale; depth goes down as in the picture."""
    figure = go.Figure()
    for number, run in enumerate(path.runs):
        figure.add_scatter(
            x=[point.x for point in run],
            y=[point.y for point in run],
            mode="lines+markers" if len(run) < 3 else "lines",
            line={"color": BLUE, "width": 2},
            customdata=[point.frame for point in run],
            hovertemplate=f"frame %{{customdata}}<br>%{{x:.2f}}, %{{y:.2f}} {path.unit}<extra></extra>",
            showlegend=False,
            name=f"run {number + 1}",
        )
    figure.add_scatter(x=[0], y=[0], mode="markers", name="start", marker={"symbol": "x", "size": 10, "color": MAGENTA})
    figure.update_layout(
        height=300,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        xaxis_title=f"to the right ({path.unit})",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_yaxes(title=f"depth ({path.unit})", autorange="reversed", scaleanchor="x")
    return figure


def _show_path(path: DisplacementPath) -> None:
    unit, digits = path.unit, 2 if path.unit == "mm" else 1
    st.markdown(
        f"**Transverse displacement {path.excursion:.{digits}f} {unit}** at most; side to side "
        f"{path.range_x:.{digits}f}, in depth {path.range_y:.{digits}f} {unit}."
    )
    st.plotly_chart(path_figure(path), key="path-chart", alt="Path of the nerve's centre across the image.")
    left_out = f" {path.left_out} flagged or uncalibrated frames are left out." if path.left_out else ""
    st.caption(
        f"Relative to frame {path.start}; in the plane of the image. A probe that moves looks like a nerve that does."
        f"{left_out}"
    )


def _show_echo(here: SessionState, analysis: Analysis, frame: int) -> None:
    measured, mask = analysis.frames[frame], analysis.masks[frame].unpack()
    st.markdown(f"**Inside the outline, frame {frame}**")
    if measured.echo_intensity is None:
        st.caption("There is no outline in this frame.")
        return
    try:
        grey = to_grey(here.frames(analysis.clip).image(frame))
    except NerveAppError:
        st.caption("The clip's files are not kept: open it again to measure inside of it.")
        return
    fractions = ((method, hypoechoic_fraction(grey, mask, method)) for method in Method)
    rows = [f"Echo intensity (mean grey level, 0–255): **{measured.echo_intensity:.0f}**"]
    rows += [
        f"Hypoechoic fraction, {method}: **{'–' if fraction is None else f'{fraction:.0%}'}**"
        for method, fraction in fractions
    ]
    st.markdown("  \n".join(rows))
    st.caption(f"{HYPOECHOIC_REMARK}  \n{HYPOECHOIC_SOURCE}.")
