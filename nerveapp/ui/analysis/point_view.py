"""Pointing at the nerve: a click or a box in the player outlines what is there, and it is followed through the clip."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from nerveapp.analysis.morphometry import measure, measure_mm
from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.measurement import area_in_words
from nerveapp.domain.tracking import Point, Pointed
from nerveapp.errors import NerveAppError
from nerveapp.ports import FrameSource
from nerveapp.ui.clips.ask_analysis import ask_for_analysis
from nerveapp.ui.clips.nerve_choice import measure_nerve
from nerveapp.ui.components.player import start_anew
from nerveapp.ui.components.pointing import Click, Proposal, ask_for_clicks, last_choice, last_click
from nerveapp.ui.page.address import write_address
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.outline_route import PointedPicture, outline_path, pointed_pictures
from nerveapp.ui.page.session_end import when_the_session_ends
from nerveapp.ui.page.session_state import SessionState

_CLICKS, _OPENED, _READY, _CHOSEN = "pointing-clicks", "pointing-opened", "pointing-ready", "pointing-chosen"
_STYLE = "@media (max-width:40rem){.st-key-pointing-said{min-height:6rem}}"
"""What is said is one line, or on a narrow screen some: the picture below does not move when it is clicked."""

_FORGOTTEN, _DONE, _PROPOSED = "pointing-forgotten", "pointing-done", "pointing-proposed"

_SAME_AREA = 0.02
"""An area that differs by less than this share from the one proposed is told as that."""


def offer_pointing(here: SessionState, analysis: Analysis, *, player: str) -> None:
    """Draw the switch for pointing at the nerve, and while it is on what the last click gave.

    It is above the player, whose place on the page does not depend on it.

    Parameters
    ----------
    here : SessionState
        Has the analysis and the frame at which the player is.
    analysis : Analysis
        In the calibration in force.
    player : str
        Key of the player whose picture is clicked.
    """
    job = application().analyses.job(here.analysis)
    if job is None or not here.listed.kept:
        return
    frames = here.frames(analysis.clip)
    # A still has its player only while clicks are wanted: the switch has to draw the page anew.
    draw = _pointing if len(analysis.frames) == 1 else st.fragment(_pointing)
    draw(here, job, analysis, frames, player)


def wants_clicks(analysis_id: str) -> bool:
    """Say whether the switch is on."""
    return bool(st.session_state.get(_switch(analysis_id)))


def _pointing(here: SessionState, job: AnalysisJob, analysis: Analysis, frames: FrameSource, player: str) -> None:
    _take_choice(job)
    found = analysis.summary.outlined > 0
    key = _switch(job.id)
    if key not in st.session_state:
        st.session_state[key] = not found
    if st.session_state.pop(_DONE, None) == job.id:
        st.session_state[key] = False
    with st.container(horizontal=True, vertical_alignment="center", key="pointing"):
        on = st.toggle("Not the nerve? Click it." if found else "Click the nerve", key=key)
        click = _last_click(job) if on else None
        pointed, asked_at = None, ""
        if on:
            secret, picture = _picture(job, frames, len(analysis.frames), here.frame)
            asked_at = outline_path(secret)
            pointed = _outlined(picture, click) if click is not None else None
            _offer_following(here, job, analysis, (click, pointed), player)
        elif analysis.points:
            st.caption(f"{_how_it_went(analysis)}{_drawn_otherwise(job, analysis)}", width="content")
            _offer_finding(here, job, player)
        ask_for_clicks(
            player=player,
            of=job.id,
            on=on,
            choosable=bool(analysis.others),
            asked_at=asked_at,
            proposal=None if click is None else Proposal(click, pointed),
            key=_CLICKS,
        )
    if on:
        with st.container(key="pointing-said"):
            st.html(f"<style>{_STYLE}</style>")
            st.caption(_said(analysis, click, pointed))


def _take_choice(job: AnalysisJob) -> None:
    """Measure the nerve whose outline was clicked, once a click."""
    choice = last_choice(_CLICKS, of=job.id)
    if choice is not None and choice.number != st.session_state.get(_CHOSEN):
        st.session_state[_CHOSEN] = choice.number
        if measure_nerve(job.id, choice.nerve):
            st.rerun()


def _offer_following(
    here: SessionState,
    job: AnalysisJob,
    analysis: Analysis,
    seen: tuple[Click | None, Pointed | None],
    player: str,
) -> None:
    """Draw what can be done about a click that gave an outline."""
    click, pointed = seen
    label = "Follow" if len(analysis.frames) > 1 else "Use this outline"
    follow = st.button(label, type="primary", icon=":material/timeline:", key="follow", disabled=pointed is None)
    st.button("Cancel", key="cancel-pointing", on_click=_switch_off, args=(job,))
    if follow and click is not None and pointed is not None:
        here.frame = click.point.frame
        st.session_state[_PROPOSED] = (job.request.clip_sha256, click.point, np.count_nonzero(pointed.outline.mask))
        st.session_state[_FORGOTTEN] = click.number
        st.session_state[_DONE] = job.id  # also where the result is the one on show already
        _ask(here, job, (*analysis.points, click.point), player)


def _last_click(job: AnalysisJob) -> Click | None:
    """Give the last click, unless it was followed or cancelled."""
    click = last_click(_CLICKS, of=job.id)
    return None if click is None or click.number == st.session_state.get(_FORGOTTEN) else click


def _offer_finding(here: SessionState, job: AnalysisJob, player: str) -> None:
    """Draw the way back from what was pointed at to what the model finds."""
    if st.button("Find it instead", type="tertiary", icon=":material/undo:", key="find-instead"):
        _ask(here, job, (), player)


def _ask(here: SessionState, job: AnalysisJob, points: tuple[Point, ...], player: str) -> None:
    request = job.request
    try:
        asked = ask_for_analysis(
            request.clip_sha256, request.model, test_time_flip=request.test_time_flip, points=points
        )
    except NerveAppError as error:
        show_error(error)
        return
    start_anew(player)
    here.look_at(clip=request.clip_sha256, analysis=asked.id)
    write_address(here)
    st.rerun()


def _picture(job: AnalysisJob, frames: FrameSource, count: int, frame: int) -> tuple[str, PointedPicture]:
    """Give the analysis's picture and the secret under which the player asks about it, ready for the frame on show."""
    known = st.session_state.get(_OPENED)
    if known is None or known[0] != job.id:
        request = job.request
        load = partial(application().segmenters.segmenter, request.model, test_time_flip=request.test_time_flip)
        picture = PointedPicture(load, frames, count)
        if known is not None:
            pointed_pictures().close(known[1])
        secret = pointed_pictures().open(picture)
        when_the_session_ends("pointing", partial(pointed_pictures().close, secret))
        known = st.session_state[_OPENED] = (job.id, secret, picture)
    if st.session_state.get(_READY) != (job.id, frame):
        st.session_state[_READY] = (job.id, frame)
        known[2].make_ready(frame)
    return known[1:]


