"""The address of what a page shows: reload, Back, a bookmark and a second tab show the same."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.errors import AnalysisError
from nerveapp.ui.page.session_state import SessionState

_ANALYSIS, _CLIP, _BATCH, _FRAME = "analysis", "clip", "analyses", "frame"


def follow_address(here: SessionState, *, entered: bool) -> None:
    """Turn to what the address names.

    A bare address shows what was at hand when the page is entered from another one; on the page itself, reached by
    Back or by its own entry in the navigation, it shows none.

    Parameters
    ----------
    here : SessionState
    entered : bool
        Whether the run before was of another page.

    Raises
    ------
    AnalysisError
        If it names an analysis that does not exist.
    """
    asked = st.query_params
    if analysis := asked.get(_ANALYSIS, ""):
        if analysis != here.analysis:
            here.look_at(clip=_clip_of(analysis), analysis=analysis)
        _follow_frame(here, entered=entered)
    elif clip := asked.get(_CLIP, ""):
        if clip != here.clip or here.analysis:
            here.look_at(clip=clip)
        _follow_frame(here, entered=entered)
    elif batch := asked.get(_BATCH, ""):
        here.look_at(batch=tuple(batch.split(",")))
    elif entered and (here.clip or here.batch):
        write_address(here)
    else:
        here.look_at()


def _follow_frame(here: SessionState, *, entered: bool) -> None:
    frame = st.query_params.get(_FRAME, "")
    if entered and frame.isascii() and frame.isdigit() and len(frame) < 9:
        here.to_correct = int(frame)


def address_of(here: SessionState) -> dict[str, str]:
    """Give the query parameters under which a page shows what is at hand."""
    if here.analysis:
        return {_ANALYSIS: here.analysis}
    if here.clip:
        return {_CLIP: here.clip}
    return {_BATCH: ",".join(here.batch)} if here.batch else {}


def write_address(here: SessionState) -> None:
    """Put what is at hand into the browser's address."""
    wanted, now = address_of(here), st.query_params.to_dict()
    if {name: now[name] for name in now if name != _FRAME} != wanted:  # each change is a step for Back
        st.query_params.from_dict(wanted)


def _clip_of(analysis: str) -> str:
    job = application().analyses.job(analysis)
    if job is None:
        raise AnalysisError("There is no analysis under this address.", "It was deleted, or the address is wrong.")
    return job.request.clip_sha256
