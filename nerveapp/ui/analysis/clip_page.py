"""A page about the clip that its address names."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.errors import LibraryError
from nerveapp.ui.analysis.batch_view import show_batch
from nerveapp.ui.clips.clip_source import offer_sources
from nerveapp.ui.clips.recent_clips import link_recent_clips
from nerveapp.ui.clips.what_came import tell_what_came
from nerveapp.ui.page.address import follow_address, write_address
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.session_state import SessionState, session_state
from nerveapp.ui.page.shell import entered


def _lost(here: SessionState) -> LibraryError | None:
    """Say why there is nothing to see of the clip at hand: it is gone, or its files are and nobody analysed it."""
    if not here.clip:
        return None
    try:
        if here.listed.kept or here.analysis or application().analyses.of_clip(here.clip):
            return None
    except LibraryError as error:
        return error
    return LibraryError(
        f"The file of this clip ({here.clip[:8]}) is not kept on this server.",
        "Open it again below: what was drawn on it is still there, on the page Annotations too.",
    )


def clip_page(show: Callable[[SessionState], None], *, title: str, page: str) -> None:
    """Draw the clip at hand, the list of several that came together, or the ways in which clips come.

    Parameters
    ----------
    show : callable
        Draws the clip.
    title : str
        Heading while there is none.
    page : str
        The page's script, relative to main.py.
    """
    here = session_state()
    follow_address(here, entered=entered())
    tell_what_came()
    lost = _lost(here)
    if lost is not None:
        show_error(lost)
    if lost is not None or (not here.clip and not here.batch):
        st.title(title, anchor=False)
        offer_sources(here)
        link_recent_clips(page)
    write_address(here)
    if lost is not None:
        return
    if here.clip:
        show(here)
    elif here.batch:
        show_batch(here)