def _outlined(picture: PointedPicture, click: Click) -> Pointed | None:
    try:
        return picture.pointed(click.point)
    except NerveAppError as error:
        show_error(error)
        return None


def _said(analysis: Analysis, click: Click | None, pointed: Pointed | None) -> str:
    still = len(analysis.frames) == 1
    if click is None:
        where = "" if still else ", in a frame that shows it clearly"
        return f"Click the middle of the nerve, or drag a box around it{where}. Dashed is about what a click outlines."
    if pointed is None:
        again = "Click its middle, or drag a box around it" if click.point.extent is None else "Draw the box closer"
        return f"Nothing like a nerve is seen there. {again}{'' if still else ', or try another frame'}."
    mask = pointed.outline.mask
    shape = measure(mask)
    mm = measure_mm(mask, analysis.calibration) if analysis.calibration is not None else None
    area = ""
    if shape is not None:
        area = area_in_words(shape.area, "px²") if mm is None else area_in_words(mm.area, "mm²")
    sizes = [
        word
        for word, there in (("smaller", pointed.meant), ("larger", pointed.meant + 1 < len(pointed.outlines)))
        if there
    ]
    other = f"choose a {' or '.join(sizes)} one, or click again" if sizes else "or click again"
    if still:
        return f"The blue outline is {area}. Use it, {other}."
    return f"The blue outline in frame {click.point.frame} is {area}. Follow it through the clip, {other}."


def _how_it_went(analysis: Analysis) -> str:
    """Say what became of the points of an analysis."""
    outlined, count = analysis.summary.outlined, len(analysis.frames)
    if count == 1:
        return "Outlined around the point."
    words = followed_in_words(analysis.points)
    if outlined >= count / 2:
        return words
    return f"{words} It is outlined in {outlined} of {count} frames only: point at it in another frame, too."


def _drawn_otherwise(job: AnalysisJob, analysis: Analysis) -> str:
    """Say so where the outline that was clicked is drawn as in the frames around it, and not as it was proposed."""
    clip, point, proposed = st.session_state.get(_PROPOSED, ("", None, 0))
    if clip != job.request.clip_sha256 or point not in analysis.points or len(analysis.frames) == 1:
        return ""
    frame = analysis.frames[point.frame]
    if frame.px is None or abs(frame.px.area / proposed - 1) <= _SAME_AREA:
        return ""
    areas = [area_in_words(frame.px.area, "px²"), area_in_words(proposed, "px²")]
    if frame.mm is not None and analysis.calibration is not None:
        pixel = analysis.calibration.pixel_area_mm2
        areas = [area_in_words(frame.mm.area, "mm²"), area_in_words(proposed * pixel, "mm²")]
    return f" There it is drawn as in the frames around it: {areas[0]}, where {areas[1]} was proposed."


def followed_in_words(points: tuple[Point, ...]) -> str:
    """Say where a nerve was followed from; "" where nobody pointed."""
    frames = [str(point.frame) for point in points]
    if not frames:
        return ""
    if len(frames) == 1:
        return f"Followed from the {'box' if points[0].extent else 'point'} in frame {frames[0]}."
    return f"Followed from the points in frames {', '.join(frames[:-1])} and {frames[-1]}."


def _switch(analysis_id: str) -> str:
    return f"pointing-{analysis_id}"


def _switch_off(job: AnalysisJob) -> None:
    st.session_state[_switch(job.id)] = False
    if (click := last_click(_CLICKS, of=job.id)) is not None:
        st.session_state[_FORGOTTEN] = click.number
