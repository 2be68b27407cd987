"""The page Live: a source, the running picture with outline and area, freezing it and keeping a clip."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import streamlit as st

from nerveapp.analysis.preview import running_jpeg
from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.live import LiveMeasurement, NamedSource
from nerveapp.domain.model_choice import ModelChoice
from nerveapp.domain.tracking import How
from nerveapp.domain.view import Nerve, Side, Site, View, sites_to_choose
from nerveapp.errors import CalibrationError, NerveAppError
from nerveapp.ui.clips.ask_analysis import ask_for_analysis
from nerveapp.ui.clips.clip_form import NERVES, SIDES, in_words
from nerveapp.ui.clips.clip_source import let_go_at_the_end
from nerveapp.ui.components.live import Running, running_picture
from nerveapp.ui.components.ruler import ruler
from nerveapp.ui.live.live_sessions import LiveExam, live_sessions
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.address import address_of
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.labels import labels_apart
from nerveapp.ui.page.page_turn import turn_to
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_end import when_the_session_ends
from nerveapp.ui.page.session_state import session_state
from nerveapp.ui.page.uploads import check_room, drop_folder, fresh_folder
from nerveapp.workflows.live.keep_live import frames_of, keep_in_library
from nerveapp.workflows.live.live_session import LiveSession
from nerveapp.workflows.live.recent_frames import KEPT_S, RecentFrames
from nerveapp.workflows.models.choose_model import models_to_choose

UNWATCHED_S = 120.0
"""So long after the last look at the picture it ends by itself: the page was left, and a tab in the background looks
once a minute."""

_EXAM = "live-exam"
_SETTING = "NERVEAPP_LIVE_SOURCES"


def show_live() -> None:
    """Draw the page."""
    sources = application().live.sources.offered()
    if not sources:
        _how_to_enable()
        return
    exam: LiveExam | None = st.session_state.get(_EXAM)
    if exam is not None and exam.session.over:
        _say_end(exam)
        del st.session_state[_EXAM]
        exam = None
    if exam is None:
        _offer_start(sources)
    else:
        _show_running(exam)


def _how_to_enable() -> None:
    st.info(
        "Live shows outline and area on the running picture of a frame grabber or camera. This server has no source "
        f"for it: whoever runs it names some in `{_SETTING}`, separated by commas, and starts it again.",
        icon=":material/videocam_off:",
    )
    st.code(f"{_SETTING}='Ultrasound room 1=/dev/video0,/srv/clips'", language="bash")
    st.caption(
        "Devices, addresses (rtsp://…), clips and folders of clips can be named. Only what is named there can be "
        "watched. On one's own computer, `python -m nerveapp live --source /dev/video0` needs no setting."
    )


def _offer_start(sources: tuple[NamedSource, ...]) -> None:
    source_column, spacing_column = st.columns([3, 1])
    source = source_column.selectbox(
        "Source",
        sources,
        format_func=labels_apart(sources, lambda one: one.label).__getitem__,
        key="live-source",
        help=f"From {_SETTING}.",
    )
    spacing = spacing_column.number_input(
        "mm per pixel",
        value=None,
        step=0.001,
        format="%.4f",
        placeholder="none: px²",
        key="live-spacing",
        persist_state="session",
        help="Of the picture as it comes. Without it areas are in px².",
    )
    view = _choose_view()
    choices = {one.name: one for one in _choices(view)}
    model = st.selectbox(
        "Model",
        list(choices),
        format_func=labels_apart(
            choices, lambda name: f"{choices[name].title} · {choices[name].score_words}"
        ).__getitem__,
        key=f"live-model-{view.nerve}-{view.site}",
        help="Chosen by nerve and site.",
    )
    if (warning := choices[model].warning) is not None:
        st.warning(plain(warning), icon=":material/warning:")
    if st.button("Start", type="primary", icon=":material/play_arrow:", key="live-start"):
        try:
            _start(source, model, view, spacing)
        except NerveAppError as error:
            show_error(error)
            return
        st.rerun()


def _choose_view() -> View:
    nerve_column, site_column, side_column = st.columns(3)
    # Kept while they are not drawn: the next side is often of the same nerve, and measured with the same machine.
    kept: Literal["session"] = "session"
    nerve: Nerve = nerve_column.selectbox("Nerve", NERVES, format_func=in_words, key="live-nerve", persist_state=kept)
    sites = sites_to_choose(nerve)
    site: Site = site_column.selectbox(
        "Site", sites, format_func=in_words, key=f"live-site-{nerve}", persist_state=kept
    )
    side: Side = side_column.selectbox("Side", SIDES, format_func=in_words, key="live-side", persist_state=kept)
    return View(nerve, site, side)


def _choices(view: View) -> tuple[ModelChoice, ...]:
    app = application()
    return models_to_choose(view, app.models, app.registry_if_there)


def _start(source: NamedSource, model: str, view: View, spacing: float | None) -> None:
    app = application()
    calibration = None if spacing is None else Calibration(spacing, spacing, CalibrationOrigin.TYPED, "mm per pixel")

    def opened() -> LiveSession:
        segmenter = app.segmenters.segmenter(model)
        shown, recent = app.live.sources.open(source.source, repeat=True), RecentFrames(seconds=KEPT_S)
        begun = LiveSession(shown, segmenter, calibration=calibration, recent=recent, unwatched_s=UNWATCHED_S)
        # At once: a click meanwhile ends this run of the page as soon as it draws, and what is begun ends by itself.
        when_the_session_ends("live", begun.stop)
        begun.start()
        return begun

    with st.spinner("Opening the source and the model"):
        session = live_sessions().begin(opened)
    st.session_state[_EXAM] = LiveExam(session, source.label, model, view, calibration)


def _say_end(exam: LiveExam) -> None:
    if exam.session.failure is not None:
        show_error(exam.session.failure)
    else:
        st.info(f"{plain(exam.source)} has stopped.", icon=":material/stop:")


def _show_running(exam: LiveExam) -> None:
    session = exam.session
    with st.container(horizontal=True, key="live-commands", vertical_alignment="center"):
        # By callbacks: a rerun asked for in a run can be lost among those that the picture asks for.
        if session.frozen:
            st.button("Go on", icon=":material/play_arrow:", key="live-go-on", on_click=session.go_on)
        else:
            st.button("Freeze", icon=":material/pause:", key="live-freeze", on_click=session.freeze)
        if st.button(f"Keep the last {KEPT_S:.0f} s", icon=":material/save:", type="primary", key="live-keep"):
            try:
                _keep(exam)
            except NerveAppError as error:
                show_error(error)
        st.button("Stop", icon=":material/stop:", key="live-stop", on_click=_stop, args=(exam,))
        outlined = st.toggle("Outline", value=True, key="live-outline")
    held, place = session.frozen, st.container()
    if held:
        exam = _with_two_points(exam)
    kept = "areas in px²" if exam.calibration is None else plain(exam.calibration.words)
    by = f"by the model {plain(application().models.card(exam.model).title)}"
    st.caption(f"{plain(exam.source)} · {exam.view.words} · {by} · {kept}")
    # Last: a run cut short by the picture's own asking then leaves a picture that knows the page is behind.
    with place:
        _picture(exam, outlined, held)


@st.fragment
def _picture(exam: LiveExam, outlined: bool, held: bool) -> None:
    session = exam.session
    # The run that a press asked for can be lost among those the picture asks for: the page still shows the other state.
    if session.over or session.frozen != held:
        st.rerun()
    latest = session.watched()
    figures = session.figures(last_s=2.0)
    if latest is None:
        running_picture(b"", Running(-1, "", "Waiting for the first picture", "", held=False), key="live-picture")
        return
    mask = latest.mask if outlined else None
    running = Running(
        # The outline is a part of the picture.
        2 * latest.live.frame.index + outlined,
        latest.area_words if latest.area_px else "",
        "frozen" if session.frozen else _how(latest),
        figures.words.replace(", ", "\n") if not session.frozen else f"The last {_held_s(session):.1f} s can be kept.",
        held=session.frozen,
    )
    running_picture(running_jpeg(latest.live.frame.image, mask), running, key="live-picture")


def _stop(exam: LiveExam) -> None:
    exam.session.end()
    st.session_state.pop(_EXAM, None)


def _with_two_points(exam: LiveExam) -> LiveExam:
    """Offer a calibration on the frozen picture, and give the examination as it is then calibrated."""
    latest = exam.session.watched()
    if latest is None:
        return exam
    with st.expander("Calibrate by two points on this picture", icon=":material/straighten:"):
        distance = st.number_input(
            "True distance between the two points, in mm",
            min_value=0.1,
            value=None,
            step=1.0,
            placeholder="such as 10, between two ticks of the depth scale",
            key="live-distance",
        )
        if exam.calibration is not None:
            st.caption(f"In force: {plain(exam.calibration.words)}. A line drawn here takes its place.")
        image = latest.live.frame.image
        jpeg = running_jpeg(image, None)
        line = ruler(jpeg, width=image.shape[1], height=image.shape[0], line=None, key="live-ruler")
        if line is None or distance is None:
            if exam.calibration is None:
                st.caption(f"{'Draw the line' if line is None else 'Type the distance'} to get areas in mm².")
            return exam
        try:
            calibration = Calibration.from_two_points(*line, distance)
        except CalibrationError as error:
            show_error(error)
            return exam
        if calibration != exam.calibration:
            exam.session.calibrate(calibration)
            exam = st.session_state[_EXAM] = replace(exam, calibration=calibration)
    return exam


def _how(outline: LiveMeasurement) -> str:
    if outline.how is How.LOST or not outline.area_px:
        return "Looking for the nerve"
    return f"{outline.how}, unsure" if outline.unsure else str(outline.how)


def _held_s(session: LiveSession) -> float:
    held = session.recent.all()
    return held[-1].live.captured_s - held[0].live.captured_s if held else 0.0


def _keep(exam: LiveExam) -> None:
    """Keep the last seconds, have them analysed and turn to the result."""
    app = application()
    exam.session.freeze()
    check_room(0)
    try:
        with st.spinner("Keeping the clip"):
            clip = keep_in_library(
                frames_of(exam.session.recent.all(), seconds=KEPT_S),
                folder=fresh_folder(),
                files=app.live.files,
                reader=app.clips,
                library=app.library,
                objects=app.objects,
                view=exam.view,
                calibration=exam.calibration,
                actor=actor(),
                now=now(),
            )
    finally:
        drop_folder()
    let_go_at_the_end(clip.info.sha256)
    asked = ask_for_analysis(clip.info.sha256, exam.model)
    exam.session.end()
    del st.session_state[_EXAM]
    here = session_state()
    here.look_at(clip=clip.info.sha256, analysis=asked.id)
    turn_to("pages/analyse.py", address_of(here))
