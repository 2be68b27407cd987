"""Wherever a patient's code is typed: whether it is nearly that of somebody else."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.patient import alike_to
from nerveapp.ui.page.plain_text import plain


def is_meant(code: str, *, key: str, on_change: Callable[[], None] | None = None) -> bool:
    """Ask whether a new code is meant that is written nearly as a known one; nothing is asked of others.

    Parameters
    ----------
    code : str
        "" where none is typed.
    key : str
        Of the field.
    on_change : callable, optional
        Called once the answer is given.

    Returns
    -------
    bool
        Whether it may be used.
    """
    other = known_alike(code)
    if other is None:
        return True
    st.warning(
        f"There is a patient {plain(other)}. If that is the same person, type that code.", icon=":material/group:"
    )
    return st.checkbox(f"{plain(code)} is somebody else", key=meant_key(key, code), on_change=on_change)


def known_alike(code: str) -> str | None:
    """Give a patient whose code is written nearly as a new one; None where there is none, or the code is known."""
    library = application().library
    if not code or library.patient(code) is not None:
        return None
    return alike_to(code, (one.code for one in library.patients()))


def meant_key(key: str, code: str) -> str:
    """Name the answer to whether a code is meant."""
    return f"{key}-other-{code}"
