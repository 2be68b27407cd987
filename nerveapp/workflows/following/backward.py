"""Frames of a clip from later to earlier, though it can only be decoded onward."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from nerveapp.domain.clip import Clip, Frame


def frames_backward(clip: Clip, *, before: int, down_to: int = 0, held: int) -> Iterator[Frame]:
    """Yield frames from later to earlier, in passes over the clip that each hold a part of it.

    Parameters
    ----------
    clip : Clip
    before : int
        The first frame given is the one before it.
    down_to : int
        The last frame given.
    held : int
        So many frames are held at most, 1 or more.
    """
    upper = before
    while upper > down_to:
        lower = max(down_to, upper - held)
        yield from reversed(list(islice(clip.frames(), lower, upper)))
        upper = lower
