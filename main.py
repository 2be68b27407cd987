"""What runs for every visitor: the pages. The server that app.py describes runs it."""

import streamlit as st

from nerveapp.ui.housekeeping import open_house
from nerveapp.ui.page.shell import enter

enter(
    [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/library.py", title="Library", icon=":material/folder_shared:"),
        st.Page("pages/visit.py", title="Visit", icon=":material/assignment:"),
        st.Page("pages/follow_up.py", title="Over time", icon=":material/timeline:", visibility="hidden"),
        st.Page("pages/analyse.py", title="Analyse", icon=":material/monitoring:"),
        st.Page("pages/live.py", title="Live", icon=":material/videocam:"),
        st.Page("pages/correct.py", title="Correct", icon=":material/edit:"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("pages/study.py", title="Study", icon=":material/groups:"),
        st.Page("pages/annotations.py", title="Annotations", icon=":material/database:"),
        st.Page("pages/cohort.py", title="Cohort", icon=":material/bar_chart:"),
        st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("pages/models.py", title="Models", icon=":material/schema:"),
    ],
    open_house,
)
