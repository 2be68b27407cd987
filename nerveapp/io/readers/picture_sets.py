"""What a set of pictures is: the stills of one clip, those of several, or a data set of images with their masks."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from nerveapp.domain.view_name import NERVES_BY_WORD
from nerveapp.errors import ClipError

_MASK_WORDS = frozenset((
    "mask", "masks", "msk", "label", "labels", "labelstr", "labelsts", "annotation", "annotations", "anno", "annot",
    "seg", "segs", "segmentation", "segmentations", "segmentationclass", "segmentationobject", "gt", "groundtruth",
    "truth", "manual", "overlay", "outline", "outlines", "target", "targets", "roi", "rois", "bw", "nerve",
    "pred", "preds", "prediction", "predictions", "result", "binary", "contour", "contours", "annotated", "labelled",
    "labeled", "lbl", "heatmap", "prob", "probability", "instance", "instances", "labelids", "segmented", "traced",
    "nervemask", "maske", "masken", "masque", "masques", "máscara", "máscaras", "mascara", "掩膜", "掩码", "マスク",
))  # fmt: skip
_IMAGE_WORDS = frozenset((
    "image", "images", "img", "imgs", "orig", "original", "raw", "us", "training", "frame", "input",
))  # fmt: skip
_TOKENS = re.compile(r"[^\W\d_]+|[0-9]+")
_FOLDER_WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
_OF_MASKS = frozenset(
    ("mask", "masks", "maske", "masken", "segmentation", "segmentations", "annotations", "labels", "gt")
)
_SUFFIX = re.compile(r"\.(?:png|jpe?g|bmp|tiff?|webp|jp2|pgm|ppm|pnm|dib|gif)$", re.IGNORECASE)
_MOST_WORDS = 3
_TOLD = (
    frozenset(("left", "right", "links", "rechts", "gauche", "droite", "wrist", "elbow", "forearm"))
    | NERVES_BY_WORD.keys()
)
"""Words that tell one series from another: such pictures are told and not refused."""
_COPY = re.compile(r"(?: \(\d+\)|(?: -)? ?(?:copy|kopie|copie)(?: ?\(?\d+\)?)?)$")
"""What file managers put behind the name of a copy; browsers name other pictures so, too."""
_DIGITS = re.compile(r"[0-9][0-9.,]*")
_FEWEST = 2
_SHOWN = 4


def frames_among(
    names: Sequence[str], alike: Callable[[str, str], bool] = lambda *_: False
) -> tuple[set[str], tuple[str, ...]]:
    """Choose the pictures that are frames.

    Masks, in a folder of their own or beside their images under the same name with "mask" or the like, are none; nor
    are copies of a picture beside it.

    Parameters
    ----------
    names : sequence of str
        With folders.
    alike : callable, optional
        Tells of two names whether the files are the same; asked where one is named as a copy of the other.

    Returns
    -------
    names : set of str
        The frames among them.
    notes : tuple of str
        Remarks for the user.

    Raises
    ------
    ClipError
        If they lie in several folders, each of which is a clip, or each of them is there twice.
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
    copies = {name for name in chosen if _is_copy(name, chosen, alike)}
    chosen = [name for name in chosen if name not in copies]
    _check_not_twice(chosen)
    notes = _series_notes(chosen)
    if copies:
        notes = (f"Copies of pictures beside them were left out: {len(copies)}, such as {min(copies)}.", *notes)
    if masks:
        data_set = (
            f"This is a data set and not a clip: {masks} of its {len(names)} pictures are masks and were left out. "
            "Its images are displayed as stills; bring the masks in on the Annotations page, or with "
            "import-annotations."
        )
        return set(chosen), (data_set, *notes)
    if all(_in_mask_folder(name) or _tokens(name) & _MASK_WORDS - {"nerve"} for name in names):
        notes = ("By their names these are masks and no images.", *notes)
    return set(chosen), notes


def _is_copy(name: str, names: Sequence[str], alike: Callable[[str, str], bool]) -> bool:
    """Whether a picture is the copy that a file manager made of another one."""
    bare = _COPY.sub("", _stem(name))
    return bare != _stem(name) and any(_stem(other) == bare and alike(name, other) for other in names)


