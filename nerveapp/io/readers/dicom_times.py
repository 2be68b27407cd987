"""When each frame of a DICOM clip was acquired."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

from pydicom.dataset import Dataset
from pydicom.valuerep import DT

from nerveapp.io.readers.dicom_order import order_of

FrameTimes = Callable[[int], float]

_VECTOR_TAG = 0x00181065
_SHORTEST_STEP_MS = 0.5
_LONGEST_STEP_MS = 60_000.0
_SOURCES = ("FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate")
TOLERANCE = 0.1
"""Sources of time that differ by more than this share contradict each other."""


def frame_times(header: Dataset, count: int) -> tuple[FrameTimes, bool, tuple[str, ...]]:
    """Find the times in Frame Time, Frame Time Vector, Cine Rate or Recommended Display Frame Rate, in this order.

    The vector comes first where the Frame Increment Pointer names it. Its first number is the time before the first
    frame; where it has one number less than there are frames, that one was left out. An enhanced object gives the time
    of each frame beside it (PS3.3, Frame Content and Temporal Position macros), which comes before all else.

    Parameters
    ----------
    header : Dataset
    count : int
        Number of frames.

    Returns
    -------
    times : callable
        Maps a frame's index to seconds from the first frame.
    timed : bool
        Whether the file gave them; otherwise frames are numbered at 1 per second.
    notes : tuple of str
        Remarks for the user.
    """
    if own_s := _times_of_frames(header, count):
        frame_ms = _positive(header.get("FrameTime"))
        said = _positive(header.get("CineRate")) if frame_ms is None else 1000 / frame_ms
        told = _contradiction("the time of each frame", 1000 * own_s[-1] / (count - 1), said)
        return (lambda index: own_s[min(index, count - 1)]), True, told
    steps_ms = _numbers(header.get("FrameTimeVector")) if count > 1 else []  # that of one frame tells no time
    notes = tuple(
        f"The file's {keyword} is damaged and was not used."
        for keyword in _SOURCES
        if header.get(keyword) not in (None, "") and not _numbers(header.get(keyword))
    )
    if count > 1 and len(steps_ms) == count - 1:
        steps_ms = [0.0, *steps_ms]
    if steps_ms and (len(steps_ms) < count or not all(0 < step <= _LONGEST_STEP_MS for step in steps_ms[1:count])):
        steps_ms = []
        notes = (*notes, "The file's list of frame times does not fit its frames and was not used.")
    step_ms = _positive(header.get("FrameTime"))
    if steps_ms and (_points_to_vector(header) or step_ms is None):
        mean_ms = sum(steps_ms[1:count]) / (count - 1)
        rate = _positive(header.get("CineRate")) or (1000 / step_ms if step_ms is not None else None)
        told = _contradiction("its list of frame times", mean_ms, rate)
        return _from_steps(steps_ms), True, (*notes, *told, *_too_fast(mean_ms))
    if step_ms is not None and step_ms <= _LONGEST_STEP_MS:
        other = (count - 1) * 1000 / sum(steps_ms[1:count]) if steps_ms else _positive(header.get("CineRate"))
        told = _contradiction("Frame Time", step_ms, other)
        return _evenly(step_ms / 1000), True, (*notes, *told, *_too_fast(step_ms))
    for keyword in ("CineRate", "RecommendedDisplayFrameRate"):
        rate = _positive(header.get(keyword))
        if rate is not None and 1000 / rate <= _LONGEST_STEP_MS:
            return _evenly(1 / rate), True, notes
    return _evenly(1.0), False, notes


def _times_of_frames(header: Dataset, count: int) -> list[float]:
    """Give the time of each frame in s from the first, as an enhanced object says; nothing unless all have one, rising.

    Several frames of one moment are slices of a volume, and no clip.
    """
    stored = header.get("PerFrameFunctionalGroupsSequence") or []
    if count < 2 or len(stored) != count:
        return []
    groups = [stored[index] for index in order_of(header, count)]
    for moment in (_offset_s, _taken_s):
        found = [one for group in groups if (one := moment(group)) is not None]
        if len(found) == count and all(one < other for one, other in pairwise(found)):
            return [one - found[0] for one in found]
    return []


def _offset_s(group: Dataset) -> float | None:
    positions = group.get("TemporalPositionSequence") or []
    numbers = _numbers(positions[0].get("TemporalPositionTimeOffset")) if positions else []
    return numbers[0] if numbers and math.isfinite(numbers[0]) else None


def _taken_s(group: Dataset) -> float | None:
    """Give the moment of a frame; only differences of it leave this module."""
    contents = group.get("FrameContentSequence") or []
    for keyword in ("FrameReferenceDateTime", "FrameAcquisitionDateTime"):
        try:
            value = contents[0].get(keyword) if contents else None
            if value:
                return DT(str(value)).timestamp()
        except (ValueError, TypeError, OverflowError, AttributeError):
            continue
    return None


def _contradiction(used: str, step_ms: float, rate: float | None) -> tuple[str, ...]:
    if rate is None or abs(step_ms * rate / 1000 - 1) <= TOLERANCE:
        return ()
    said = f"{used} ({step_ms:.6g} ms) is used; it says {rate:.6g} frames per second, too."
    return (f"The file contradicts itself: {said}",)


def _too_fast(step_ms: float) -> tuple[str, ...]:
    if step_ms == 0 or step_ms >= _SHORTEST_STEP_MS:
        return ()
    return (
        f"The file announces {1000 / step_ms:.0f} frames per second: more than probes record. Are its times seconds?",
    )


def _evenly(step_s: float) -> FrameTimes:
    return lambda index: index * step_s


def _from_steps(steps_ms: Sequence[float]) -> FrameTimes:
    # The first number is the time before the first frame, by definition 0 (PS3.3, C.7.6.5).
    times_s = [ms / 1000 for ms in accumulate([0.0, *steps_ms[1:]])]
    last = len(times_s) - 1
    # A video may have more frames than its header counts: they come at the pace of the others.
    return lambda index: times_s[min(index, last)] + max(0, index - last) * times_s[-1] / max(last, 1)


def _points_to_vector(header: Dataset) -> bool:
    pointer = header.get("FrameIncrementPointer")
    pointers = [pointer] if isinstance(pointer, int) else pointer or []
    return any(isinstance(tag, int) and int(tag) == _VECTOR_TAG for tag in pointers)


def _positive(value: object) -> float | None:
    numbers = _numbers(value)
    return numbers[0] if numbers and math.isfinite(numbers[0]) and numbers[0] > 0 else None


def _numbers(value: object) -> list[float]:
    if value is None or value == "":
        return []
    try:
        values = [value] if isinstance(value, str | int | float) or not hasattr(value, "__iter__") else list(value)
        return [float(str(number)) for number in values]
    except (TypeError, ValueError):
        return []
