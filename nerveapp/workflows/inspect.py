"""What is read of a clip, for whoever has to trust it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nerveapp.domain.clip import Clip, ClipInfo, Frame


@dataclass(frozen=True, slots=True)
class Inspection:
    """A clip as it was read.

    Parameters
    ----------
    info : ClipInfo
        What its file says.
    times_s : tuple of float
        Presentation time of each decoded frame, from the first.
    truncation : str or None
        Why decoding ended early, in words.
    """

    info: ClipInfo
    times_s: tuple[float, ...]
    truncation: str | None

    @property
    def frames(self) -> int:
        """Number of frames that were decoded."""
        return len(self.times_s)


def inspect(clip: Clip, on_frame: Callable[[Frame], None] = lambda _: None) -> Inspection:
    """Decode a clip from end to end.

    Parameters
    ----------
    clip : Clip
    on_frame : callable
        Called in order with each frame.

    Raises
    ------
    ClipError
        If not a single frame can be decoded.
    """
    times = []
    for frame in clip.frames():
        times.append(frame.time_s)
        on_frame(frame)
    return Inspection(clip.info, tuple(times), clip.truncation)
