"""What a set of pictures is: the stills of one clip, those of several, or a data set of images with their masks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from nerveapp.errors import ClipError

_MASK_WORDS = frozenset((
    "mask", "masks", "msk", "label", "labels", "labelstr", "labelsts", "annotation", "annotations", "anno", "annot",
    "seg", "segs", "segmentation", "segmentations", "segmentationclass", "segmentationobject", "gt", "groundtruth",
    "truth", "manual", "overlay", "outline", "outlines", "target", "targets", "roi", "rois", "bw", "nerve",
))  # fmt: skip
_IMAGE_WORDS = frozenset((
    "image", "images", "img", "imgs", "orig", "original", "raw", "us", "training", "frame", "input",
))  # fmt: skip
_TOKENS = re.compile(r"[a-z]+|[0-9]+")


def frames_among(names: Sequence[str]) -> tuple[set[str], tuple[str, ...]]:
    """Choose the pictures that are frames.

    Masks, in a folder of their own or beside their images under the same name with "mask" or the like, are none.

    Parameters
    ----------
    names : sequence of str
        With folders.

    Returns
    -------
    names : set of str
        The frames among them.
    notes : tuple of str
        Remarks for the user.

    Raises
    ------
    ClipError
        If they lie in several folders: each of these is a clip.
    """
    frames = [name for name in names if not _in_mask_folder(name)]
    if not frames:  # a folder of masks alone is shown as it is
        frames = list(names)
    folders: dict[str, list[str]] = defaultdict(list)
    for name in frames:
        folders[str(PurePosixPath(name.replace("\\", "/")).parent)].append(name)
    if len(folders) > 1:
        listed = ", ".join(
            f"{'the top' if folder == '.' else folder} ({len(folders[folder])})" for folder in list(folders)[:4]
        )
        raise ClipError(
            f"The pictures lie in {len(folders)} folders, and each is a clip of its own: {listed}.",
            "Choose the stills of one clip.",
        )
    chosen = _without_paired_masks(frames)
    masks = len(names) - len(chosen)
    if not masks:
        alone = all(_in_mask_folder(name) or _tokens(name) & _MASK_WORDS - {"nerve"} for name in names)
        return set(chosen), ("By their names these are masks and no images.",) if alone else ()
    return set(chosen), (
        f"This is a data set and not a clip: {masks} of its {len(names)} pictures are masks and were left out. "
        "Its images are displayed as stills; bring the masks in on the Annotations page, or with import-annotations.",
    )


def _in_mask_folder(name: str) -> bool:
    return any(part.casefold() in _MASK_WORDS for part in PurePosixPath(name.replace("\\", "/")).parts[:-1])


def _without_paired_masks(names: Sequence[str]) -> list[str]:
    """Leave out each picture whose name is another one's but for a word for masks, and a number behind it."""
    images = {_key(name) for name in names if not _tokens(name) & _MASK_WORDS}
    return [
        name
        for name in names
        if not (_tokens(name) & _MASK_WORDS and (_key(name) in images or _key(name)[:-1] in images - {()}))
    ]


def _tokens(name: str) -> set[str]:
    return set(_TOKENS.findall(PurePosixPath(name).stem.casefold()))


def _key(name: str) -> tuple[str, ...]:
    """Give what is left of a name without the words for masks and images."""
    return tuple(
        token
        for token in _TOKENS.findall(PurePosixPath(name).stem.casefold())
        if token not in _MASK_WORDS and token not in _IMAGE_WORDS
    )
