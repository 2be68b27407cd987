"""Who sits before the browser, as far as they have said."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from nerveapp.domain.actor import Actor
from nerveapp.errors import AnnotationError
from nerveapp.ui.page.outline_route import base_path

RATER_KEY = "rater"
_COOKIE, _REMEMBERED, _RECALLED = "nerveapp-rater", "rater-remembered", "recalled-rater"
_SAID = "said-who-elsewhere"


def ask_who() -> None:
    """Draw the field for the user's rater code, the one of Correct; values that they accept bear it."""
    st.text_input(
        "Your code",
        key=RATER_KEY,
        placeholder="such as R1",
        width=150,
        help="A code, no name. What you accept and change is kept with it.",
    )
    if st.session_state.get(_RECALLED) and actor().code == st.session_state[_RECALLED]:
        # In another tab somebody else may have said who they are since.
        st.caption(":material/badge: As typed last in this browser")
    _tell_no_code()


def _tell_no_code() -> None:
    if st.session_state.get(RATER_KEY) and not actor().code:
        st.caption(":material/warning: No code: letters, digits, dot, dash and underscore, at most 32.")


def ask_who_first(key: str) -> None:
    """Draw the field again where it is out of reach, as behind a dialog, and nobody has said who they are."""

    def said() -> None:
        st.session_state[RATER_KEY] = st.session_state[f"{key}-who"]
        st.session_state[_SAID] = True

    if st.session_state.pop(_SAID, False):
        st.rerun()  # the whole page: its own field, still empty in the browser, would take the code back
    if not actor().code:
        st.text_input(
            "Your code", key=f"{key}-who", placeholder="such as R1", width=150, on_change=said,
            help="A code, no name. The value is kept with it.",
        )  # fmt: skip
        _tell_no_code()


def actor() -> Actor:
    """Give this session's user, by the rater code typed; with all rights, as there are no accounts."""
    return _actor(str(st.session_state.get(RATER_KEY) or "").strip())


def acting_as(code: str) -> Actor:
    """Give this session's user under a code that they typed in a field of its own; raises AnnotationError."""
    return replace(actor(), code=code)


def recall_who() -> None:
    """Fill in the code that was typed in this browser before the page was loaded anew, or in another tab."""
    if RATER_KEY in st.session_state:
        return
    known = st.session_state[RATER_KEY] = _actor(str(st.context.cookies.get(_COOKIE, ""))).code
    st.session_state[_RECALLED] = known


def have_it_remembered() -> None:
    """Have the browser keep the code until it is closed: who uses the machine next is asked anew."""
    known = actor().code  # its characters need no quotes in a cookie
    if not known and not st.session_state.get(_REMEMBERED):
        return  # another tab may have one
    st.session_state[_REMEMBERED] = True
    kept = f"{_COOKIE}={known}; path={base_path() or '/'}; SameSite=Lax{'' if known else '; max-age=0'}"
    st.html(f'<script>document.cookie = "{kept}";</script>', unsafe_allow_javascript=True)


def _actor(typed: str) -> Actor:
    try:
        return Actor(typed)
    except AnnotationError:  # what was typed is no code, which the field says
        return Actor()
