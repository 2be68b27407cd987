"""Which frame an outline belongs to: by the name of a still, and by digits only where a clip has no names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Question
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.frames import (
    begins_with_clip,
    clip_of_name,
    frame_of_name,
    frame_of_result,
    own_name,
    series_of,
)
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.still_names import StillNames, folders_of, naming_words

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
        numbers = [frame_of_result(item.where) for item in items]
        of_result = all(number is None or number < found.clip.frame_count for number in numbers)
        return [still_of(found, item, stills, perhaps_of_result=of_result) for item in items]
    clip = _common_beginning(found, items)
    read = [_number(found, item, clip) for item in items]
    first = _first_frame(found, items, [number for number in read if number is not None])
    if first is None:
        return [None] * len(items)
    frames = [None if number is None else number - first for number in read]
    return [
        frame if number is not None and found.has_frame(frame, item.where) else None
        for item, number, frame in zip(items, read, frames, strict=True)
    ]


def of_this_clip(found: Gathering, items: Sequence[Named]) -> list[bool]:
    """Tell which outlines of a file are of the clip, where their names say so.

    Names that this app gives hold the clip's hash. Of other names what stands before the number, with the folders,
    is alike for the frames of one clip; where it is not, the clip's own name must be in it.

    Parameters
    ----------
    found : Gathering
        Takes a remark of those that are passed over.
    items : sequence of Named

    Raises
    ------
    AnnotationError
        If none is, or it cannot be told.
    """
    stills = StillNames(found.clip.names)
    own = [not any(_is_anothers(found.clip, name, stills) for name in item.names) for item in items]
    if items and not any(own):
        raise AnnotationError("The outlines in the file are all of other clips.", "Open the clip that they belong to.")
    if not found.clip.names:
        own = _of_one_series(found, items, own)
    if not all(own):
        found.remark(f"Outlines of other clips were left out: {own.count(False)}.")
    return own


def check_one_folder(names: Sequence[str]) -> None:
    """Refuse ROIs that lie in several folders, as those of several clips or raters do; raises AnnotationError."""
    folders = dict.fromkeys("/".join(folders_of(name)) for name in names)
    if len(folders) > 1:
        listed = _listed([one or "none" for one in folders])
        raise AnnotationError(f"The ROIs lie in several folders: {listed}.", "Import each folder by itself.")


def _is_anothers(clip: ClipRecord, name: str, stills: StillNames) -> bool:
    sha256 = clip_of_name(name)
    return bool(sha256) and not clip.sha256.startswith(sha256) and not stills.frames_of(name)


def _common_beginning(found: Gathering, items: Sequence[Named]) -> str:
    """Give the clip's own name, in small letters, where all outlines are called after it; "" else.

    The number in it is the clip's: of a clip S012 "S012_mask_05" is of frame 5, and "S012_mask" of none.
    """
    clip = own_name(found.known.clip_name)
    return clip if all(begins_with_clip(name, clip) for item in items for name in item.names) else ""


def _of_one_series(found: Gathering, items: Sequence[Named], own: Sequence[bool]) -> list[bool]:
    begins = _common_beginning(found, items)
    series = [
        tuple(series_of(name, clip=begins) for name in item.names)
        if mine and any(frame_of_name(name, clip=begins) is not None for name in item.names)
        else ()
        for item, mine in zip(items, own, strict=True)
    ]
    several = dict.fromkeys(one for one in series if one)
    if len(several) < 2:
        _tell_otherwise_called(found, [part for one in several for part in one])
        return list(own)
    clip = naming_words(PurePosixPath(found.known.clip_name).stem)
    fitting = [one for one in several if clip and any(_is_called(part, clip) for part in one)]
    if len(fitting) != 1:
        listed = _listed([next(filter(None, one), "no name") for one in several])
        raise AnnotationError(
            f"The names in the file are of several series: {listed}. Are they of several clips, or people who drew?",
            "Import one clip's and one rater's at a time.",
        )
    return [mine and one in ((), fitting[0]) for one, mine in zip(series, own, strict=True)]


def _is_called(series: str, clip: tuple[str, ...]) -> bool:
    """Whether a series, or a folder that it lies in, is called like a clip, word for word."""
    return clip in (naming_words(series), *(naming_words(part) for part in series.split("/")))


def _tell_otherwise_called(found: Gathering, series: Sequence[str]) -> None:
    clip = naming_words(PurePosixPath(found.known.clip_name).stem)
    named = [one for one in series if naming_words(one)]
    if clip and named and not any(_is_called(one, clip) for one in named):
        shown = PurePosixPath(found.known.clip_name).name[:60]
        found.remark(f'The outlines are called "{named[0][:60]}", otherwise than the clip, {shown}.')


def still_of(found: Gathering, item: Named, stills: StillNames, *, perhaps_of_result: bool = False) -> int | None:
    """Find the one still that an outline bears the name of; a problem is noted where there is none or several.

    So it is where it may be a mask of a result, which bears the number of a frame and not of a still.
    """
    meant = [set(frames) for name in item.names if (frames := stills.frames_of(name))]
    every = set[int]().union(*meant)
    common = every.intersection(*meant)
    names, ours = found.clip.names, frame_of_result(item.where) if perhaps_of_result else None
    if len(common) == 1:
        frame = common.pop()
        if ours not in (None, frame) and PurePosixPath(names[frame]).name.casefold() != item.where.casefold():
            found.problem(
                f"{item.where} may be of frame {ours}, as a result numbers its masks, or of the still {names[frame]}: "
                "import it with the summary.json of its result, or name it after the still in full."
            )
            return None
        _tell_folders(found, item, frame)
        return frame
    if not meant:
        or_else = "" if ours is None else ", or import it with the summary.json of its result"
        found.problem(
            f"{item.where} bears the name of none of the clip's {len(names)} stills ({_listed(names)}): name it after "
            f"the still it was drawn on{or_else}."
        )
    else:
        possible = [names[frame] for frame in sorted(common or every)]
        found.problem(f"{item.where} may be of {len(possible)} stills: {_listed(possible)}. Name it after one of them.")
    return None


def _tell_folders(found: Gathering, item: Named, frame: int) -> None:
    theirs, own = {part for name in item.names for part in folders_of(name)}, folders_of(found.clip.names[frame])
    if theirs and own and theirs.isdisjoint(own):
        found.remark(f"{item.where} lies in {'/'.join(sorted(theirs))}, the still of its name in {'/'.join(own)}.")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _number(found: Gathering, item: Named, clip: str) -> int | None:
    if item.number is not None:
        tell_other_number(found, item, item.number, clip=clip)
        return item.number
    if found.clip.frame_count == 1:
        return found.known.first_frame or 0
    found_in = [frame_of_name(name, clip=clip) for name in item.names]
    numbers = list(dict.fromkeys(number for number in found_in if number is not None))
    if len(numbers) > 1:
        found.problem(f"{item.where} names two frames: {' and '.join(map(str, numbers))}.")
        return None
    if not numbers:
        found.has_frame(None, item.where)
        return None
    return numbers[0]


def tell_other_number(found: Gathering, item: Named, number: int, *, clip: str = "") -> None:
    """Say where a name has another number than the file gives; one more or less is what they count from."""
    named = [one for name in item.names if (one := frame_of_name(name, clip=clip)) is not None]
    if named and all(abs(one - number) > 1 for one in named):
        found.remark(f"{item.where} is called {item.names[0][:60]}, and its number is {number}: the number was taken.")


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
