"""What leaves the app frame by frame, and how frames and labels are named in files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.still_names import PREFIXES, folders_of, without_affixes

Exported = AnnotatedFrame
"""One frame that leaves."""

Versions = tuple[tuple[str, str], ...]
"""Software and its versions, for provenance."""

_SHORT_HASHES = (8, 16, 64)
_AFTER_FRAME = re.compile(r"(?:^|[^a-z])frame[_\-. ]*(\d{1,9})(?!\d)")
_OWN_NAME = re.compile(r"(?:^|[/\\_])([0-9a-f]{8}|[0-9a-f]{16}|[0-9a-f]{64})[/\\_]frame_\d{6}(?:\.\w+)?$")
_RESULT_MASK = re.compile(r"mask_(\d{6})\.png")
_LAST_DIGITS = re.compile(r"(\d{1,9})$")
_BEHIND_NUMBER = re.compile(
    r"[_\-. #](?:v\d{1,3}|\d{2,5}x\d{2,5}|(?:of|von)[_\-. ]?\d+|t=?\d+(?:\.\d+)?m?s?)$"
    r"|(?<=\d)[_\-. ](?:19|20)\d\d([_\-]?)\d\d\1\d\d$"
    r"|(?<=\d)[_\-. ](?:nerve|label|mask|part|rater|reader|observer|annotator|expert|patient|subject|pat)"
    r"[_\-. ]?\d{1,2}$"
)
"""Version, size, number of all, time; behind another number also a date, who drew it, of whom, and which part it is."""

_DATE = r"(?:^|[_\-. ])(?:19|20)\d\d([_\-.]?)[01]\d\1[0-3]\d"
_MOMENT = re.compile(
    rf"{_DATE}(?:[_\-. t]+(?:at[_ ])?[0-2]?\d[\-.:h_][0-5]\d[\-.:m_][0-5]\d(?:s\d*)?"
    r"|[_\-. t](?!00)[0-2]\d[0-5]\d[0-5]\d)?$"
)
"""A date, with or without a time of day: as cameras, players and programs for screenshots name pictures. Six digits
without signs between them are a time where they can be one and, as frames' numbers are, not filled up with zeros."""
_SECONDS = re.compile(r"(?:^|[_\- ])t?=?\d{1,4}\.\d\d$")
"""Seconds with hundredths; "1.007" is the seventh frame of a stack."""
_CLIP_ENDING = re.compile(r"\.(?:mp4|m4v|mov|avi|mkv|webm|dcm|tiff?|nii)$")

_ENDING = re.compile(r"(?:\.(?:nii|ome))?\.[a-z][a-z0-9]{1,5}$")

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


def clip_of_name(name: str) -> str:
    """Read the first digits of a clip's hash from a name that this app gives to frames; "" where there are none.

    Eight digits without a letter are a date more often than a hash, and count for none.
    """
    found = _OWN_NAME.search(name.casefold())
    return "" if found is None or found[1].isdecimal() else found[1]


def frame_of_result(base: str) -> int | None:
    """Read the frame from the name that a result's folder or ZIP gives to a mask; None where it is another name."""
    found = _RESULT_MASK.fullmatch(base)
    return None if found is None else int(found[1])


def frame_of_name(name: str, *, clip: str = "") -> int | None:
    """Read the frame from a file name; None where it names none.

    It is the number behind the word "frame", else the digits at the end, without what programs add to names; a date, a
    time of day or seconds with decimals are none.

    Parameters
    ----------
    name : str
    clip : str, optional
        What the name begins with that is the clip's own, see `begins_with_clip`: numbers in it are of no frame.
    """
    found = _number_in(name, clip)
    return None if found is None else int(found[1])


def series_of(name: str, *, clip: str = "") -> str:
    """Give what the frames of one clip have in common: folders, and what stands before the number, in small letters.

    Folders that only sort files by what they are, or by what a training does with them, are left out.
    """
    found = _number_in(name, clip)
    text = "" if found is None else (clip + found.string[: found.start()]).removesuffix("frame").strip("_-. ")
    return "/".join(filter(None, (*folders_of(name), text)))


def begins_with_clip(name: str, clip: str) -> bool:
    """Tell whether a name begins with a clip's own, see `own_name`, as a whole; what tools put before it apart."""
    return _behind_clip(_stem(name), clip) is not None


def own_name(clip_name: str) -> str:
    """Give a clip's name in small letters, without folders and the ending of its kind; an identifier has none."""
    base = PurePosixPath(clip_name.replace("\\", "/")).name
    return _ENDING.sub("", unicodedata.normalize("NFC", base).casefold())


def _behind_clip(stem: str, clip: str) -> str | None:
    for one in (stem, PREFIXES.sub("", stem)):
        if clip and one.startswith(clip) and not one[len(clip) : len(clip) + 1].isalnum():
            return one[len(clip) :]
    return None


def _stem(name: str) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).stem).casefold()


def _number_in(name: str, clip: str) -> re.Match[str] | None:
    stem = _stem(name)
    if _OF_A_TASK.match(stem):
        return None
    if (behind := _behind_clip(stem, clip)) is not None:
        stem = behind
    number = None
    for one in (stem, *without_affixes(stem)):  # a number that is left without affixes is the frame's
        bare = _CLIP_ENDING.sub("", _MOMENT.sub("", _BEHIND_NUMBER.sub("", one)))
        seconds = _SECONDS.search(bare)
        bare = bare[: seconds.start()] if seconds else bare
        found = [*_AFTER_FRAME.finditer(bare)] or ([] if seconds else [*_LAST_DIGITS.finditer(bare)])
        number = found[-1] if found else number
    return number
