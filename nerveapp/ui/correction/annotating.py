"""The annotation session of a browser session, kept from run to run and from page to page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation
from nerveapp.domain.editing import Order
from nerveapp.errors import NerveAppError
from nerveapp.workflows.annotating.accept_propagated import Acceptance
from nerveapp.workflows.annotating.annotation_session import AnnotationSession

_KEY = "annotation-session"
_CONTROLS = "annotation-controls"


@dataclass(slots=True)
class Controls:
    """What keys and buttons asked for.

    Parameters
    ----------
    last_command : str
        The last command taken from the editor; it reports it again and again.
    pending : Order or None
        What is still to be done.
    target : int
        The frame to go to.
    point : tuple of float
        Where the user pointed, (x, y) in px.
    player_frame : int or None
        The frame at which the player rested when this page was last opened from it.
    acceptance : Acceptance
        Which propagated drafts were seen, and accepted.
    played : dict
        Records displayed in the player beside the editor, by the name of what it was given.
    """

    last_command: str = ""
    pending: Order | None = None
    target: int = 0
    point: tuple[float, float] = (0.0, 0.0)
    player_frame: int | None = None
    acceptance: Acceptance = field(default_factory=Acceptance)
    played: dict[str, dict[int, Annotation]] = field(default_factory=dict)


def session_for(analysis: Analysis, make: Callable[[], AnnotationSession], *, rater: str) -> AnnotationSession:
    """Give the annotation session on an analysis by a rater; a new one where either changed.

    Raises
    ------
    AnnotationError, StoreError
        If a new one cannot be made, or a stroke of the old one cannot be stored: it is not left behind.
    """
    known: AnnotationSession | None = st.session_state.get(_KEY)
    same = known is not None and (known.analysis is analysis or known.analysis == analysis)
    if known is None or not same or known.rater != rater:
        if known is not None:
            _leave(known, analysis)
        new = make()
        if known is not None and same:
            new.queue = known.queue
            new.open(known.frame)
        st.session_state[_CONTROLS] = Controls()
        known = st.session_state[_KEY] = new
    return known


def controls() -> Controls:
    """Give what keys and buttons asked for in the session that is open."""
    found: Controls = st.session_state.setdefault(_CONTROLS, Controls())
    return found


def _leave(known: AnnotationSession, analysis: Analysis) -> None:
    try:
        known.settle()
    except NerveAppError:
        if known.analysis.clip.sha256 == analysis.clip.sha256:
            raise
        # Another clip is open now: the browser has the stroke, and gives it back with its clip.
