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


def clip_properties(
    info: ClipInfo, *, frames: int | None = None, truncation: str | None = None
) -> tuple[tuple[str, str], ...]:
    """List what was read of a clip.

    Parameters
    ----------
    info : ClipInfo
    frames : int or None
        Number of frames decoded; None before all of them were.
    truncation : str or None
        Why decoding ended early.

    Returns
    -------
    tuple of (str, str)
        Name and value of each property.
    """
    announced = "an unknown number" if info.frame_count is None else str(info.frame_count)
    decoded = announced if frames is None else str(frames)
    rows = [
        ("kind", info.format),
        ("size", f"{info.width} x {info.height} px"),
        ("frames", decoded if frames in (None, info.frame_count) else f"{decoded}, of {announced} announced"),
        ("times", "the file's own" if info.timed else "none in the file; frames are numbered at 1 per second"),
        ("calibration", "none in the file" if info.calibration is None else info.calibration.words),
        *((f"region {number}", region.words) for number, region in enumerate(info.regions, 1)),
        *([("to confirm", info.suggestion.words)] if info.suggestion else []),
        *info.details,
        *(("remark", note) for note in info.notes),
        *([("INCOMPLETE", truncation)] if truncation else []),
    ]
    return tuple(rows)
