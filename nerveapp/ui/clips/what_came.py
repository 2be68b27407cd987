"""What is to be said of files that were dropped: kept until the next run of the page, whichever page that is."""

from __future__ import annotations

import streamlit as st

from nerveapp.errors import NerveAppError
from nerveapp.ui.page.failures import show_error

_REFUSED, _KNOWN = "came-refused", "came-known"


def refuse(error: NerveAppError) -> None:
    """Note why a file is not taken; others that came with it may be."""
    st.session_state.setdefault(_REFUSED, []).append(error)


def note_known(words: str) -> None:
    """Note that a file is a clip that was here before, and what that is, as Markdown."""
    st.session_state.setdefault(_KNOWN, []).append(words)


def tell_what_came() -> None:
    """Say, once, which files are not taken and why, and which are clips that were here before."""
    with st.container():  # there without a word in it, too: what follows would be drawn anew and folded up
        for refusal in st.session_state.pop(_REFUSED, ()):
            show_error(refusal)
        for words in st.session_state.pop(_KNOWN, ()):
            st.info(words, icon=":material/history:")
