"""The clip player: a clip with the outlined nerve, in step with the area curve, all of it run by the browser.

The script hears from the player only when the user comes to rest at a frame, so playing and scrubbing cost no rerun.
"""

import hashlib
import json
import math
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import streamlit as st

from nerveapp.analysis.outline import contours
from nerveapp.domain.segmentation import Mask

__all__ = ["Parts", "Scene", "pack", "parts_of", "player"]

_HERE = Path(__file__).parent
_SCRIPTS = (
    *("times.js", "stage.js", "curve.js", "asking.js", "pen.js", "pointing.js", "seen.js", "controls.js", "player.js"),
    "mount.js",
)
_LENGTH = struct.Struct("<I")
_ON_ITS_WAY_S = 3.0
MOST_FRAMES = 1_000_000
"""Of one run seen: what a browser reports is bounded."""

Parts = tuple[tuple[int, ...], ...]
"""Per part of a nerve, ``x0, y0, x1, y1, ...``."""

Contours = tuple[Parts, ...]
"""The same per frame."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the player draws over a preview video, frame by frame.

    Parameters
    ----------
    width, height : int
        The source's grid, px. The video may be padded by a pixel on the right and at the bottom.
    video_scale : float
        Video pixels per source pixel; below 1 when the preview is smaller than the clip.
    times_s : tuple of float
        Presentation time of every frame, s, increasing; the x axis of the curve.
    video_frame_rate : float
        Frames per second of the preview: constant, every frame a key frame, one video frame per frame of the clip.
    contours : tuple of tuple of tuple of int
        Per frame, per part of the nerve, ``x0, y0, x1, y1, ...``: source pixel indices, (0, 0) the top left pixel.
    captions : tuple of str
        Per frame, such as "8.42 mm²" or "no nerve found".
    flags : tuple of str
        Per frame, "" or why it should be looked at, such as "area jump, low confidence".
    chart_key : str
        Key of the ``st.container`` that holds the plotly curve.
    others : tuple of (str, contours)
        The nerves beside the one measured, each with its number as people count and its contours as above.
    points : tuple of (int, float, float)
        Frame, x and y of where somebody pointed at the nerve, in source px.
    early : bool
        Whether outlines are still being made: the clip then plays over and over, and stops where it started when the
        scene of the result comes.
    outlines : str
        Names the outlines; where it is not "", the player tells with it which frames were seen, see `frames_seen`.

    Raises
    ------
    ValueError
        If the tuples are not one entry per frame, or a number cannot be drawn.
    """

    width: int
    height: int
    video_scale: float
    times_s: tuple[float, ...]
    video_frame_rate: float
    contours: Contours
    captions: tuple[str, ...]
    flags: tuple[str, ...]
    chart_key: str
    others: tuple[tuple[str, Contours], ...] = ()
    points: tuple[tuple[int, float, float], ...] = ()
    early: bool = False
    outlines: str = ""

    def __post_init__(self) -> None:
        """Refuse what the browser could not show."""
        self._check_lengths()
        self._check_numbers()

    def _check_lengths(self) -> None:
        frames = len(self.times_s)
        if frames == 0:
            raise ValueError("Expected at least one frame, got none; do not show a player for an empty clip.")
        for name in ("contours", "captions", "flags"):
            got = len(getattr(self, name))
            if got != frames:
                raise ValueError(f"Expected {frames} {name}, one per entry of times_s, got {got}.")
        for index, parts in enumerate(self.contours):
            if any(len(part) % 2 for part in parts):
                raise ValueError(f"Expected x, y pairs in the contours of frame {index}, got an odd number of values.")

    def _check_numbers(self) -> None:
        for name in ("width", "height", "video_scale", "video_frame_rate"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"Expected a {name} above 0, got {value}.")
        if not all(map(math.isfinite, self.times_s)):
            raise ValueError("Expected finite times_s, got an infinite time or NaN.")
        if any(later <= earlier for earlier, later in zip(self.times_s, self.times_s[1:], strict=False)):
            raise ValueError("Expected increasing times_s, got a frame that is not later than the one before it.")


def parts_of(mask: Mask) -> Parts:
    """Trace an outline, (H, W), as a scene takes it: source pixel indices."""
    return tuple(tuple(int(value) for value in part.ravel()) for part in contours(mask))


def player(scene: Scene, *, clip: str, video: Callable[[], bytes], key: str, start_frame: int = 0) -> int:
    """Show a clip with its outlines and return the frame at which the user came to rest.

    Parameters
    ----------
    scene : Scene
        What belongs to the video. A new scene of the same clip (a corrected outline) keeps the user's place.
    clip : str
        Hash of the clip; its video is always the same.
    video : callable
        Gives the preview, MP4 (H.264, every frame a key frame, constant rate). Called only where the browser does not
        hold it yet.
    key : str
        Key of the component.
    start_frame : int
        Where to start when this clip first appears under this key; later changes do not move the user.

    Returns
    -------
    int
        Index of the frame last reported by the browser (paused, stepped, scrubbed or clicked to), else `start_frame`.

    Raises
    ------
    ValueError
        If `start_frame` is not a frame of the scene.
    """
    frames = len(scene.times_s)
    if not 0 <= start_frame < frames:
        raise ValueError(f"Expected a start_frame from 0 to {frames - 1}, got {start_frame}.")
    start = _settled_start(key, clip, start_frame)
    data = pack(scene, video() if _is_wanted(key, clip) else b"", clip=clip, key=key, start_frame=start)
    state = _mount(key=key, data=data, on_frame_change=_no_op)
    return _reported(state.get("frame"), clip=clip, frames=frames, otherwise=start)


