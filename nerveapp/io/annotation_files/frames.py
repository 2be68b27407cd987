"""What leaves the app frame by frame, and how frames and labels are named in files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.view import SITES, Nerve
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.still_names import without_affixes

Exported = AnnotatedFrame
"""One frame that leaves."""

Versions = tuple[tuple[str, str], ...]
"""Software and its versions, for provenance."""

_SHORT_HASHES = (8, 16, 64)
_AFTER_FRAME = re.compile(r"(?:^|[^a-z])frame[_\-. ]*(\d{1,9})(?!\d)")
_LETTERS = re.compile(r"[^\W\d_]+")
_LAST_DIGITS = re.compile(r"(\d{1,9})$")
_BEHIND_NUMBER = re.compile(r"[_\-. ](?:v\d{1,3}|\d{2,5}x\d{2,5}|of[_\-. ]?\d+|t\d+(?:\.\d+)?m?s?)$")
"""Version, size, number of all, or time: they stand behind a frame's number and are none themselves."""

_OF_A_TASK = re.compile(r"^task-\d+-annotation-\d+-")
"""As Label Studio names masks: after its own task, never after a frame."""


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
        key = (shown.clip.sha256, shown.frame)
        if key in seen:
            raise AnnotationError(
                f"Frame {shown.frame} is chosen more than once.",
                "Choose one annotation per frame, such as one rater's.",
            )
        seen.add(key)


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
    """Read the frame from a file name; None where it names none.

    It is the number behind the word "frame", else the digits at the end, without what programs add to names.
    """
    stem = PurePosixPath(name.replace("\\", "/")).stem.casefold()
    if _OF_A_TASK.match(stem):
        return None
    number = None
    for one in (stem, *without_affixes(stem)):  # a number that is left without affixes is the frame's
        bare = _BEHIND_NUMBER.sub("", one)
        found = _AFTER_FRAME.findall(bare) or _LAST_DIGITS.findall(bare)
        if found:
            number = int(found[-1])
    return number


def words_of(label: str) -> list[str]:
    """Give the words of a label in small letters, without numbers and signs."""
    return _LETTERS.findall(label.casefold())


def is_nerve(label: str, clip: ClipRecord) -> bool:
    """Tell whether a label means the nerve of this clip: "nerve", or its name with or without the word.

    A number and a side in it tell which part or which arm: the nerve is the one of the clip in any case.
    """
    words = [word for word in words_of(label) if word not in ("left", "right")]
    words = ["nerve" if word == "nerves" else word for word in words]
    # Where nobody said which nerve it is, any is.
    names = [one.value for one in (SITES if clip.view.nerve is Nerve.UNKNOWN else (clip.view.nerve,))]
    return words == ["nerve"] or any(words in ([name], [name, "nerve"]) for name in names)


def unknown_label(label: object, where: str, clip: ClipRecord) -> str:
    """Say that a label is not known."""
    own = "a nerve's name" if clip.view.nerve is Nerve.UNKNOWN else f"'{clip.view.nerve}'"
    return f"{where}: the label {str(label)[:60]!r} is unknown; 'nerve' or {own} is taken."
