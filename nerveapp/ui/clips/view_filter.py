"""Choosing clips by nerve and site."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.delta_generator import DeltaGenerator

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.view import Nerve, Site
from nerveapp.ui.clips.clip_form import in_words
from nerveapp.workflows.reading.compare import of_view


def choose_by_view(
    nerve_column: DeltaGenerator, site_column: DeltaGenerator, *, key: str
) -> Callable[[ClipRecord], bool]:
    """Draw the two choices, and give what chooses the clips.

    Parameters
    ----------
    nerve_column, site_column : DeltaGenerator
    key : str
        Start of the widgets' keys.
    """
    nerve = nerve_column.selectbox("Nerve", [None, *Nerve], format_func=_any_or_words, key=f"{key}-nerve")
    site = site_column.selectbox("Site", [None, *Site], format_func=_any_or_words, key=f"{key}-site")
    return of_view(nerve, site)


def _any_or_words(value: Nerve | Site | None) -> str:
    return "Any" if value is None else in_words(value)
