"""Nerve, site, side and model, with sensible defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from nerveapp import bootstrap
from nerveapp.domain.exam import SITES, Exam, Nerve, Side, Site


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose.

    Parameters
    ----------
    exam : Exam
    model : str
        Name of the model.
    flip : bool
        Average with the mirrored frame.
    """

    exam: Exam
    model: str
    flip: bool


def choose_exam(default: Exam) -> Choice:
    """Draw the form in a row; the model follows nerve and site until the user takes another."""
    nerve_column, site_column, side_column, model_column = st.columns([1, 1, 1, 1.4])
    nerves = [default.nerve, *(nerve for nerve in Nerve if nerve is not default.nerve)]
    nerve = nerve_column.selectbox("Nerve", nerves, format_func=in_words)
    site = site_column.selectbox("Site", SITES[nerve], format_func=in_words, key=f"site-{nerve}")
    side = side_column.selectbox("Side", [Side.UNKNOWN, Side.LEFT, Side.RIGHT], format_func=in_words)
    exam = Exam(nerve, site, side)
    names = bootstrap.model_store().names()
    fitting = bootstrap.default_model(exam, names)
    model = model_column.selectbox(
        "Model",
        names,
        index=names.index(fitting),
        format_func=_titles(),
        key=f"model-{fitting}",
        help="Chosen by nerve and site. The Models page tells what each was trained on and how it scored.",
    )
    flip = st.toggle("Average with the mirrored frame", help="Twice the time; steadier rims.", key="flip", value=False)
    return Choice(exam, model, flip)


def in_words(value: Nerve | Site | Side) -> str:
    """Give a choice as people write it."""
    return value.value.replace("-", " ").capitalize()


def _titles() -> Callable[[str], str]:
    store = bootstrap.model_store()
    titles = {name: store.card(name).title for name in store.names()}
    return lambda name: titles[name]
