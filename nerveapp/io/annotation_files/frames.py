"""What leaves the app frame by frame, and how frames and labels are named in files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.view import SITES, Nerve
from nerveapp.errors import AnnotationError

Exported = AnnotatedFrame
"""One frame that leaves."""

Versions = tuple[tuple[str, str], ...]
"""Software and its versions, for provenance."""

_SHORT_HASHES = (8, 16, 64)
_LAST_DIGITS = re.compile(r"(\d{1,9})$")


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
    """Read the frame from the digits at the end of a file name, counted from 0; None where there are none."""
    found = _LAST_DIGITS.search(PurePosixPath(name.replace("\\", "/")).stem)
    return int(found[1]) if found else None


def is_nerve(label: str, clip: ClipRecord) -> bool:
    """Tell whether a label means the nerve of this clip: "nerve", or its name with or without the word."""
    words = label.strip().lower().replace("_", " ").replace("-", " ").split()
    # Where nobody said which nerve it is, any is.
    names = [one.value for one in (SITES if clip.view.nerve is Nerve.UNKNOWN else (clip.view.nerve,))]
    return words == ["nerve"] or any(words in ([name], [name, "nerve"]) for name in names)


def unknown_label(label: object, where: str, clip: ClipRecord) -> str:
    """Say that a label is not known."""
    own = "a nerve's name" if clip.view.nerve is Nerve.UNKNOWN else f"'{clip.view.nerve}'"
    return f"{where}: the label {str(label)[:60]!r} is unknown; 'nerve' or {own} is taken."
