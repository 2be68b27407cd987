"""The warning that a clip's images are unlike those a model was trained on, before there is a result and above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.clip import Frame
from nerveapp.domain.model import ModelCard
from nerveapp.errors import NerveAppError
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_state import SessionState
from nerveapp.workflows.analysing.familiarity import warning_before


def warn_of_images(here: SessionState, model: str) -> None:
    """Draw the warning about the clip at hand, where a model was trained on others."""
    card = application().models.card(model)
    if card.appearance is None or not here.listed.kept:
        return
    try:
        warning = _looked_at(
            here.clip,
            f"{card.sha256} {hash(card.appearance)}",
            _card=card,
            _frames=lambda: here.opened().frames(),
        )
    except NerveAppError:
        return  # a clip that cannot be read says so when it is analysed
    if warning is not None:
        _draw(warning)


def repeat_warning(analysis: Analysis) -> None:
    """Draw the warning above a result."""
    if analysis.unlike_training:
        _draw(analysis.unlike_training)


def _draw(warning: str) -> None:
    st.warning(plain(warning), icon=":material/help:")


@st.cache_data(max_entries=500, show_spinner="Looking at the clip")
def _looked_at(clip: str, model: str, *, _card: ModelCard, _frames: Callable[[], Iterator[Frame]]) -> str | None:  # noqa: ARG001
    """Look at a clip once for each model: by their hashes, since a clip is never hashed by what it holds."""
    return warning_before(_card, _frames())
