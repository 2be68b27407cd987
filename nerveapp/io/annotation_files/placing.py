"""Which frame an outline belongs to: by the name of a still, and by digits only where a clip has no names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nerveapp.domain.outline_files import Question
from nerveapp.io.annotation_files.frames import frame_of_name
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.still_names import StillNames

_SHOWN = 4
_OWN_PATTERN = re.compile(r"(?:^|[/\\_])frame_\d{6}\.\w+$")
"""As this app and CVAT number frames, from 0."""


@dataclass(frozen=True, slots=True)
class Named:
    """An outline, or a file of them, that must find its frame.

    Parameters
    ----------
    where : str
        What to call it in problems.
    names : tuple of str
        The names it bears of a picture, or its own.
    number : int or None
        The number that the file gives for its frame, such as COCO's `frame_id`; else the digits of its names count.
    """

    where: str
    names: tuple[str, ...]
    number: int | None = None


def place(found: Gathering, items: Sequence[Named]) -> list[int | None]:
    """Find the frames of outlines, all of a file at once: only together do numbers tell what they count from.

    Parameters
    ----------
    found : Gathering
        Takes a problem for each that cannot be placed.
    items : sequence of Named

    Returns
    -------
    list of int or None
        The frame of each, which the clip has; None where a problem was noted.
    """
    if found.clip.names:
        stills = StillNames(found.clip.names)
        return [still_of(found, item, stills) for item in items]
    numbers = [_number(found, item) for item in items]
    first = _first_frame(found, items, [number for number in numbers if number is not None])
    if first is None:
        return [None] * len(items)
    frames = [None if number is None else number - first for number in numbers]
    return [
        frame if number is not None and found.has_frame(frame, item.where) else None
        for item, number, frame in zip(items, numbers, frames, strict=True)
    ]


def still_of(found: Gathering, item: Named, stills: StillNames) -> int | None:
    """Find the one still that an outline bears the name of; a problem is noted where there is none or several."""
    meant = [set(frames) for name in item.names if (frames := stills.frames_of(name))]
    every = set[int]().union(*meant)
    common = every.intersection(*meant)
    if len(common) == 1:
        return common.pop()
    names = found.clip.names
    if not meant:
        found.problem(
            f"{item.where} bears the name of none of the clip's {len(names)} stills ({_listed(names)}): name it after "
            "the still it was drawn on."
        )
    else:
        possible = [names[frame] for frame in sorted(common or every)]
        found.problem(f"{item.where} may be of {len(possible)} stills: {_listed(possible)}. Name it after one of them.")
    return None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _number(found: Gathering, item: Named) -> int | None:
    if item.number is not None:
        return item.number
    if found.clip.frame_count == 1:
        return found.known.first_frame or 0
    found_in = [frame_of_name(name) for name in item.names]
    numbers = list(dict.fromkeys(number for number in found_in if number is not None))
    if len(numbers) > 1:
        found.problem(f"{item.where} names two frames: {' and '.join(map(str, numbers))}.")
        return None
    if not numbers:
        found.has_frame(None, item.where)
        return None
    return numbers[0]


def _first_frame(found: Gathering, items: Sequence[Named], numbers: Sequence[int]) -> int | None:
    """Give what the clip's first frame is called, 0 or 1; None where the numbers fit both, and it was not given."""
    count, known = found.clip.frame_count, found.known.first_frame
    if known is not None or not numbers or count == 1:
        return known or 0
    if 0 not in numbers and max(numbers) == count:
        found.ask(
            Question.FIRST_FRAME,
            f"The frames are numbered {min(numbers)} to {count}, and the clip has {count}, numbered from 0 here. "
            "Give the number of the file's first frame: 0 or 1.",
        )
        return None
    if not all(_OWN_PATTERN.search(item.names[0]) for item in items if item.names):
        found.remark("The numbers of frames are taken to count from 0.")
        if 0 not in numbers and max(numbers) < count:  # else they cannot count from 1
            found.offer(Question.FIRST_FRAME)
    return 0
