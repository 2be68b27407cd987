"""A clip on the Analyse page: what it is of, the analysis under way or done, its result."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.job import JobState
from nerveapp.ui.analysis.accept_view import offer_for_visit
from nerveapp.ui.analysis.corrections import offer_corrections
from nerveapp.ui.analysis.familiarity_view import repeat_warning, warn_of_images
from nerveapp.ui.analysis.headline import show_remarks
from nerveapp.ui.analysis.point_view import offer_pointing
from nerveapp.ui.analysis.results import PLAYER_KEY, show_results
from nerveapp.ui.analysis.run_view import job_at_hand, offer_analysis, offer_correcting, watch
from nerveapp.ui.clips.calibration_form import choose_calibration
from nerveapp.ui.clips.clip_bar import show_clip, show_subject
from nerveapp.ui.clips.clip_form import choose_model, say_what_it_shows, warn_of_model
from nerveapp.ui.components.player import frame_at_rest
from nerveapp.ui.page.session_state import SessionState


def analyse_clip(here: SessionState) -> None:
    """Draw the clip at hand.

    Raises
    ------
    LibraryError
        If it is not in the library.
    """
    record = here.record
    job = job_at_hand(here)
    done = job is not None and job.state is JobState.DONE
    analysis = here.measured(record, nerve=job.nerve) if job is not None and done else None
    info = here.opened().info if analysis is None else analysis.clip
    show_clip(here, info, analysis)
    if analysis is None:
        _preview(here)
    # Also where an analysis ended without a result: the button that starts it again is in there.
    open_at_first = job is None or job.state in (JobState.STOPPED, JobState.FAILED)
    with st.expander("Patient, nerve, model and calibration", expanded=open_at_first):
        say_what_it_shows(record)
        choice = choose_model(record, job)
        choose_calibration(here, record, info)
        if analysis is None or analysis.model.name != choice.model:
            warn_of_images(here, choice.model)
        offer_analysis(here, record, choice, job)
    above = st.container()  # also while there is nothing in it: what follows keeps its place when the analysis is done
    if job is not None and analysis is None:
        watch(job, here)
    if analysis is not None:
        frames = len(analysis.frames)
        # What is offered above the player is of the frame that it shows, not of the one before.
        here.frame = frame_at_rest(PLAYER_KEY, clip=info.sha256, frames=frames, otherwise=min(here.frame, frames - 1))
        with above:
            analysis = _introduced(here, record, analysis)
        here.frame = show_results(here, analysis, start_frame=here.frame)


def _preview(here: SessionState) -> None:
    """Show which clip it is before there is a result."""
    if not here.analysis and (thumbnail := application().library.thumbnail(here.clip)):
        st.image(thumbnail, width=320, alt="The clip's first frame")


def _introduced(here: SessionState, record: ClipRecord, analysis: Analysis) -> Analysis:
    """Say what a result is of, and offer what can be done about it; gives it with the corrections in use."""
    show_subject(record, analysis)
    repeat_warning(analysis)
    warn_of_model(record, analysis.model.name)
    ways = st.container()
    app = application()
    analysis = offer_corrections(analysis, here.frames(analysis.clip), app.annotations)
    with ways:  # above the switch that decides which frames are still flagged
        offer_correcting(here, analysis)
    show_remarks(analysis)
    offer_for_visit(here, analysis)
    offer_pointing(here, analysis, player=PLAYER_KEY)  # directly above the player, in which the clicks are
    return analysis
