"""Several nerves in a clip: which of them is measured."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.errors import NerveAppError
from nerveapp.ui.clips.clip_form import follow
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.failures import show_error
from nerveapp.workflows.analysing.choose_nerve import choose_nerve, nerves_of


def offer_nerves(analysis_id: str, analysis: Analysis) -> None:
    """Draw the choice of the nerve to be measured, where several were followed; it is kept with the analysis."""
    if not analysis.others:
        return
    key = f"nerve-of-{analysis_id}"
    follow(key, analysis.nerve)
    st.segmented_control(
        "Measure",
        nerves_of(analysis),
        format_func=nerve_in_words,
        key=key,
        required=True,
        on_change=_choose,
        args=(analysis_id, key),
        help="The other nerves are the thin white outlines with their numbers; a click on one measures it.",
    )


def nerve_in_words(nerve: int) -> str:
    """Name a nerve of a clip as people count."""
    return f"Nerve {nerve + 1}"


def _choose(analysis_id: str, key: str) -> None:
    measure_nerve(analysis_id, st.session_state[key])


def measure_nerve(analysis_id: str, nerve: int) -> bool:
    """Have a nerve of an analysis measured, for everybody; False where that cannot be, which is then said."""
    try:
        choose_nerve(analysis_id, nerve, analyses=application().analyses, actor=actor())
    except NerveAppError as error:
        show_error(error)
        return False
    return True
