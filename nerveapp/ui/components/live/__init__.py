"""The running picture: the browser asks for the next one as soon as it has drawn one, as fast as the line allows."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

__all__ = ["Running", "pack", "running_picture"]

_HERE = Path(__file__).parent
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Running:
    """What stands below a picture.

    Parameters
    ----------
    id : int
        Of the picture: another id is another picture.
    area : str
        The area with its unit.
    how : str
        How the outline came about.
    figures : str
        How well the computer keeps up.
    held : bool
        Whether the picture is frozen: the next one is not asked for.
    """

    id: int
    area: str
    how: str
    figures: str
    held: bool


def running_picture(jpeg: bytes, running: Running, *, key: str) -> None:
    """Show a picture; call it within a fragment, which the browser runs again for the next one.

    Parameters
    ----------
    jpeg : bytes
        Empty where there is none yet.
    running : Running
    key : str
        Key of the component.
    """
    _mount(key=key, data=pack(jpeg, running), on_next_change=_no_op)


def pack(jpeg: bytes, running: Running) -> bytes:
    """Pack what the browser needs: length of the JSON (4 bytes, little endian), the JSON (UTF-8), the picture."""
    header = json.dumps(asdict(running), ensure_ascii=False).encode()
    return _LENGTH.pack(len(header)) + header + jpeg


def _no_op() -> None:
    """Stand in for a callback: Streamlit hears a trigger only if one is given."""


_mount = st.components.v2.component(
    "nerve_live",
    html=(_HERE / "live.html").read_text(encoding="utf-8"),
    css=(_HERE / "live.css").read_text(encoding="utf-8"),
    js=(_HERE / "live.js").read_text(encoding="utf-8"),
)