def frame_at_rest(key: str, *, clip: str, frames: int, otherwise: int) -> int:
    """Tell at which frame a player came to rest, before it is drawn in this run.

    Parameters
    ----------
    key : str
        Key of the component.
    clip : str
        Hash of the clip it shows.
    frames : int
        How many frames that has.
    otherwise : int
        What to give where nothing was reported.
    """
    return _reported(_said(key), clip=clip, frames=frames, otherwise=otherwise)


def start_anew(key: str) -> None:
    """Let a player start where the page next asks it to, though its clip stays: another result of it is to come.

    Parameters
    ----------
    key : str
        Key of the component.
    """
    st.session_state.pop(_start_key(key), None)


def frames_seen(key: str) -> tuple[str, tuple[int, ...]]:
    """Tell which frames of a scene were seen with their outlines, stepped to or played through, before it is drawn.

    Parameters
    ----------
    key : str
        Key of the component.

    Returns
    -------
    outlines : str
        As that scene named them; "" where nothing was seen.
    frames : tuple of int
        Not all of them need be frames of that scene: they come from the browser.
    """
    reported = _said(key)
    if not isinstance(reported, dict):
        return "", ()
    outlines, runs = reported.get("outlines"), reported.get("seen")
    if not isinstance(outlines, str) or not isinstance(runs, list):
        return "", ()
    ends = [run for run in runs if isinstance(run, list) and len(run) == 2 and all(isinstance(end, int) for end in run)]
    return outlines, tuple(frame for first, last in ends for frame in range(first, min(last, first + MOST_FRAMES) + 1))


def pack(scene: Scene, video: bytes, *, clip: str, key: str, start_frame: int) -> bytes:
    """Pack what the browser needs: length of the JSON (4 bytes, little endian), the JSON (UTF-8), the video.

    The video is empty where the browser holds it already.

    Streamlit passes raw bytes to a component only when they are the whole of its data.
    """
    values = {field.name: getattr(scene, field.name) for field in fields(scene)}  # asdict would copy every contour
    drawn = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    digest = hashlib.blake2b(drawn.encode(), digest_size=12).hexdigest()
    identity = {"player": key, "clip": clip, "id": digest, "start": start_frame}
    header = (json.dumps(identity)[:-1] + "," + drawn[1:]).encode()
    return _LENGTH.pack(len(header)) + header + video


def _is_wanted(key: str, clip: str) -> bool:
    """Whether a clip's video is to be sent: not where the browser says that it holds it, nor where it is on its way.

    A page that draws itself anew twice a second would send megabytes again before the browser has had time to say so.
    A player that has lost its video, or never got it, says so.
    """
    reported = _said(key)
    if isinstance(reported, dict) and reported.get("clip") == clip:
        return False
    memory, now_s = f"{key}:sent", time.monotonic()
    sent = st.session_state.get(memory)
    if sent is not None and sent[:2] == (clip, reported) and now_s - sent[2] < _ON_ITS_WAY_S:
        return False
    st.session_state[memory] = (clip, reported, now_s)
    return True


def _settled_start(key: str, clip: str, start_frame: int) -> int:
    """Keep the first start frame while the player stays on the page.

    A page may well pass back the frame the player returned: as a part of the data it would make Streamlit send the
    whole video again after each step.
    """
    memory = _start_key(key)
    known = st.session_state.get(memory)
    if key in st.session_state and known is not None and known[0] == clip:
        return int(known[1])
    st.session_state[memory] = (clip, start_frame)
    return start_frame


def _start_key(key: str) -> str:
    return f"{key}:start"


def _said(key: str) -> Any:
    """Give what the browser said last of a player, before it is drawn in this run; None where it said nothing."""
    component = st.session_state.get(key)
    return component.get("frame") if component is not None else None


def _reported(value: Any, *, clip: str, frames: int, otherwise: int) -> int:
    """Read the browser's report, which may still be about the clip shown before under the same key."""
    if not isinstance(value, dict) or value.get("clip") != clip:
        return otherwise
    index = value.get("index")
    return index if isinstance(index, int) and 0 <= index < frames else otherwise


def _no_op() -> None:
    """Stand in for a callback: Streamlit lists a state in the result only if one is given."""


_mount = st.components.v2.component(
    "nerve_player",
    html=(_HERE / "player.html").read_text(encoding="utf-8"),
    css=(_HERE / "player.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)
