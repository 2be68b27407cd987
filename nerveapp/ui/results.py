"""The result of an analysis: player and curve in step, the figures, the frames to look at, the downloads."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from nerveapp import bootstrap
from nerveapp.analysis.outline import contours
from nerveapp.analysis.plausibility import outside_region
from nerveapp.analysis.table import COLUMNS, rows
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.clip import Clip
from nerveapp.domain.measurement import FrameMeasurement, Summary
from nerveapp.io.export import masks_zip, measurements_csv, measurements_xlsx, summary_json, write_overlay
from nerveapp.ui.analysis_run import PREVIEW_FRAME_RATE, Outcome
from nerveapp.ui.charts import curve_figure, curves
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
    _remarks(analysis)
    film_column, curve_column = st.columns([1.15, 1], gap="medium")
    with film_column:
        frame = player(outcome.film.read_bytes(), scene_of(outcome, analysis), key=_PLAYER_KEY, start_frame=start_frame)
    with curve_column:
        _curve(analysis)
        _figures(analysis)
        _downloads(clip, analysis)
    with st.expander(f"All {len(analysis.frames)} frames as a table"):
        _table(analysis)
    return frame


def _remarks(analysis: Analysis) -> None:
    if analysis.truncation:
        st.warning(f"The clip is incomplete: {analysis.truncation}", icon=":material/warning:")
    if analysis.calibration is None:
        st.info(
            "**Uncalibrated.** Areas are in px² and cannot be compared between clips or with normal values.",
            icon=":material/straighten:",
        )
    summary = analysis.summary
    if (outside := outside_region(summary)) is not None:
        st.warning(f"{outside} Choose another calibration if the region is not the nerve's.", icon=":material/crop:")
    if summary.outlined and summary.flagged > summary.frames / 2:
        which = "the figures are of the other frames" if summary.unflagged else "so are the frames behind the figures"
        st.warning(
            f"**{summary.flagged} of {summary.frames} frames are doubtful**; {which}. Look at the outlines before "
            "using any number; another model or a clearer clip may do better.",
            icon=":material/visibility:",
        )
    if summary.outlined == 0:
        st.warning(
            "No nerve was found in any frame. Choose the model that fits the site, or check that the clip shows "
            "a nerve in cross-section.",
            icon=":material/search_off:",
        )


def _figures(analysis: Analysis) -> None:
    summary = analysis.summary
    values = (
        ("Largest area", _area(summary.area_max, summary), _frame(summary.area_max_frame)),
        ("Median area", _area(summary.area_median, summary), _frame(summary.area_median_frame)),
        _steadiest(summary),
        ("Nerve found", f"{summary.outlined} of {summary.frames}", "frames"),
        ("To look at", str(summary.flagged), "doubtful frames, not in the areas"),
    )
    # The same three columns twice, so that figures stand below figures.
    cells = [*st.columns(3), *st.columns(3)]
    for cell, (label, value, below) in zip(cells, values, strict=False):
        cell.metric(label, value)
        cell.caption(below)


def _steadiest(summary: Summary) -> tuple[str, str, str]:
    run = summary.steadiest
    if run is None:
        return "Steadiest area", "–", "needs 12 sure frames in a row"
    return "Steadiest area", _area(run.mean_area, summary), f"frames {run.first}–{run.last}, ± {run.variation:.1%}"


def _area(value: float | None, summary: Summary) -> str:
    if value is None:
        return "–"
    return f"{value:.2f} mm²" if summary.unit == "mm²" else f"{value:.0f} px²"


def _frame(index: int | None) -> str:
    return "no frame" if index is None else f"frame {index}"


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
    st.dataframe(shown, hide_index=True, height=320)
