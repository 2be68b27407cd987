"""Who sits before the browser, as far as they have said."""

from __future__ import annotations

import streamlit as st

from nerveapp.domain.actor import Actor
from nerveapp.errors import AnnotationError

RATER_KEY = "rater"


def actor() -> Actor:
    """Give this session's user, by the rater code typed on Correct; with all rights, as there are no accounts."""
    try:
        return Actor(str(st.session_state.get(RATER_KEY) or ""))
    except AnnotationError:  # what was typed is no code; Correct says so
        return Actor()
