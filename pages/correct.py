"""Mend the outline of an analysed clip, see what that changes, keep it."""

import streamlit as st
from nerveapp.ui.analysis_run import Outcome
from nerveapp.ui.desk import desk

from nerveapp import bootstrap
from nerveapp.ui.clip_source import choose_clip
from nerveapp.ui.correct_view import Correcting, correct
from nerveapp.ui.player import player
from nerveapp.ui.queue_view import show_saved
from nerveapp.ui.results import scene_of
from nerveapp.ui.run_view import watch_run
from nerveapp.ui.shell import page

with page(__file__, "" if desk().outcome else "Correct outlines"):
    here = desk()
    if (outcome := here.outcome) is not None and (loaded := here.loaded) is not None:
        analysis = here.shown

        def show_clip(start: int, *, made: Outcome = outcome) -> None:
            """Draw the player below the editor."""
            player(made.film.read_bytes(), scene_of(made, analysis), key="clip-beside", start_frame=start)

        wanted, here.to_correct = here.to_correct, None
        frames = bootstrap.application().frames_of(loaded.clip, loaded.folder)
        correct(Correcting(analysis, frames, show_clip, player_frame=here.frame, wanted_frame=wanted))
    elif here.run is not None:
        watch_run(here)
    elif choose_clip(here) and here.loaded is not None:
        show_saved(here.loaded.clip.info.sha256, bootstrap.application().annotations_if_there())
        st.info("The clip is not analysed yet: corrections start from the model's outlines.", icon=":material/info:")
        if st.button("Go to Analyse", type="primary", icon=":material/monitoring:"):
            st.switch_page("pages/analyse.py")
