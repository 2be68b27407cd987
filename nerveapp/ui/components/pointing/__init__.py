"""Clicks and boxes in the player's picture that say where the nerve is, or which nerve is measured.

The component has no face, so that a click is quick. It lives in a fragment of its own. The player hears from it in the
browser whether clicks are asked for and what is proposed for the last one; neither its video nor its outlines are sent
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from nerveapp.domain.tracking import Point, Pointed
from nerveapp.ui.components.player import parts_of

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Click:
    """A click in the player's picture, or a box drawn there.

    Parameters
    ----------
    number : int
        Tells it from others at the same place.
    point : Point
    """

    number: int
    point: Point


@dataclass(frozen=True, slots=True)
class NerveChoice:
    """A click on the outline of a nerve beside the one measured.

    Parameters
    ----------
    number : int
        Tells it from others on the same nerve.
    nerve : int
        Its number in the clip, from 0.
    """

    number: int
    nerve: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a click.

    Parameters
    ----------
    click : Click
    pointed : Pointed or None
        None where there is no nerve.
    """

    click: Click
    pointed: Pointed | None


def told(pointed: Pointed | None) -> dict[str, Any]:
    """Tell the player what may be meant.

    Returns
    -------
    dict
        ``{"outlines": [{"area": px, "parts": [[x0, y0, x1, y1, ...], ...]}, ...], "meant": index}``, parts in source
        pixel indices as in `Scene.contours`; no outlines where there is no nerve.
    """
    if pointed is None:
        return {"outlines": [], "meant": 0}
    outlines = [
        {"area": area, "parts": parts_of(one.mask)} for one, area in zip(pointed.outlines, pointed.areas, strict=True)
    ]
    return {"outlines": outlines, "meant": pointed.meant}


def last_click(key: str, *, of: str) -> Click | None:
    """Give the last click, before or after the component is drawn.

    Parameters
    ----------
    key : str
        Key of the component.
    of : str
        Id of the analysis on show: clicks in the picture of another count no more.
    """
    return clicked_at(_reported(key, "clicked"), of=of)


def last_choice(key: str, *, of: str) -> NerveChoice | None:
    """Give the choice of a nerve in the picture of an analysis, as `last_click` does; the same one may come again."""
    return chosen_in(_reported(key, "chosen"), of=of)


def _reported(key: str, name: str) -> Any:
    component = st.session_state.get(key)
    return component.get(name) if component is not None else None


def chosen_in(value: Any, *, of: str) -> NerveChoice | None:
    """Read the browser's report; anything but a choice in the picture of this analysis is none."""
    if not isinstance(value, dict) or value.get("of") != of:
        return None
    number, label = value.get("click"), value.get("nerve")
    if not isinstance(number, int) or not isinstance(label, str) or not label.isdecimal():
        return None
    return NerveChoice(number, int(label) - 1)


def clicked_at(value: Any, *, of: str) -> Click | None:
    """Read the browser's report; anything but a click in the picture of this analysis is none."""
    if not isinstance(value, dict) or value.get("of") != of:
        return None
    number, frame, x, y = (value.get(name) for name in ("click", "frame", "x", "y"))
    if not isinstance(number, int) or not isinstance(frame, int) or frame < 0:
        return None
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return None
    said = {name: value[name] for name in ("width", "height", "area") if value.get(name) is not None}
    if not all(isinstance(one, int | float) for one in said.values()):
        return None
    try:
        return Click(number, Point(frame, float(x), float(y), **{name: float(one) for name, one in said.items()}))
    except ValueError:
        return None


def ask_for_clicks(
    *,
    player: str,
    of: str,
    on: bool,
    choosable: bool = False,
    asked_at: str = "",
    proposal: Proposal | None,
    key: str,
) -> None:
    """Ask the player for clicks and boxes, and have it draw what is proposed for the last one.

    Parameters
    ----------
    player : str
        Key of the player.
    of : str
        Id of the analysis on show.
    on : bool
        Whether a click or a box is wanted.
    choosable : bool
        Whether a click on another nerve's outline, while none is wanted elsewhere, asks for that nerve.
    asked_at : str
        Path under which the server tells the player what lies at the pointer, see `outline_route`.
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
            "width": click.point.width,
            "height": click.point.height,
            **told(proposal.pointed),
        }
    data = {"player": player, "of": of, "on": on, "choosable": choosable, "askedAt": asked_at, "proposal": drawn}
    _mount(key=key, data=data, on_clicked_change=_no_op, on_chosen_change=_no_op)


def _no_op() -> None:
    """Stand in for a callback: Streamlit lists a state in the result only if one is given."""


_mount = st.components.v2.component(
    "nerve_pointing",
    html='<span class="nerve-pointing"></span>',
    js=(_HERE / "pointing.js").read_text(encoding="utf-8"),
)
