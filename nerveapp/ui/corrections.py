"""The rater's own outlines of the clip on the desk: from Correct, or from what the store holds of an earlier day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from nerveapp import bootstrap
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, State
from nerveapp.errors import NerveAppError
from nerveapp.ui.desk import Desk
from nerveapp.ui.frame_shelf import FrameShelf
from nerveapp.ui.plain_text import plain
from nerveapp.ui.sitting import sitting_of
from nerveapp.ui.words import counted

_KEY = "own-outlines"


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store held of an analysed clip when it was asked, once."""

    of: Analysis
    rater: str
    outlines: tuple[Annotation, ...] = ()
    trouble: str = ""


def offer_own_outlines(desk: Desk, analysis: Analysis) -> Analysis:
    """Offer to use the outlines that the session's rater has finished of this clip.

    Parameters
    ----------
    desk : Desk
        With the clip loaded and analysed.
    analysis : Analysis
        By the model, in the calibration in force.

    Returns
    -------
    Analysis
        With the rater's outlines where they are used, else as it was.
    """
    loaded = desk.loaded
    if loaded is None or desk.outcome is None:
        raise ValueError("expected an analysed clip")
    sitting = sitting_of(analysis.clip.sha256)
    if sitting is not None:
        finished, shelf = _finished(sitting.records.values(), len(analysis.frames)), sitting.shelf
    else:
        stored = _stored(desk.outcome.analysis)
        _say(stored)
        finished = list(stored.outlines) if stored.rater else []
        shelf = FrameShelf(loaded.clip, loaded.folder)
    if not finished:
        return analysis
    label = f"Use my {counted(len(finished), 'corrected outline')}"
    used = st.toggle(label, value=True, key="use-corrections", help="In the curve, the figures and the files.")
    return desk.corrected(finished, shelf.image) if used else analysis


def _stored(analysis: Analysis) -> _Stored:
    """Ask the store once for each analysis and rater: a page is drawn often, and a server may be slow to fail."""
    rater = str(st.session_state.get("rater") or "")
    known: _Stored | None = st.session_state.get(_KEY)
    if known is None or known.of is not analysis or known.rater != rater:
        known = st.session_state[_KEY] = _asked(analysis, rater)
    return known


def _asked(analysis: Analysis, rater: str) -> _Stored:
    try:
        store = bootstrap.annotation_store_if_there()
        if store is None:
            return _Stored(analysis, rater)
        found = store.latest(clip_sha256=analysis.clip.sha256, rater=rater or None)
    except NerveAppError as error:
        return _Stored(analysis, rater, trouble=f"{error.message} {error.hint}")
    return _Stored(analysis, rater, tuple(_finished(found, len(analysis.frames))))


def _finished(records: Iterable[Annotation], frames: int) -> list[Annotation]:
    """Keep what is final; a clip that is cut short has fewer frames than it had when it was outlined."""
    final = (one for one in records if one.state is State.FINAL and one.frame < frames)
    return sorted(final, key=lambda one: one.frame)


def _say(stored: _Stored) -> None:
    if stored.trouble:
        st.caption(f"Whether outlines of this clip are stored cannot be told: {plain(stored.trouble)}")
    elif stored.outlines and not stored.rater:
        count = counted(len(stored.outlines), "corrected outline")
        verb = "is" if len(stored.outlines) == 1 else "are"
        st.caption(f"{count} of this clip {verb} stored; to use yours, type your rater code on Correct.")
