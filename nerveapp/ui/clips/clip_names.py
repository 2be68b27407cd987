"""What clips are called where outlines are listed: people know a clip by the name of its file, not by a hash."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.annotation import ClipRecord
from nerveapp.ui.clips.library_words import name_of

_NAMES = "clip-names"


def called(clip: ClipRecord) -> str:
    """Give a clip's name in the library; it is asked for once in a session, as lists are long."""
    known: dict[str, str] = st.session_state.setdefault(_NAMES, {})
    if clip.sha256 not in known:
        listed = application().library.clip(clip.sha256)
        known[clip.sha256] = clip.sha256[:8] if listed is None else name_of(listed)
    return known[clip.sha256]


def whose_and_called(clip: ClipRecord) -> str:
    """Give the patient's code before the name, where there is one."""
    return f"{clip.subject} · {called(clip)}" if clip.subject else called(clip)
