"""Starting an analysis, watching it, stopping it."""

from __future__ import annotations

import streamlit as st

from nerveapp.analysis.review_order import fewest_to_review, flagged_frames
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.calibration import Calibration
from nerveapp.errors import CancelledError
from nerveapp.ui.analysis_run import AnalysisRun, Request
from nerveapp.ui.desk import Desk
from nerveapp.ui.plain_text import plain
from nerveapp.ui.shell import show_error
from nerveapp.ui.view_form import Choice, choice_in_words
from nerveapp.ui.words import counted

POLL_S = 0.3


def request_analysis(desk: Desk, choice: Choice, calibration: Calibration | None) -> None:
    """Draw the button that starts the analysis of the loaded clip."""
    if desk.loaded is None:
        return
    again = desk.outcome is not None
    label = "Analyse again" if again else "Analyse"
    if st.button(
        label,
        type="secondary" if again else "primary",
        icon=":material/monitoring:",
        disabled=desk.busy,
        key="analyse",
    ):
        desk.start(Request(desk.loaded.clip, choice.view, calibration, choice.model, choice.flip))
        st.rerun()
    if desk.made_with is not None and desk.made_with != choice:
        st.warning(
            f"The results below are of another choice: {plain(choice_in_words(desk.made_with))}. "
            "Analyse again for this one.",
            icon=":material/sync_problem:",
        )


def watch_run(desk: Desk) -> None:
    """Show the run under way, and take its outcome onto the desk when it is there."""
    run = desk.run
    if run is None:
        return
    if desk.busy:
        _progress(desk)
        return
    desk.run = None
    if run.outcome is not None:
        desk.outcome = run.outcome
        desk.made_with = Choice(run.request.view, run.request.model, run.request.flip)
        st.rerun()
    elif isinstance(run.error, CancelledError):
        st.info(plain(str(run.error)), icon=":material/stop:")
    elif run.error is not None:
        show_error(run.error)
    else:
        st.error("The analysis failed unexpectedly; the server's log says why.", icon=":material/error:")


@st.fragment(run_every=POLL_S)
def _progress(desk: Desk) -> None:
    run = desk.run
    if run is None or run.finished:
        st.rerun()
    bar_column, stop_column = st.columns([6, 1], vertical_alignment="center")
    total = run.request.clip.info.frame_count
    share = min(1.0, run.frames_done / total) if total else 0.0
    bar_column.progress(share, _label(run, total))
    if stop_column.button("Stop", icon=":material/stop:", width="stretch", key="stop-run"):
        run.cancel()
    if run.live is not None:
        with st.container(key="live"):
            st.image(run.live, width=640, alt="The frame just outlined")


def _label(run: AnalysisRun, total: int | None) -> str:
    if run.waiting:
        return "Waiting for another analysis to end"
    if run.frames_done == 0:
        return "Loading the model"
    return f"Frame {run.frames_done} of {total}" if total else f"Frame {run.frames_done}"


def offer_correcting(desk: Desk, analysis: Analysis) -> None:
    """Draw the ways to the Correct page: the frame the player shows, or the doubtful ones of the analysis on show."""
    frames = flagged_frames(analysis.frames)
    with st.container(horizontal=True, key="to-correct", vertical_alignment="center"):
        if st.button("Correct this frame", icon=":material/edit:", key="correct-frame"):
            desk.to_correct = desk.frame
            st.switch_page("pages/correct.py")
        label = f"Look at {counted(len(frames), 'doubtful frame')}" if frames else "No frame is doubtful"
        if st.button(label, icon=":material/visibility:", disabled=not frames, key="correct-doubtful"):
            desk.to_correct = frames[0]
            st.switch_page("pages/correct.py")
        if few := len(fewest_to_review(analysis.frames)):
            st.caption(_start_with(few, len(frames)))


def _start_with(few: int, doubtful: int) -> str:
    """Say how many frames to begin with; nothing where that is all of them."""
    if few == doubtful:
        return ""
    return f"Start with {few}: corrected and carried, {'it reaches' if few == 1 else 'they reach'} the others."
