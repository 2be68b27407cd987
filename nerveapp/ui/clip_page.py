"""A page about the clip that its address names."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nerveapp.ui.address import follow_address, write_address
from nerveapp.ui.batch_view import show_batch
from nerveapp.ui.clip_source import offer_sources, show_refusals
from nerveapp.ui.session_state import SessionState, session_state
from nerveapp.ui.shell import entered


def clip_page(show: Callable[[SessionState], None], *, title: str) -> None:
    """Draw the clip at hand, the list of several that came together, or the ways in which clips come.

    Parameters
    ----------
    show : callable
        Draws the clip.
    title : str
        Heading while there is none.
    """
    here = session_state()
    follow_address(here, entered=entered())
    show_refusals()
    if not here.clip and not here.batch:
        st.header(title, anchor=False)
        offer_sources(here)
    write_address(here)
    if here.clip:
        show(here)
    elif here.batch:
        show_batch(here)