def _check_not_twice(names: Sequence[str]) -> None:
    """Refuse pictures that have one name but for their kind, or of which each is there with a word added as well."""
    stems: dict[str, str] = {}
    for name in names:
        if (first := stems.setdefault(_SUFFIX.sub("", name).casefold(), name)) != name:
            raise ClipError(
                f"{first} and {name} have one name: it cannot be told which of them is the frame.",
                "Choose the pictures of one kind.",
            )
    words = {tuple(_TOKENS.findall(_stem(name))): name for name in names}
    added: dict[str, set[str]] = defaultdict(set)
    for tokens, name in words.items():
        for word, other in _without_words(tokens, words):
            added[other].add(word)
            added.setdefault(name, set()).add("")
    whole = [found for found in added.values() if "" not in found]
    if len(whole) >= _FEWEST and len(added) == len(words) and all(found == whole[0] for found in whole):
        word = min(whole[0])
        first = next(other for other, found in added.items() if "" not in found)
        raise ClipError(
            f'Each picture is there {"twice" if len(whole[0]) == 1 else "several times"}, once with "{word}" in its '
            f"name, such as {first}.",
            "Choose the stills of one clip, without what was made of them.",
        )


def _without_words(tokens: tuple[str, ...], names: Mapping[tuple[str, ...], str]) -> Iterator[tuple[str, str]]:
    """Yield the words in a name without which it would be another picture's."""
    for at in range(len(tokens)):
        for end in range(at + 1, min(at + _MOST_WORDS, len(tokens)) + 1):
            other = names.get(tokens[:at] + tokens[end:])
            word = tokens[at:end]
            if other is not None and all(map(str.isalpha, word)) and len("".join(word)) > 1 and _TOLD.isdisjoint(word):
                yield " ".join(word), other


def _series_notes(names: Sequence[str]) -> tuple[str, ...]:
    """Remark where what stands before the numbers tells several series, or pictures that are of none."""
    called = [_DIGITS.sub("#", _stem(name)) for name in names]  # times in names count on as well as numbers do
    series = Counter(one for one in called if "#" in one)
    rows = [one for one, count in series.items() if count >= _FEWEST]
    if len(rows) > 1:
        listed = ", ".join(f"{one} ({series[one]})" for one in rows[:_SHOWN])
        return (f"By their names the pictures are of several series: {listed}. They are displayed one after another.",)
    odd = [name for name, one in zip(names, called, strict=True) if one not in rows]
    if rows and odd and 2 * len(odd) < len(names):
        return (f"Pictures that are named otherwise than the others: {len(odd)}, such as {odd[0]}.",)
    return ()


def _stem(name: str) -> str:
    base = PurePosixPath(name.replace("\\", "/")).name
    return _SUFFIX.sub("", unicodedata.normalize("NFC", base)).casefold()


def _in_mask_folder(name: str) -> bool:
    folders = PurePosixPath(name.replace("\\", "/")).parts[:-1]
    return any(
        part.casefold() in _MASK_WORDS or not _OF_MASKS.isdisjoint(map(str.casefold, _FOLDER_WORDS.findall(part)))
        for part in folders
    )


def _without_paired_masks(names: Sequence[str]) -> list[str]:
    """Leave out each picture whose name is another one's but for a word for masks, and a number behind it."""
    images = {_key(name) for name in names if not _tokens(name) & _MASK_WORDS}
    return [
        name
        for name in names
        if not (_tokens(name) & _MASK_WORDS and (_key(name) in images or _key(name)[:-1] in images - {()}))
    ]


def _tokens(name: str) -> set[str]:
    return set(_TOKENS.findall(_stem(name)))


def _key(name: str) -> tuple[str, ...]:
    """Give what is left of a name without the words for masks and images."""
    return tuple(
        token for token in _TOKENS.findall(_stem(name)) if token not in _MASK_WORDS and token not in _IMAGE_WORDS
    )
