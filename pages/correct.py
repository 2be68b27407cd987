"""Mend the outline of an analysed clip, see what that changes, keep it."""

import streamlit as st

from nerveapp.ui.clip_source import choose_clip
from nerveapp.ui.correct_view import correct
from nerveapp.ui.desk import desk
from nerveapp.ui.run_view import watch_run
from nerveapp.ui.shell import page

with page(__file__, "" if desk().outcome else "Correct outlines"):
    here = desk()
    if here.outcome is not None:
        correct(here)
    elif here.run is not None:
        watch_run(here)
    elif choose_clip(here):
        st.info("The clip is not analysed yet: corrections start from the model's outlines.", icon=":material/info:")
        if st.button("Go to Analyse", type="primary", icon=":material/monitoring:"):
            st.switch_page("pages/analyse.py")
