"""The page of a patient over time: whose it is stands in the address."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.ui.clips.clip_form import follow
from nerveapp.ui.cohort.follow_up_view import show_follow_up
from nerveapp.ui.page.plain_text import plain

_PATIENT = "follow-up-patient"


def show_follow_up_page() -> None:
    """Draw the patient whom the address names, and a choice of others; raises LibraryError if there is none such."""
    codes = [one.code for one in application().library.patients()]
    asked = st.query_params.get("patient", "")
    follow(_PATIENT, asked if asked in codes else None)
    st.selectbox(
        "Patient",
        codes,
        index=None,
        placeholder="Choose a patient's code",
        key=_PATIENT,
        on_change=_turn,
    )
    if asked:
        show_follow_up(asked)
        st.page_link(
            "pages/library.py",
            label=f"Visits and clips of {plain(asked)}",
            icon=":material/folder_shared:",
            query_params={"patient": asked},
        )


def _turn() -> None:
    chosen = st.session_state[_PATIENT]
    st.query_params.from_dict({"patient": chosen} if chosen else {})
