"""Starting an analysis, watching it, stopping it."""

from __future__ import annotations

import streamlit as st

from nerveapp.analysis.review_order import fewest_to_review, flagged_frames
from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.counted import counted
from nerveapp.domain.job import JobState
from nerveapp.ui.analysis.progress_view import show_progress
from nerveapp.ui.analysis.results import PLAYER_KEY
from nerveapp.ui.clips.ask_analysis import ask_for_analysis
from nerveapp.ui.clips.clip_form import OutlineSettings
from nerveapp.ui.components.player import start_anew
from nerveapp.ui.page.address import address_of, write_address
from nerveapp.ui.page.page_turn import turn_to
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_state import SessionState


def job_at_hand(here: SessionState) -> AnalysisJob | None:
    """Give the analysis looked at; a clip opened without one shows its newest."""
    app = application()
    if not here.analysis:
        finished = app.analyses.of_clip(here.clip)
        if not finished:
            return None
        here.look_at(clip=here.clip, analysis=finished[0].id)
        write_address(here)
    return app.analyses.job(here.analysis)


def offer_analysis(here: SessionState, record: ClipRecord, choice: OutlineSettings, job: AnalysisJob | None) -> None:
    """Draw the button that asks for an analysis, where there is none of this model yet."""
    same = job is not None and choice.made(job)
    if same and job is not None and job.state not in (JobState.STOPPED, JobState.FAILED):
        return
    label = "Analyse" if job is None else "Analyse again" if same else "Analyse with these settings"
    if job is not None and job.state is JobState.DONE:
        flip = "with" if job.request.test_time_flip else "without"
        st.info(
            f"The result below is still of the model {plain(job.request.model)} {flip} test-time flip.",
            icon=":material/info:",
        )
    if st.button(label, type="primary", icon=":material/monitoring:", key="analyse"):
        asked = ask_for_analysis(
            record.sha256,
            choice.model,
            test_time_flip=choice.test_time_flip,
            # Where somebody pointed is of the clip, not of the model; unless there was nothing like a nerve.
            points=() if job is None or job.state is JobState.FAILED else job.request.points,
        )
        start_anew(PLAYER_KEY)
        here.look_at(clip=record.sha256, analysis=asked.id)
        write_address(here)
        st.rerun()


def watch(job: AnalysisJob, here: SessionState) -> None:
    """Show an analysis under way, or how it ended without a result."""
    if job.state.active:
        application().analysis_runner.wake()  # after a restart of the server nobody may be at work
        show_progress(job, here.opened().info, here.record.calibration, start_frame=here.frame)
    elif job.state is JobState.STOPPED:
        st.info(plain(job.said or "The analysis was stopped."), icon=":material/stop:")
    elif job.state is JobState.FAILED:
        st.error(plain(job.said or "The analysis failed; the server's log says why."), icon=":material/error:")


def offer_correcting(here: SessionState, analysis: Analysis) -> None:
    """Draw the ways to the Correct page: the frame the player shows, or those of the analysis flagged for review."""
    frames = flagged_frames(analysis.frames)
    with st.container(horizontal=True, key="to-correct", vertical_alignment="center"):
        if st.button("Correct this frame", icon=":material/edit:", key="correct-frame"):
            _correct(here, here.frame)
        label = f"Review {counted(len(frames), 'flagged frame')}" if frames else "No frame is flagged"
        if st.button(label, icon=":material/visibility:", disabled=not frames, key="correct-flagged"):
            _correct(here, frames[0])
        few = len(fewest_to_review(analysis.frames))
        if 0 < few < len(frames):
            one = "it reaches" if few == 1 else "they reach"
            st.caption(f"Start with {few}: corrected and propagated, {one} the others.")


def _correct(here: SessionState, frame: int) -> None:
    here.to_correct = frame
    turn_to("pages/correct.py", address_of(here))
