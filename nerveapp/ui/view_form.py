"""Nerve, site, side and model, with sensible defaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from nerveapp import bootstrap
from nerveapp.domain.view import SITES, Nerve, Side, Site, View

_NERVES = tuple(Nerve)
_SIDES = (Side.UNKNOWN, Side.LEFT, Side.RIGHT)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose.

    Parameters
    ----------
    view : View
    model : str
        Name of the model.
    flip : bool
        Average with the mirrored frame.
    """

    view: View
    model: str
    flip: bool


def choose_view(default: View, chosen: Choice | None, *, clip: str) -> Choice:
    """Draw the form in a row; the model follows nerve and site until the user takes another.

    Parameters
    ----------
    default : View
        What the clip shows, as far as that is known.
    chosen : Choice or None
        What the user chose for this clip before: Streamlit forgets it when the page is left.
    clip : str
        Hash of the clip; each has a choice of its own.
    """
    view = default if chosen is None else chosen.view
    nerve_column, site_column, side_column, model_column = st.columns([1, 1, 1, 1.4])
    key = _starting(f"nerve-{clip}", view.nerve, _NERVES)
    nerve = nerve_column.selectbox("Nerve", _NERVES, format_func=in_words, key=key)
    key = _starting(f"site-{nerve}-{clip}", view.site, SITES[nerve])
    site = site_column.selectbox("Site", SITES[nerve], format_func=in_words, key=key)
    key = _starting(f"side-{clip}", view.side, _SIDES)
    side = side_column.selectbox("Side", _SIDES, format_func=in_words, key=key)
    view = View(nerve, site, side)
    names = bootstrap.model_store().names()
    fitting = bootstrap.default_model(view, names)
    wanted = chosen.model if chosen is not None and chosen.view == view else fitting
    model = model_column.selectbox(
        "Model",
        names,
        format_func=_titles(),
        key=_starting(f"model-{fitting}-{clip}", wanted, names),
        help="Chosen by nerve and site. The Models page tells what each was trained on and how it scored.",
    )
    key = _starting(f"flip-{clip}", chosen is not None and chosen.flip, (False, True))
    flip = st.toggle("Average with the mirrored frame", help="Twice the time; steadier rims.", key=key)
    return Choice(view, model, flip)


def _starting(key: str, value: object, options: Sequence[object]) -> str:
    """Let a widget start with a value, if that is one of its options; a value it has already stays."""
    if key not in st.session_state and value in options:
        st.session_state[key] = value
    return key


def choice_in_words(choice: Choice) -> str:
    """Give a choice as people read it."""
    view = choice.view
    parts = (in_words(view.nerve), in_words(view.site).lower(), f"side {in_words(view.side).lower()}")
    mirrored = ", averaged with the mirrored frame" if choice.flip else ""
    return f"{', '.join(parts)}, with {choice.model}{mirrored}"


def in_words(value: Nerve | Site | Side) -> str:
    """Give a choice as people write it."""
    return value.value.replace("-", " ").capitalize()


def _titles() -> Callable[[str], str]:
    store = bootstrap.model_store()
    titles = {name: store.card(name).title for name in store.names()}
    return lambda name: titles[name]
