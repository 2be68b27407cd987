"""The result of an analysis: player and curve in step, the figures, the frames to look at, the downloads."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from nerveapp import bootstrap
from nerveapp.analysis.outline import contours
from nerveapp.analysis.table import COLUMNS, rows
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.clip import Clip
from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.io.export import masks_zip, measurements_csv, measurements_xlsx, summary_json, write_overlay
from nerveapp.ui.analysis_run import PREVIEW_FRAME_RATE, Outcome
from nerveapp.ui.charts import curve_figure, curves
from nerveapp.ui.headline import show_headline, show_remarks
from nerveapp.ui.player import Scene, player

CHART_KEY = "curve"
_PLAYER_KEY = "player"


def show_results(clip: Clip, outcome: Outcome, analysis: Analysis, *, start_frame: int) -> int:
    """Draw a finished analysis.

    Parameters
    ----------
    clip : Clip
        The clip it was made of, for the overlay film.
    outcome : Outcome
        The film for the player.
    analysis : Analysis
        The figures, with the calibration in force.
    start_frame : int
        Where the player starts.

    Returns
    -------
    int
        The frame at which the player came to rest.
    """
    show_remarks(analysis)
    still = len(analysis.frames) == 1
    film_column, curve_column = st.columns([1.15, 1], gap="medium")
    with film_column:
        frame = player(outcome.film.read_bytes(), scene_of(outcome, analysis), key=_PLAYER_KEY, start_frame=start_frame)
    with curve_column:
        if not still:
            _curve(analysis)
        show_headline(analysis)
        _downloads(clip, analysis)
    with st.expander("The frame as a table" if still else f"All {len(analysis.frames)} frames as a table"):
        _table(analysis)
    return frame


def scene_of(outcome: Outcome, analysis: Analysis) -> Scene:
    """Build what the player draws, once per result: a thousand masks take a moment to trace."""
    known = st.session_state.get("scene")
    if known is not None and known[0] is analysis:
        scene: Scene = known[1]
        return scene
    scene = Scene(
        width=analysis.clip.width,
        height=analysis.clip.height,
        video_scale=outcome.film_scale,
        times_s=_increasing([frame.time_s for frame in analysis.frames]),
        video_frame_rate=PREVIEW_FRAME_RATE,
        contours=tuple(
            tuple(tuple(int(value) for value in part.ravel()) for part in contours(mask.unpack()))
            for mask in analysis.masks
        ),
        captions=tuple(_caption(frame, analysis) for frame in analysis.frames),
        flags=tuple(", ".join(flag.replace("-", " ") for flag in frame.flags) for frame in analysis.frames),
        chart_key=CHART_KEY,
    )
    st.session_state["scene"] = (analysis, scene)
    return scene


def _increasing(times_s: Sequence[float]) -> tuple[float, ...]:
    """Part frames that a container gives one and the same time by a microsecond, so that each can be gone to."""
    apart: list[float] = []
    for time_s in times_s:
        apart.append(max(time_s, apart[-1] + 1e-6) if apart else time_s)
    return tuple(apart)


def _caption(frame: FrameMeasurement, analysis: Analysis) -> str:
    if frame.px is None:
        return "no nerve found"
    if frame.mm is not None:
        return f"{frame.mm.area:.2f} mm²"
    return f"{frame.px.area:.0f} px²" if analysis.calibration is None else "outside of the calibrated region"


def _curve(analysis: Analysis) -> None:
    choices = curves(calibrated=analysis.calibration is not None)
    name = st.pills("Curve", list(choices), default="Area", key="curve-choice", label_visibility="collapsed") or "Area"
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            curve_figure(analysis, choices[name]),
            key="curve-chart",
            config={"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]},
            alt=f"{name} over time; the same values are in the table below.",
        )
    st.caption(
        "Click the curve to see that frame. × marks doubtful outlines, a dotted line frames without a value; "
        "the green band is the steadiest run."
    )


def _downloads(clip: Clip, analysis: Analysis) -> None:
    versions = bootstrap.software_versions()
    stem = f"nerveapp-{analysis.clip.sha256[:8]}"
    offers = (
        ("CSV", lambda: measurements_csv(analysis), "measurements.csv", "text/csv"),
        (
            "XLSX",
            lambda: measurements_xlsx(analysis, versions),
            "measurements.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("Overlay MP4", lambda: _overlay(clip, analysis), "overlay.mp4", "video/mp4"),
        ("Masks ZIP", lambda: masks_zip(analysis, versions), "masks.zip", "application/zip"),
        ("Provenance JSON", lambda: summary_json(analysis, versions), "summary.json", "application/json"),
    )
    with st.container(horizontal=True, key="downloads"):
        for label, make, name, mime in offers:
            st.download_button(
                label,
                make,
                f"{stem}-{name}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"download-{name}",
            )


def _overlay(clip: Clip, analysis: Analysis) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "overlay.mp4"
        write_overlay(path, clip, analysis)
        return path.read_bytes()


def _table(analysis: Analysis) -> None:
    cells = list(zip(*rows(analysis.frames), strict=True))
    columns = {column.name: list(values) for column, values in zip(COLUMNS, cells, strict=True)}
    shown = {name: values for name, values in columns.items() if any(value is not None for value in values)}
    if len(analysis.clip.names) == len(analysis.frames):  # of stills; in files they could tell who was scanned
        shown = {"file": list(analysis.clip.names)} | shown
    st.dataframe(shown, hide_index=True, height=320)
