"""Whose clip is being outlined: asked once, and that nobody knows is an answer that somebody gives."""

from __future__ import annotations

import streamlit as st

from nerveapp.errors import NerveAppError
from nerveapp.ui.clips.patient_code import is_meant
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.annotating.annotation_session import AnnotationSession

_TYPED = "subject-typed"
_UNKNOWN = "clips-without-subject"


def without_subject(sha256: str) -> bool:
    """Tell whether somebody said in this browser session that a clip has no patient code."""
    return sha256 in st.session_state.get(_UNKNOWN, ())


def ask_whose(session: AnnotationSession) -> NerveAppError | None:
    """Ask for the patient's code: filled in from what the store knows of this very clip, noted once it is typed.

    Returns
    -------
    NerveAppError or None
        Why what was typed is not noted; until it is mended.
    """
    sha256 = session.analysis.clip.sha256
    key = f"subject-{sha256[:16]}"
    st.session_state.setdefault(key, session.subject)

    def typed() -> None:
        st.session_state[_TYPED] = sha256

    def answered() -> None:
        known = set(st.session_state.get(_UNKNOWN, ()))
        st.session_state[_UNKNOWN] = known ^ {sha256}
        session.without_subject = sha256 in st.session_state[_UNKNOWN]

    stored = ""
    if session.subject:
        stored = f" Stored as {plain(session.subject)}; a code is taken off on the Annotations page."
    subject = st.text_input(
        "Patient code",
        key=key,
        placeholder="such as S012",
        width=190,
        on_change=typed,
        help=f"A study code, never a name. It keeps people apart in training.{stored}",
    )
    trouble = None
    if st.session_state.get(_TYPED) == sha256 and is_meant(subject.strip(), key=key):
        try:
            session.name_subject(subject)
            del st.session_state[_TYPED]
        except NerveAppError as error:
            trouble = error
    if not session.subject:
        st.checkbox(
            "No patient code", without_subject(sha256), key=f"no-subject-{sha256[:16]}", on_change=answered,
            width="content", help="The outlines are kept without one: the clip stands for itself in training.",
        )  # fmt: skip
    return trouble
