"""Wherever a patient's code is typed: whether it is nearly that of somebody else."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.patient import alike_to
from nerveapp.ui.page.plain_text import plain


def warn_of_alike(code: str) -> None:
    """Say below a field which other patient's code is written nearly as the one in it; nothing where there is none."""
    other = alike_to(code, (one.code for one in application().library.patients())) if code else None
    if other is not None:
        st.caption(
            f":material/warning: There is a patient {plain(other)}. If that is the same person, type that code: "
            f"{plain(code)} stands for somebody else."
        )
