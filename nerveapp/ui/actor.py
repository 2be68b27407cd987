"""Who sits before the browser, as far as they have said."""

from __future__ import annotations

import streamlit as st

from nerveapp.domain.actor import Actor
from nerveapp.errors import AnnotationError

RATER_KEY = "rater"


def ask_who() -> None:
    """Draw the field for the user's rater code, the one of Correct; values that they accept bear it."""
    st.text_input(
        "Your code",
        key=RATER_KEY,
        placeholder="such as R1",
        width=150,
        help="A code, no name. What you accept and change is kept with it.",
    )
    if st.session_state.get(RATER_KEY) and not actor().code:
        st.caption(":material/warning: No code: letters, digits, dot, dash and underscore, at most 32.")


def actor() -> Actor:
    """Give this session's user, by the rater code typed; with all rights, as there are no accounts."""
    try:
        return Actor(str(st.session_state.get(RATER_KEY) or ""))
    except AnnotationError:  # what was typed is no code, which the field says
        return Actor()
