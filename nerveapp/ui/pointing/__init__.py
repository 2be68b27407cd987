"""Clicks in the player's picture that say where the nerve is: a component without a face, so that a click is quick.

It lives in a fragment of its own. The player hears from it in the browser whether clicks are asked for and what is
proposed for the last one; neither its video nor its outlines are sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from nerveapp.domain.tracking import Point

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Click:
    """A click in the player's picture.

    Parameters
    ----------
    number : int
        Tells it from other clicks at the same place.
    point : Point
    """

    number: int
    point: Point


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a click.

    Parameters
    ----------
    click : Click
    parts : tuple of tuple of int
        Per part of the outline ``x0, y0, x1, y1, ...``, as in `Scene.contours`; none where there is no nerve.
    """

    click: Click
    parts: tuple[tuple[int, ...], ...]


def last_click(key: str, *, of: str) -> Click | None:
    """Give the last click, before or after the component is drawn.

    Parameters
    ----------
    key : str
        Key of the component.
    of : str
        Id of the analysis on show: clicks in the picture of another count no more.
    """
    component = st.session_state.get(key)
    clicked = component.get("clicked") if component is not None else None
    return clicked_at(clicked, of=of)


def clicked_at(value: Any, *, of: str) -> Click | None:
    """Read the browser's report; anything but a click in the picture of this analysis is none."""
    if not isinstance(value, dict) or value.get("of") != of:
        return None
    number, frame, x, y = (value.get(name) for name in ("click", "frame", "x", "y"))
    if not isinstance(number, int) or not isinstance(frame, int) or frame < 0:
        return None
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return None
    return Click(number, Point(frame, float(x), float(y)))


def ask_for_clicks(*, player: str, of: str, on: bool, proposal: Proposal | None, key: str) -> None:
    """Ask the player for clicks, and have it draw what is proposed for the last one.

    Parameters
    ----------
    player : str
        Key of the player.
    of : str
        Id of the analysis on show.
    on : bool
        Whether a click is wanted.
    proposal : Proposal or None
    key : str
        Key of this component.
    """
    drawn = None
    if proposal is not None:
        click = proposal.click
        drawn = {
            "click": click.number,
            "frame": click.point.frame,
            "x": click.point.x,
            "y": click.point.y,
            "parts": proposal.parts,
        }
    _mount(key=key, data={"player": player, "of": of, "on": on, "proposal": drawn}, on_clicked_change=_no_op)


def _no_op() -> None:
    """Stand in for a callback: Streamlit lists a state in the result only if one is given."""


_mount = st.components.v2.component(
    "nerve_pointing",
    html='<span class="nerve-pointing"></span>',
    js=(_HERE / "pointing.js").read_text(encoding="utf-8"),
)
