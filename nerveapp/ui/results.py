"""The result of an analysis: player and curve in step, the figures, the downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from nerveapp.analysis.outline import contours
from nerveapp.analysis.preview import PREVIEW_FRAME_RATE, preview_scale
from nerveapp.analysis.rendering import draw_outline
from nerveapp.analysis.table import COLUMNS, rows
from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.tracking import How
from nerveapp.ui.charts import curve_figure, curves
from nerveapp.ui.headline import show_headline
from nerveapp.ui.limit_view import limit_of, show_limit
from nerveapp.ui.motion_view import show_motion_and_echo
from nerveapp.ui.nerve_choice import offer_nerves
from nerveapp.ui.player import Contours, Scene, player
from nerveapp.ui.point_view import wants_clicks
from nerveapp.ui.session_state import SessionState

CHART_KEY = "curve"
PLAYER_KEY = "player"


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
        with st.container():  # as Streamlit puts around a fragment: the player of the live view is here too, and stays
            if still and not wants_clicks(here.analysis):
                _picture(here, analysis)
            else:
                frame = show_player(analysis, key=PLAYER_KEY, start_frame=start_frame)
        offer_nerves(here.analysis, analysis)
    with curve_column:
        if not still:
            _curve(analysis)
        show_headline(analysis)
        show_limit(analysis)
        _downloads(here, analysis)
    show_motion_and_echo(here, analysis)
    words = "The frame as a table" if still else f"All {len(analysis.frames)} frames as a table"
    # Drawn once it is opened: a browser takes longer to show the table than all the rest of the result.
    table = st.expander(words, key="frames-table", on_change="rerun")
    if table.open:
        with table:
            _table(analysis)
    return frame


def show_player(analysis: Analysis, *, key: str, start_frame: int) -> int:
    """Draw the player of a clip, or say that its video is not kept; gives the frame at which it came to rest."""
    previews, clip = application().previews, analysis.clip.sha256
    if not previews.has(clip):
        st.info("The clip is not kept on this server: open it again to watch it.", icon=":material/videocam_off:")
        return start_frame
    return player(scene_of(analysis), clip=clip, video=lambda: previews.read(clip), key=key, start_frame=start_frame)


def _picture(here: SessionState, analysis: Analysis) -> None:
    """Show a single frame with its outline."""
    if not here.listed.kept:
        st.info("The picture is not kept on this server: open it again to see it.", icon=":material/hide_image:")
        return
    drawn = draw_outline(here.first_image(), analysis.masks[0].unpack())
    st.image(drawn, width="stretch", caption=_caption(analysis.frames[0], analysis), alt="The picture with its outline")


def scene_of(analysis: Analysis) -> Scene:
    """Build what the player draws, once per result: a thousand masks take a moment to trace."""
    known = st.session_state.get("scene")
    if known is not None and known[0] is analysis:
        scene: Scene = known[1]
        return scene
    scene = Scene(
        width=analysis.clip.width,
        height=analysis.clip.height,
        video_scale=preview_scale(analysis.clip),
        times_s=increasing([frame.time_s for frame in analysis.frames]),
        video_frame_rate=PREVIEW_FRAME_RATE,
        contours=_contours(analysis.masks),
        captions=tuple(_caption(frame, analysis) for frame in analysis.frames),
        flags=tuple(", ".join(flag.replace("-", " ") for flag in frame.flags) for frame in analysis.frames),
        chart_key=CHART_KEY,
        others=tuple((str(one.nerve + 1), _contours(one.masks)) for one in analysis.others),
        points=tuple((one.frame, one.x, one.y) for one in analysis.points),
    )
    st.session_state["scene"] = (analysis, scene)
    return scene


def _contours(masks: Sequence[PackedMask]) -> Contours:
    return tuple(
        tuple(tuple(int(value) for value in part.ravel()) for part in contours(mask.unpack())) for mask in masks
    )


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
        area = f"{frame.mm.area:.2f} mm²"
    else:
        area = f"{frame.px.area:.0f} px²" if analysis.calibration is None else "outside of the calibrated region"
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
        "Click the curve to see that frame. × marks frames flagged for review, a dotted line frames without a value; "
        "the green band is the most stable run."
    )


def _downloads(here: SessionState, analysis: Analysis) -> None:
    exports = application().exports
    listed = here.listed
    stem = _stem(listed.record, analysis)
    offers: tuple[tuple[str, Callable[[], bytes], str, str], ...] = (
        ("CSV", lambda: exports.measurements_csv(analysis), "measurements.csv", "text/csv"),
        (
            "XLSX",
            lambda: exports.measurements_xlsx(analysis),
            "measurements.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("Overlay MP4", lambda: exports.overlay(here.opened(), analysis), "overlay.mp4", "video/mp4"),
        ("Masks ZIP", lambda: exports.masks_zip(analysis), "masks.zip", "application/zip"),
        ("Provenance JSON", lambda: exports.summary_json(analysis), "summary.json", "application/json"),
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
                disabled=name == "overlay.mp4" and not listed.kept,
            )


def _stem(record: ClipRecord, analysis: Analysis) -> str:
    """Name files by what they are of: patient's code, nerve and site, and the clip's hash."""
    view = record.view
    return "-".join(filter(None, ("nerveapp", record.subject, view.nerve, view.site, analysis.clip.sha256[:8])))


def _table(analysis: Analysis) -> None:
    cells = list(zip(*rows(analysis.frames), strict=True))
    columns = {column.name: list(values) for column, values in zip(COLUMNS, cells, strict=True)}
    shown = {name: values for name, values in columns.items() if any(value is not None for value in values)}
    if len(analysis.clip.names) == len(analysis.frames):  # of stills; in files they could tell who was scanned
        shown = {"file": list(analysis.clip.names)} | shown
    st.dataframe(shown, hide_index=True, height=320)
