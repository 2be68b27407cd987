"""The main job: a clip in; outlines, areas and an overlay out."""

import streamlit as st

from nerveapp import bootstrap
from nerveapp.ui.calibration_form import choose_calibration
from nerveapp.ui.clip_source import choose_clip
from nerveapp.ui.corrections import offer_corrections
from nerveapp.ui.desk import desk
from nerveapp.ui.results import show_results
from nerveapp.ui.run_view import offer_correcting, request_analysis, watch_run
from nerveapp.ui.shell import page
from nerveapp.ui.view_form import choose_view

with page(__file__, "" if desk().loaded else "Analyse a clip"):
    here = desk()
    if choose_clip(here) and here.loaded is not None:
        with st.expander("Nerve, model and calibration", expanded=here.outcome is None and not here.busy):
            choice = here.chosen = choose_view(here.loaded.view, here.chosen, clip=here.loaded.clip.info.sha256)
            calibration = choose_calibration(here.loaded)
            request_analysis(here, choice, calibration)
        watch_run(here)
        if here.outcome is not None:
            analysis = here.measured(calibration)
            ways = st.container()
            analysis = offer_corrections(
                analysis,
                bootstrap.application().frames_of(here.loaded.clip, here.loaded.folder),
                bootstrap.application().annotations_if_there(),
                rater=str(st.session_state.get("rater") or ""),
            )
            with ways:  # above the switch that decides which frames are still doubtful
                offer_correcting(here, analysis)
            here.frame = show_results(here.loaded.clip, here.outcome, analysis, start_frame=here.frame)
