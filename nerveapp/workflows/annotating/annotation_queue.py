"""Which frames of a clip an annotator goes through, and in which order."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from enum import StrEnum

from nerveapp.domain.annotation import Annotation, State


class Queue(StrEnum):
    """Which frames are gone through."""

    FLAGGED = "Flagged for review"
    ALL = "All frames"
    PROPAGATED = "Propagated, not reviewed"
    DRAWN = "Drawn so far"


def frames_in(queue: Queue, records: Mapping[int, Annotation], *, flagged: Sequence[int], count: int) -> list[int]:
    """List the frames of a queue in the order in which they are gone through.

    Parameters
    ----------
    queue : Queue
    records : mapping
        The rater's newest record of each frame.
    flagged : sequence of int
        Frames flagged for review, the most uncertain first.
    count : int
        Frames of the clip.
    """
    if queue is Queue.FLAGGED:
        return list(flagged)
    if queue is Queue.ALL:
        return list(range(count))
    propagated = queue is Queue.PROPAGATED
    return sorted(frame for frame, one in records.items() if one.unreviewed == propagated)


def next_unfinished(frames: Sequence[int], here: int, records: Mapping[int, Annotation]) -> int | None:
    """Give the next frame of a queue, from here round to here, that is not finished; None where none is left.

    A frame that has left a queue in the clip's order is where it was: the one behind it comes next.
    """
    start = 0
    if here in frames:
        start = frames.index(here) + 1
    elif list(frames) == sorted(frames):
        start = bisect(frames, here)
    for frame in [*frames[start:], *frames[:start]]:
        one = records.get(frame)
        if frame != here and (one is None or one.state is State.DRAFT):
            return frame
    return None
