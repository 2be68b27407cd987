"""Which of a clip's stills a name means: an outline belongs to the frame whose name it bears."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

PREFIXES = re.compile(r"^(?:mask|label|labels|seg|segmentation|gt)[_\-. ]|^[0-9a-f]{8}-")
"""What tools put before a still's name; Label Studio puts eight digits of a hash there."""

_SUFFIXES = re.compile(
    r"[_\-. ](?:masks?|labels?|labelids|seg|segmentation|gt|annotations?|nii|masken?|masques?|m[aá]scaras?|msk|lbl"
    r"|preds?|predictions?|bw|nerve|roi|manual|contours?|segmented|traced|掩膜|掩码|マスク)$"
    r"|_(?:jpe?g|png|bmp|tiff?)\.rf\.[0-9a-f]{8,}$"
)
"""What tools put behind it, Roboflow the suffix and a hash."""

_MOST_AFFIXES = 3
_WORDS = re.compile(r"[^\W_]+")

FOLDERS_OF_IMAGES = frozenset(["images", "image", "imgs", "img", "jpegimages", "pictures", "imagestr", "imagests"])
FOLDERS_OF_MASKS = frozenset([
    "mask", "masks", "label", "labels", "labelstr", "labelsts", "annotation", "annotations", "seg", "segs",
    "segmentation", "segmentations", "segmentationclass", "gt", "groundtruth", "truth",
])  # fmt: skip
SORTING_FOLDERS = (
    FOLDERS_OF_IMAGES | FOLDERS_OF_MASKS | {"train", "training", "val", "valid", "validation", "test", "testing"}
    | {"data", "json", "frames", "rois", "..", ".", "/", "c:"}
)  # fmt: skip


_OF_ANY = SORTING_FOLDERS | {
    "frame", "nerve", "roi", "outline", "outlines", "contour", "contours", "instance", "binary", "final", "export",
    "img", "slice", "task", "default", "result", "results", "pred", "prediction", "predictions", "us", "ultrasound",
}  # fmt: skip
"""Words in names of pictures and folders that are alike for all clips."""


class StillNames:
    """The names of a clip's stills, ready to be looked up.

    Parameters
    ----------
    names : sequence of str
        In the order of the frames, in a ZIP with their folders.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._paths = [_plain(name) for name in names]
        self._whole: dict[str, list[int]] = {}
        self._bases: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        for frame, path in enumerate(self._paths):
            inside = PurePosixPath(path)
            for table, key in ((self._whole, path), (self._bases, inside.name), (self._stems, inside.stem)):
                table.setdefault(key, []).append(frame)

    def frames_of(self, name: str) -> tuple[int, ...]:
        """Look a name up: as a whole, then without its folders, then without its suffix and what tools add to it.

        Capitals and small letters are the same. Of several stills in different folders those count that share the most
        folders with the name.

        Parameters
        ----------
        name : str
            Of a picture, a mask or a file of outlines.

        Returns
        -------
        tuple of int
            The frames it may mean: one where it is plain, none where it is the name of no still.
        """
        path = _plain(name)
        for table, key in self._lookups(path):
            if found := table.get(key):
                return self._nearest(path, found)
        return ()

    def _lookups(self, path: str) -> Iterator[tuple[dict[str, list[int]], str]]:
        base, stem = PurePosixPath(path).name, PurePosixPath(path).stem
        yield self._whole, path
        for key in (base, stem, *without_affixes(stem)):
            yield self._bases, key
            yield self._stems, key

    def _nearest(self, path: str, frames: Sequence[int]) -> tuple[int, ...]:
        folders = set(PurePosixPath(path).parts[:-1])
        shared = [len(folders & set(PurePosixPath(self._paths[frame]).parts[:-1])) for frame in frames]
        return tuple(frame for frame, count in zip(frames, shared, strict=True) if count == max(shared))


def folders_of(name: str) -> tuple[str, ...]:
    """Give the folders of a name that may tell whose it is, in small letters."""
    return tuple(part for part in PurePosixPath(_plain(name)).parts[:-1] if part not in SORTING_FOLDERS)


def naming_words(name: str) -> tuple[str, ...]:
    """Give the words and numbers of a name that tell a clip from others: not those that tools put to any."""
    return tuple(one for one in _WORDS.findall(_plain(name)) if one not in _OF_ANY)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./").casefold()


def without_affixes(stem: str) -> Iterator[str]:
    """Give a small-lettered stem without one or more of what tools add to the names of pictures, such as "_mask"."""
    for _ in range(_MOST_AFFIXES):
        shorter = _SUFFIXES.sub("", PREFIXES.sub("", stem))
        if shorter == stem:
            return
        # Only one of the two may have been added.
        several = dict.fromkeys((_SUFFIXES.sub("", stem), PREFIXES.sub("", stem), shorter))
        yield from (one for one in several if one != stem)
        stem = shorter
