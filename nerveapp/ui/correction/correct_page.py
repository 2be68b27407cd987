"""The clip at hand on the Correct page: its analysis to correct, or what has to come first."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.job import JobState
from nerveapp.ui.analysis.run_view import job_at_hand, watch
from nerveapp.ui.clips.library_words import name_of
from nerveapp.ui.correction.correct_view import Correcting, correct
from nerveapp.ui.correction.drawn_clip import show_drawn_clip
from nerveapp.ui.correction.queue_view import show_saved
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.address import address_of
from nerveapp.ui.page.page_turn import turn_to
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_state import SessionState
from nerveapp.workflows.annotating.annotation_session import AnnotationSession


def correct_clip(here: SessionState) -> None:
    """Draw the page.

    Raises
    ------
    LibraryError
        If the clip is not in the library.
    """
    record = here.record
    job = job_at_hand(here)
    if job is None or job.state is not JobState.DONE:
        st.title("Correct outlines", anchor=False)
        show_saved(here.clip, application().annotations)
        if job is not None and job.state.active:
            watch(job, here)
            return
        st.info("The clip is not analysed yet: corrections start from the model's outlines.", icon=":material/info:")
        if st.button("Go to Analyse", type="primary", icon=":material/monitoring:"):
            turn_to("pages/analyse.py", address_of(here))
        return
    analysis = here.measured(record, nerve=job.nerve)
    last = len(analysis.frames) - 1
    wanted = here.to_correct
    if actor().code:  # until somebody says who they are no frame is shown
        here.to_correct = None

    def show_clip(session: AnnotationSession) -> None:
        """Draw the player below the editor."""
        show_drawn_clip(here.analysis, session)

    listed = application().library.clip(here.clip)
    with st.container(key="small-title"):
        st.title(
            plain(f"{analysis.clip.name if listed is None else name_of(listed)} · {record.view.words}"), anchor=False
        )
    frames = here.frames(analysis.clip)
    resting = min(here.frame, last)
    correct(Correcting(analysis, frames, show_clip, resting, None if wanted is None else min(wanted, last)))
