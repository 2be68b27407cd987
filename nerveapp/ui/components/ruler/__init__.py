"""A line between two points of a frame, drawn by a drag or by two clicks; its ends can be moved afterwards."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import streamlit as st

Line = tuple[tuple[float, float], tuple[float, float]]
"""Two points (x, y), px of the frame."""

_HERE = Path(__file__).parent
_SCRIPTS = ("measuring.js", "ruler.js")
_LENGTH = struct.Struct("<I")


def ruler(picture: bytes, *, width: int, height: int, line: Line | None, key: str) -> Line | None:
    """Show a frame to draw a line on.

    Parameters
    ----------
    picture : bytes
        The frame as JPEG or PNG; it may be smaller than the frame.
    width, height : int
        Of the frame, px.
    line : Line or None
        The line in force; shown where the user has drawn no other.
    key : str
        Key of the component.

    Returns
    -------
    Line or None
        What the user drew last; None before.
    """
    identity = hashlib.blake2b(picture, digest_size=12).hexdigest()
    header = json.dumps({"id": identity, "width": width, "height": height, "line": line}).encode()
    state = _mount(key=key, data=_LENGTH.pack(len(header)) + header + picture, on_line_change=_no_op)
    return reported(state.get("line"), identity=identity, width=width, height=height)


def reported(value: Any, *, identity: str, width: int, height: int) -> Line | None:
    """Read the browser's report; anything but a line on this frame is none."""
    if not isinstance(value, dict) or value.get("id") != identity:
        return None
    ends = value.get("line")
    if not isinstance(ends, list) or len(ends) != 4:
        return None
    if not all(type(one) in (int, float) for one in ends):
        return None
    x1, y1, x2, y2 = ends
    if not all(0 <= x <= width and 0 <= y <= height for x, y in ((x1, y1), (x2, y2))):  # nor what is no number
        return None
    return (float(x1), float(y1)), (float(x2), float(y2))


def _no_op() -> None:
    """Stand in for a callback: Streamlit lists a state in the result only if one is given."""


_mount = st.components.v2.component(
    "nerve_ruler",
    html=(_HERE / "ruler.html").read_text(encoding="utf-8"),
    css=(_HERE / "ruler.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)
