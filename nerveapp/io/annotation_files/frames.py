"""What leaves the app frame by frame, and what a file of outlines holds for a clip before anything is committed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError

Exported = AnnotatedFrame
"""One frame that leaves."""

Versions = tuple[tuple[str, str], ...]
"""Software and its versions, for provenance."""

_SHORT_HASHES = (8, 16, 64)
_LAST_DIGITS = re.compile(r"(\d{1,9})$")


@dataclass(frozen=True, slots=True)
class Outline:
    """One imported frame.

    Parameters
    ----------
    frame : int
        Index of the decoded frame.
    mask : ndarray of bool, (H, W)
        Inside of the outline on the source grid; empty where the file says that the frame shows no nerve.
    """

    frame: int
    mask: Mask


class Question(StrEnum):
    """What a file leaves open and a person can answer, in a field of `Known`."""

    FIRST_FRAME = "first frame"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside a clip's record while a file is read for it: of its own file, and what a person answered.

    Parameters
    ----------
    clip_name : str
        The clip's own name, by which a file of several videos is asked for its part.
    sop_instance_uid : str or None
        Of a DICOM clip; None where the clip is no DICOM file.
    first_frame : int or None
        0 or 1, what the file calls the clip's first frame where names do not tell; None where nobody was asked.
    accept_large : bool
        Whether masks that cover most of the frame are meant.
    """

    clip_name: str = ""
    sop_instance_uid: str | None = None
    first_frame: int | None = None
    accept_large: bool = False

    def __post_init__(self) -> None:
        if self.first_frame not in (None, 0, 1):
            raise ValueError(f"expected a first frame of 0 or 1, got {self.first_frame}")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds for a clip.

    Parameters
    ----------
    outlines : tuple of Outline
        In the order of their frames; a frame occurs once.
    problems : tuple of str
        What is wrong, one by one, in plain words. Nothing may be committed while there are any.
    remarks : tuple of str
        How the file was read, where that is not plain.
    asks : frozenset of Question
        What an answer in `Known` would settle: a problem, or how the file was read where that is only taken so.
    to_answer : tuple of (Question, str)
        Those of the problems that such an answer would solve, each with what it asks.
    """

    outlines: tuple[Outline, ...]
    problems: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    asks: frozenset[Question] = frozenset()
    to_answer: tuple[tuple[Question, str], ...] = ()


def check_chosen(frames: Sequence[Exported], *, one_clip: bool = False) -> None:
    """Refuse a choice that cannot be written: nothing, a frame twice, or several clips where a file holds one.

    Raises
    ------
    AnnotationError
    """
    if not frames:
        raise AnnotationError("No annotations are chosen.", "Choose at least one.")
    if one_clip and len({shown.clip.sha256 for shown in frames}) > 1:
        raise AnnotationError(
            "This kind of file holds the frames of one clip, and several are chosen.",
            "Choose the annotations of one clip.",
        )
    seen: set[tuple[str, int]] = set()
    for shown in frames:
        place = (shown.clip.sha256, shown.frame)
        if place in seen:
            raise AnnotationError(
                f"Frame {shown.frame} is chosen more than once.",
                "Choose one annotation per frame, such as one rater's.",
            )
        seen.add(place)


def frame_names(frames: Sequence[Exported], pattern: str) -> list[str]:
    """Name each frame after its clip's hash and its index, the hash shortened as far as it stays unique.

    Parameters
    ----------
    frames : sequence of Exported
    pattern : str
        Such as "{clip}_frame_{frame:06d}".
    """
    hashes = {shown.clip.sha256 for shown in frames}
    length = next(n for n in _SHORT_HASHES if len({sha[:n] for sha in hashes}) == len(hashes))
    return [pattern.format(clip=shown.clip.sha256[:length], frame=shown.frame) for shown in frames]


def frame_of_name(name: str) -> int | None:
    """Read the frame from the digits at the end of a file name, counted from 0; None where there are none."""
    found = _LAST_DIGITS.search(PurePosixPath(name.replace("\\", "/")).stem)
    return int(found[1]) if found else None


def is_nerve(label: str, clip: ClipRecord) -> bool:
    """Tell whether a label means the nerve of this clip: "nerve", or its name with or without the word."""
    words = label.strip().lower().replace("_", " ").replace("-", " ").split()
    nerve = str(clip.view.nerve)
    return words in (["nerve"], [nerve], [nerve, "nerve"])


def unknown_label(label: object, where: str, clip: ClipRecord) -> str:
    """Say that a label is not known."""
    names = " or ".join(dict.fromkeys(["'nerve'", f"'{clip.view.nerve}'"]))
    return f"{where}: the label {str(label)[:60]!r} is unknown; {names} is taken."
