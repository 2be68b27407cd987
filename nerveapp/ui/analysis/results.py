"""The result of an analysis: player and curve in step, the figures, the downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from nerveapp.analysis.preview import PREVIEW_FRAME_RATE, preview_scale
from nerveapp.analysis.rendering import draw_outline
from nerveapp.analysis.table import COLUMNS, rows
from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.exam import FiledUnder
from nerveapp.domain.measurement import FrameMeasurement, area_in_words
from nerveapp.domain.tracking import How
from nerveapp.domain.view import Side
from nerveapp.ports import FrameSource
from nerveapp.ui.analysis.headline import show_headline
from nerveapp.ui.analysis.limit_view import limit_of, show_limit
from nerveapp.ui.analysis.motion_view import show_motion_and_echo
from nerveapp.ui.analysis.point_view import wants_clicks
from nerveapp.ui.clips.nerve_choice import offer_nerves
from nerveapp.ui.components.player import Scene, parts_of, player
from nerveapp.ui.page.charts import curve_figure, curves
from nerveapp.ui.page.session_state import SessionState
from nerveapp.workflows.analysing.choose_nerve import nerves_found_beside

CHART_KEY = "curve"
PLAYER_KEY = "player"
EUROPE_KEY = "csv-europe"


PICTURE_AND_CURVE = (1.15, 1)
"""Widths of the columns; the same while an analysis runs, so that the player stays in its place when it is done."""


def show_results(here: SessionState, analysis: Analysis, *, start_frame: int) -> int:
    """Draw a finished analysis.

    Parameters
    ----------
    here : SessionState
        Has the clip, for the overlay video.
    analysis : Analysis
        The figures, with the calibration in force.
    start_frame : int
        Where the player starts.

    Returns
    -------
    int
        The frame at which the player came to rest.
    """
    still = len(analysis.frames) == 1
    picture_column, curve_column = st.columns(PICTURE_AND_CURVE, gap="medium")
    with picture_column:
        frame = start_frame
        # As Streamlit puts one around a fragment: the player of early outlines is here, too, and stays.
        with st.container():
            if still and not wants_clicks(here.analysis):
                _picture(here, analysis)
            else:
                frame = show_player(here.analysis, analysis, key=PLAYER_KEY, start_frame=start_frame)
        if not still or wants_clicks(here.analysis):
            _explain_others(here.analysis, analysis)
        offer_nerves(here.analysis, analysis)
    with curve_column:
        if not still:
            _curve(analysis)
        show_headline(analysis)
        show_limit(analysis)
        _downloads(here, analysis, frame)
    show_motion_and_echo(here, analysis)
    words = "The frame as a table" if still else f"All {len(analysis.frames)} frames as a table"
    # Drawn once it is opened: a browser takes longer to show the table than all the rest of the result.
    table = st.expander(words, key="frames-table", on_change="rerun")
    if table.open:
        with table:
            _table(analysis)
    return frame


def show_player(analysis_id: str, analysis: Analysis, *, key: str, start_frame: int) -> int:
    """Draw the player of a clip, or say that its video is not kept; gives the frame at which it came to rest."""
    return show_scene(scene_of(analysis_id, analysis), analysis, key=key, start_frame=start_frame)


def show_scene(scene: Scene, analysis: Analysis, *, key: str, start_frame: int) -> int:
    """Draw the player with any scene of the analysis's clip, as `show_player` does with its own."""
    previews, clip = application().previews, analysis.clip.sha256
    if not previews.has(clip):
        st.info("The clip is not kept on this server: open it again to watch it.", icon=":material/videocam_off:")
        return start_frame
    return player(scene, clip=clip, video=lambda: previews.read(clip), key=key, start_frame=start_frame)


def _explain_others(analysis_id: str, analysis: Analysis) -> None:
    """Say what the thin outlines are in a result that was pointed at: they are of another analysis."""
    if analysis.points and scene_of(analysis_id, analysis).others:
        st.caption("Thin white outlines: nerves that the model found without the point. They are not measured here.")


def _picture(here: SessionState, analysis: Analysis) -> None:
    """Show a single frame with its outline."""
    if not here.listed.kept:
        st.info("The picture is not kept on this server: open it again to see it.", icon=":material/hide_image:")
        return
    drawn = draw_outline(here.first_image(), analysis.masks[0].unpack())
    frame = analysis.frames[0]
    flags = f"; flagged for review: {frame.flags_in_words}" if frame.flagged else ""
    st.image(drawn, width="stretch", caption=f"{_caption(frame, analysis)}{flags}", alt="The picture with its outline")


