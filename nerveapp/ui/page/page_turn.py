"""Turning to another page without a late word from the one left.

A fragment that asks again and again may ask once more before the browser knows of the new page. Streamlit (1.67)
answers with a run of the page left, at which the browser drops all it has drawn: "Bad delta path index". Requests for a
fragment that it no longer knows it passes over, so a page that is left gives its fragments up first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_HERE = "page-drawn"


def turn_to(page: str, query_params: Mapping[str, str] | None = None) -> NoReturn:
    """Switch to another page.

    Parameters
    ----------
    page : str
        Its script, relative to main.py.
    query_params : mapping, optional
        What its address says.
    """
    _give_up_fragments()
    st.switch_page(page, query_params=query_params)


def arrive_at(page: str) -> bool:
    """Give up the fragments of the page before, if this is another one; called by each full run before it draws.

    Parameters
    ----------
    page : str
        What distinguishes it, such as its path.

    Returns
    -------
    bool
        Whether this is another page than the one before.
    """
    turned = st.session_state.get(_HERE) != page
    if turned:
        st.session_state[_HERE] = page
        _give_up_fragments()
    return turned


def _give_up_fragments() -> None:
    context = get_script_run_ctx()
    if context is not None:
        context.fragment_storage.clear()
