"""The precision editor: a frame and its outline, corrected by brush, eraser or polygon, all of it in the browser.

The mask is edited on the source grid itself, so that what is not touched does not change, whatever the display's size.
The script hears from the editor after every finished stroke and when a key asks for something.
"""

import hashlib
import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from nerveapp.analysis.outline import corners
from nerveapp.analysis.run_lengths import mask_from_runs, run_lengths
from nerveapp.domain.editing import Command, Edit, FrameToCorrect, Order

__all__ = ["editor", "pack", "reported"]

_HERE = Path(__file__).parent
_SCRIPTS = ("raster.js", "corners.js", "editor.js", "hand.js")
_LENGTH = struct.Struct("<I")
_ID = re.compile(r"[0-9a-f]{32}")
_ORDERS = {order.value: order for order in Order if order.has_a_key}


def reported(task: FrameToCorrect, *, key: str) -> tuple[Edit | None, Command | None]:
    """Read what the browser reported of a task, before the editor is drawn: the page can act and then show the result.

    Parameters
    ----------
    task : FrameToCorrect
        The one shown so far.
    key : str
        Key of the component.

    Returns
    -------
    edit : Edit or None
        The last stroke of this task.
    command : Command or None
        What a key asked for just now, of this task.
    """
    state = st.session_state.get(key) or {}
    identity = task_id(task)
    return _edit(state.get("edit"), identity, task), _command(state.get("command"), identity)


def editor(task: FrameToCorrect, picture: bytes, *, key: str) -> None:
    """Show the editor.

    Parameters
    ----------
    task : FrameToCorrect
        Another one replaces what is shown; the same one leaves it alone.
    picture : bytes
        The frame as PNG, on the source grid.
    key : str
        Key of the component.
    """
    answered = _command((st.session_state.get(key) or {}).get("command"), task_id(task))
    data = pack(task, picture, answered="" if answered is None else answered.id)
    _mount(key=key, data=data, on_edit_change=_no_op, on_command_change=_no_op)


def task_id(task: FrameToCorrect) -> str:
    """Tell tasks apart: another frame, another rater or another start is another task."""
    runs = json.dumps([task.frame, task.rater, run_lengths(task.mask), run_lengths(task.predicted)])
    return hashlib.blake2b((task.clip + runs).encode(), digest_size=12).hexdigest()


def pack(task: FrameToCorrect, picture: bytes, *, answered: str = "") -> bytes:
    """Pack what the browser needs: length of the JSON (4 bytes, little endian), the JSON (UTF-8), the picture.

    `answered` is the id of the last command of this very task: where the task stayed, it was refused or led nowhere.
    """
    height, width = task.mask.shape
    values = {
        "id": task_id(task),
        "clip": task.clip,
        "place": f"nerveapp:{task.clip}:{task.frame}:{task.rater}",
        "frame": task.frame,
        "width": width,
        "height": height,
        "runs": run_lengths(task.mask),
        "predicted": run_lengths(task.predicted),
        "corners": corners(task.mask),
        "known": list(task.known),
        "seconds": task.seconds,
        "blind": task.blind,
        "answered": answered,
    }
    header = json.dumps(values, separators=(",", ":")).encode()
    return _LENGTH.pack(len(header)) + header + picture


def _edit(value: Any, identity: str, task: FrameToCorrect) -> Edit | None:
    """Read what the browser reports; anything else than a stroke of this task is none."""
    if not isinstance(value, dict) or value.get("task") != identity or not _is_id(value.get("id")):
        return None
    runs = value.get("runs")
    if not isinstance(runs, Sequence) or not all(isinstance(run, int) for run in runs):
        return None
    try:
        mask = mask_from_runs(runs, *task.mask.shape)
    except ValueError:
        return None
    return Edit(value["id"], mask, _seconds(value))


def _command(value: Any, identity: str) -> Command | None:
    if not isinstance(value, dict) or value.get("task") != identity or not _is_id(value.get("id")):
        return None
    order = _ORDERS.get(str(value.get("name")))
    if order is None:
        return None
    point = value.get("point")
    at = (0.0, 0.0)
    if isinstance(point, Sequence) and len(point) == 2 and all(isinstance(one, int | float) for one in point):
        at = (float(point[0]), float(point[1]))
    elif order.is_about_a_point:
        return None
    return Command(order, value["id"], _seconds(value), at)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _seconds(value: dict[str, Any]) -> float:
    seconds = value.get("seconds")
    return max(0.0, float(seconds)) if isinstance(seconds, int | float) else 0.0


def _no_op() -> None:
    """Stand in for a callback: Streamlit lists a state in the result only if one is given."""


_mount = st.components.v2.component(
    "nerve_editor",
    html=(_HERE / "editor.html").read_text(encoding="utf-8"),
    css=(_HERE / "editor.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)