def scene_of(analysis_id: str, analysis: Analysis) -> Scene:
    """Build what the player draws, once per result: a thousand masks take a moment to trace."""
    known = st.session_state.get("scene")
    if known is not None and known[0] is analysis:
        scene: Scene = known[1]
        return scene
    beside = analysis.others or nerves_found_beside(analysis_id, analysis, analyses=application().analyses)
    scene = Scene(
        width=analysis.clip.width,
        height=analysis.clip.height,
        video_scale=preview_scale(analysis.clip),
        times_s=increasing([frame.time_s for frame in analysis.frames]),
        video_frame_rate=PREVIEW_FRAME_RATE,
        contours=tuple(parts_of(mask.unpack()) for mask in analysis.masks),
        captions=tuple(_caption(frame, analysis) for frame in analysis.frames),
        flags=tuple(frame.flags_in_words for frame in analysis.frames),
        chart_key=CHART_KEY,
        others=tuple((str(one.nerve + 1), tuple(parts_of(mask.unpack()) for mask in one.masks)) for one in beside),
        points=tuple((one.frame, one.x, one.y) for one in analysis.points),
    )
    st.session_state["scene"] = (analysis, scene)
    return scene


def increasing(times_s: Sequence[float]) -> tuple[float, ...]:
    """Part frames that a container gives one and the same time by a microsecond, so that each can be gone to."""
    apart: list[float] = []
    for time_s in times_s:
        apart.append(max(time_s, apart[-1] + 1e-6) if apart else time_s)
    return tuple(apart)


def _caption(frame: FrameMeasurement, analysis: Analysis) -> str:
    """Say how large the nerve is in a frame, and how its outline came about."""
    if frame.px is None:
        lost = frame.how is How.LOST and analysis.summary.outlined > 0
        return "lost" if lost else "no nerve found"
    if frame.mm is not None:
        area = area_in_words(frame.mm.area, "mm²")
    else:
        area = (
            area_in_words(frame.px.area, "px²") if analysis.calibration is None else "outside of the calibrated region"
        )
    source = "" if frame.followed_from is None else f" from frame {frame.followed_from}"
    return f"{area}, {frame.how}{source}"


def _curve(analysis: Analysis) -> None:
    choices = curves(calibrated=analysis.calibration is not None)
    name = st.pills("Curve", list(choices), default="Area", key="curve-choice", label_visibility="collapsed") or "Area"
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            curve_figure(analysis, choices[name], limit=limit_of(analysis) if name == "Area" else None),
            key="curve-chart",
            config={"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]},
            alt=f"{name} over time; the same values are in the table below.",
        )
    st.caption(
        "Click the curve to see that frame. × marks frames flagged for review, a diamond those that a person corrected "
        "or confirmed, a dotted line or a pale band frames without a value; the green band is the most stable run."
    )


def _downloads(here: SessionState, analysis: Analysis, frame: int) -> None:
    exports, frames = application().exports, here.frames(analysis.clip)  # a download knows no session
    listed = here.listed
    filed = FiledUnder(listed.record.subject, listed.exam.when if listed.exam else "")
    stem = _stem(filed, analysis)
    europe = bool(st.session_state.get(EUROPE_KEY))
    offers: tuple[tuple[str, Callable[[], bytes], str, str], ...] = (
        ("CSV", lambda: exports.measurements_csv(analysis, filed, europe=europe), "measurements.csv", "text/csv"),
        (
            "XLSX",
            lambda: exports.measurements_xlsx(analysis, filed),
            "measurements.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("Overlay MP4", lambda: exports.overlay(here.opened(), analysis), "overlay.mp4", "video/mp4"),
        ("PNG of this frame", lambda: _frame_png(frames, analysis, frame, filed), f"frame-{frame}.png", "image/png"),
        ("Masks ZIP", lambda: exports.masks_zip(analysis, filed), "masks.zip", "application/zip"),
        ("Provenance JSON", lambda: exports.summary_json(analysis, filed), "summary.json", "application/json"),
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
                key=f"download-{label}",
                disabled=mime in ("video/mp4", "image/png") and not listed.kept,
            )
    st.checkbox(
        "CSV for a European Excel",
        key=EUROPE_KEY,
        help="Semicolons between cells and decimal commas, for an Excel set to German, French, Dutch or the like.",
    )


def _frame_png(frames: FrameSource, analysis: Analysis, frame: int, filed: FiledUnder) -> bytes:
    return application().exports.frame_png(frames.image(frame), analysis, frame, visit=filed.visit, code=filed.subject)


def _stem(filed: FiledUnder, analysis: Analysis) -> str:
    """Name files by what they are of: patient's code, visit, nerve, site and side, and the clip's hash."""
    view = analysis.view
    side = "" if view.side is Side.UNKNOWN else view.side.value
    visit = filed.visit.replace(" ", "-")
    parts = ("nerveapp", filed.subject, visit, view.nerve, view.site, side, analysis.clip.sha256[:8])
    return "-".join(filter(None, parts))


def _table(analysis: Analysis) -> None:
    cells = list(zip(*rows(analysis.frames), strict=True))
    columns = {column.name: list(values) for column, values in zip(COLUMNS, cells, strict=True)}
    shown = {name: values for name, values in columns.items() if any(value is not None for value in values)}
    if len(analysis.clip.names) == len(analysis.frames):  # of stills; in files they could tell who was scanned
        shown = {"file": list(analysis.clip.names)} | shown
    st.dataframe(shown, hide_index=True, height=320, placeholder="–")
