"""An analysis under way: how far it is, and the clip playing with the outlines made so far."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nerveapp.analysis.preview import PREVIEW_FRAME_RATE, preview_scale
from nerveapp.bootstrap import application
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.counted import counted
from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.domain.job import JobState
from nerveapp.domain.measurement import area_in_words
from nerveapp.ui.analysis.early_curve import early_curve
from nerveapp.ui.analysis.results import CHART_KEY, PICTURE_AND_CURVE, PLAYER_KEY, increasing
from nerveapp.ui.components.player import Scene, player
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.charts import waiting_figure
from nerveapp.workflows.analysing.request_analysis import stop_analysis

_POLL_S, _POLL_S_PER_FRAME = 0.5, 0.0005
"""The browser gets all outlines so far each time: those of a long clip less often."""

_LISTEN_S, _LISTEN_EVERY_S = 0.4, 0.04
_NEARLY_DONE = 0.75

_CURVE_DRAWN, _CURVE_EVERY_S = "early-curve-drawn", 4.0
_STILL = {"displayModeBar": False, "staticPlot": True}


def show_progress(job: AnalysisJob, info: ClipInfo, calibration: Calibration | None, *, start_frame: int) -> None:
    """Draw an analysis under way until it ends, and then the page anew.

    Parameters
    ----------
    job : AnalysisJob
    info : ClipInfo
        Of its clip.
    calibration : Calibration or None
        Of its clip, for the areas below the picture.
    start_frame : int
        Where the player comes to rest at the end.
    """
    every_s = _POLL_S + _POLL_S_PER_FRAME * max(0, (job.frame_count or 0) - 500)
    picture_column, side_column = st.columns(PICTURE_AND_CURVE, gap="medium")
    with side_column:
        bar_column, stop_column = st.columns([3, 1], vertical_alignment="center")
        bar = bar_column.empty()
        _show_share(bar, job, job.frames_done)
        if stop_column.button("Stop", icon=":material/stop:", width="stretch", key="stop-run"):
            stop_analysis(job.id, analyses=application().analyses, actor=actor())
        # The browser loads what draws curves meanwhile, and not when there is one to be drawn. The fragment draws it:
        # what it is to draw anew outside of itself it must have drawn in the run of the page.
        curve = st.empty()
        st.session_state[_CURVE_DRAWN] = None
    with picture_column:  # what is drawn again and again is little: the rest of the page stays as it is
        st.fragment(_progress, run_every=every_s)(job.id, info, calibration, (bar, curve), start_frame)


def _progress(
    analysis: str,
    info: ClipInfo,
    calibration: Calibration | None,
    beside: tuple[DeltaGenerator, DeltaGenerator],
    start_frame: int,
) -> None:
    app, (bar, curve) = application(), beside
    first = st.session_state.get(_CURVE_DRAWN) is None
    if _curve_is_due():
        so_far = app.analysis_runner.early_outlines(analysis)
        if first or len(so_far) < _NEARLY_DONE * (info.frame_count or math.inf):
            _draw_curve(curve, so_far, info, calibration)
    job = _heard_of(analysis)
    if job is None or not job.state.active:
        st.rerun()
    outlines = app.analysis_runner.early_outlines(analysis)
    if info.frame_count != 1 and outlines and app.previews.has(info.sha256):
        scene = early_scene(outlines, info, calibration)
        start = min(start_frame, len(scene.times_s) - 1)
        player(scene, clip=info.sha256, video=lambda: app.previews.read(info.sha256), key=PLAYER_KEY, start_frame=start)
    elif (picture := app.analysis_runner.early_picture(analysis)) is not None:
        with st.container(key="early"):
            st.image(picture, width=640, alt="The frame just outlined")
    _show_share(bar, job, max(job.frames_done, len(outlines)))


def _draw_curve(
    place: DeltaGenerator, outlines: Sequence[EarlyOutline], info: ClipInfo, calibration: Calibration | None
) -> None:
    figure = waiting_figure()
    if outlines:
        last_s = early_scene(outlines, info, calibration).times_s[-1]
        figure = early_curve(outlines, info, calibration, last_s=last_s)
    place.plotly_chart(figure, key="curve-to-come", config=_STILL)


def _curve_is_due() -> bool:
    """Whether to look at the curve so far: with each run of the page, and after that now and then.

    A clip that is done in seconds gets none, nor does one whose whole curve is near: its browser has enough to draw.
    """
    drawn_at_s: float | None = st.session_state.get(_CURVE_DRAWN)
    now_s = time.monotonic()
    if drawn_at_s is not None and now_s - drawn_at_s < _CURVE_EVERY_S:
        return False
    st.session_state[_CURVE_DRAWN] = now_s
    return True


def _heard_of(analysis: str) -> AnalysisJob | None:
    """Say how an analysis stands; where its first picture or its end is near, wait a moment for it.

    To look more often would keep the browser busy, which is to draw; to listen costs next to nothing.
    """
    app = application()
    until = time.monotonic() + _LISTEN_S
    outlines = len(app.analysis_runner.early_outlines(analysis))
    while (job := app.analyses.job(analysis)) is not None and job.state.active and time.monotonic() < until:
        begun = outlines > 0 or app.analysis_runner.early_picture(analysis) is not None
        if begun and outlines < _NEARLY_DONE * (job.frame_count or math.inf):
            break
        time.sleep(_LISTEN_EVERY_S)
    return job


def _show_share(bar: DeltaGenerator, job: AnalysisJob, frames_done: int) -> None:
    share = min(1.0, frames_done / job.frame_count) if job.frame_count else 0.0
    # One that shares the server may stand still for a while.
    others = sum(one.id != job.id for one in application().analyses.active())
    beside = f", beside {counted(others, 'other analysis')}" if others else ""
    bar.progress(share, in_words(job, frames_done) + beside)


def early_scene(outlines: Sequence[EarlyOutline], info: ClipInfo, calibration: Calibration | None) -> Scene:
    """Build what the player draws so far; frames still to come have no outline, and times at the pace of the others.

    Parameters
    ----------
    outlines : sequence of EarlyOutline
        Of frames 0, 1, ..., one at least.
    info : ClipInfo
    calibration : Calibration or None
        Areas are told in mm² where it holds for the whole frame.
    """
    known = [one.time_s for one in outlines]
    to_come = max(0, (info.frame_count or 0) - len(known))
    step = (known[-1] - known[0]) / (len(known) - 1) if len(known) > 1 else 1 / PREVIEW_FRAME_RATE
    times = [*known, *(known[-1] + step * (number + 1) for number in range(to_come))]
    return Scene(
        width=info.width,
        height=info.height,
        video_scale=preview_scale(info),
        times_s=increasing(times),
        video_frame_rate=PREVIEW_FRAME_RATE,
        contours=(*(one.parts for one in outlines), *((),) * to_come),
        captions=(*(_caption(one, calibration) for one in outlines), *("not outlined yet",) * to_come),
        flags=("",) * len(times),
        chart_key=CHART_KEY,
        early=True,
    )


def _caption(outline: EarlyOutline, calibration: Calibration | None) -> str:
    if outline.area_px is None:
        return "no nerve found"
    if calibration is None:
        return area_in_words(outline.area_px, "px²")
    # Whether it lies in the region where the calibration holds is told by the result.
    return area_in_words(outline.area_px * calibration.pixel_area_mm2, "mm²") if calibration.everywhere else ""


def in_words(job: AnalysisJob, frames_done: int | None = None) -> str:
    """Say how far an analysis is; `frames_done` where that is known better than the store knows it."""
    done = job.frames_done if frames_done is None else frames_done
    if job.state is JobState.WAITING:
        return "Queued"
    if job.state is JobState.RUNNING and done == 0:
        return "Reading the clip"
    if job.state is JobState.RUNNING:
        return f"Frame {done} of {job.frame_count}" if job.frame_count else f"Frame {done}"
    return {JobState.DONE: "Done", JobState.STOPPED: "Stopped"}.get(job.state, job.said or "Failed")
