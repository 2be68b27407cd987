"""The upper limit that areas are held against, and where it comes from."""

from __future__ import annotations

import streamlit as st

from nerveapp.analysis.plausibility import implausible
from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.norms import Norm, interpretation, limit_in_short, limit_in_words, readers_source
from nerveapp.ui.page.plain_text import plain


def limit_of(analysis: Analysis) -> Norm | None:
    """Give the norm that an analysis's areas are held against; None for areas in pixels, and where none is known."""
    return None if analysis.calibration is None else application().visits.norms.table().limit(analysis.view)


def show_limit(analysis: Analysis) -> None:
    """Say what the largest area is against the upper limit of its nerve and site, and name the limit's population."""
    norm, largest = limit_of(analysis), analysis.summary.area_max
    short = limit_in_short(norm)
    if analysis.calibration is not None and not analysis.view.placed:
        st.caption(":material/info: Held against no upper limit: nerve and site of the clip are not given.")
    if norm is None or short is None or largest is None or implausible(analysis):
        return
    said = interpretation(largest, norm)
    st.markdown(f"Largest area: **{said}**. {plain(short)}" if said is not None else plain(short))
    show_source(norm)


def show_source(norm: Norm) -> None:
    """Draw, behind a click, the limit in full and where it comes from."""
    with st.popover("Source of the limit", icon=":material/menu_book:"):
        said = (limit_in_words(norm) or "", f"{norm.source}.", f"{readers_source(norm.nerve)}.")
        st.caption("  \n".join(plain(one) for one in said))
