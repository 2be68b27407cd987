"""How pages report what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from nerveapp.errors import NerveAppError
from nerveapp.ui.page.plain_text import plain


@contextmanager
def errors_shown(stored: Mapping[str, object] | None = None) -> Iterator[None]:
    """Show what goes wrong inside: for callbacks, which run before any page and its own guard.

    Parameters
    ----------
    stored : mapping, optional
        What widgets show again, by their keys, where it could not be changed: what is displayed is what is kept.
    """
    try:
        yield
    except NerveAppError as error:
        st.session_state.update(stored or {})
        show_error(error)


def show_error(error: NerveAppError) -> None:
    """Show what happened and what to do."""
    st.error(f"**{plain(error.message)}**  \n{plain(error.hint)}", icon=":material/error:")
