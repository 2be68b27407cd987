"""What the labels of outlines mean: the nerve of the clip, another nerve, or another structure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.view import Nerve, Side
from nerveapp.domain.view_name import NERVES_BY_WORD
from nerveapp.errors import AnnotationError

_ITEMS = re.compile(r"[\n\r\t,;:\"'\[\]{}<>|]")
"""What parts the cells of a table and the strings of JSON, XML and YAML."""
_LETTERS = re.compile(r"[^\W\d_]+")
_SIDES = {"left": Side.LEFT, "links": Side.LEFT, "right": Side.RIGHT, "rechts": Side.RIGHT}
_OF_PARTS = frozenset({"part", "parts", "roi", "rois", "piece", "polygon", "freehand", "oval", "traced", "fascicle"})
_NERVE = frozenset({"nerve", "nerves", "nervus", "nerv", "n"})
_ABBREVIATED = re.compile(r"[avm][. _]+[^\W\d_]{4,}")
"""Artery, vein or muscle before a Latin name: a. ulnaris. Programs give ROIs names like A3-V2, which mean nothing."""

_VESSEL_WORDS = (
    "artery arteries vein veins vessel vessels arteria arterias arteriae arterie arterien artère artères artere "
    "arteres vena venas venae vene venen veine veines gefäss gefässe gefaess gefaesse vaisseau vaisseaux "
    "vaso vasos vasi 動脈 动脉 静脈 静脉 血管"
)
_OTHER_WORDS = (
    "tendon tendons muscle muscles bone bones fascia ligament ligaments retinaculum skin fat background cyst cysts "
    "scale scalebar ruler text sheath tumour tumor neuroma ganglion sehne sehnen tendine tendini tendones muskel "
    "muskeln musculus músculo muscolo knochen hueso osso haut fett faszie 腱 肌肉 筋 骨"
)
_VESSELS = frozenset(_VESSEL_WORDS.split())
_OTHER_STRUCTURES = _VESSELS.union(_OTHER_WORDS.split())
"""What is traced beside nerves, also in the languages of those who sent clips."""
_OF_ANY_TEXT = frozenset({"background", "scale", "scalebar", "ruler", "text", "skin", "fat"})

_NEGATIONS = frozenset({"no", "not", "non", "without", "kein", "keine", "ohne", "sans"})


def words_of(label: str) -> list[str]:
    """Give the words of a label in small letters, without numbers and signs."""
    return _LETTERS.findall(unicodedata.normalize("NFC", label).casefold())


def is_nerve(label: str, clip: ClipRecord) -> bool:
    """Tell whether a label means the nerve of this clip: "nerve", or its name with or without the word.

    A number and a side in it tell which part or which arm: the nerve is the one of the clip in any case.
    """
    words = [word for word in words_of(label) if word not in _SIDES]
    names = [word for word in words if word not in _NERVE]
    if not names:
        return any(word != "n" for word in words)
    if len(names) > 1:
        return False
    named = NERVES_BY_WORD.get(names[0])
    # Where nobody said which nerve it is, any is.
    return named is not None and clip.view.nerve in (named, Nerve.UNKNOWN)


def names_a_nerve(label: str) -> bool:
    """Tell whether a label names a nerve, whichever, and nothing that is traced beside nerves."""
    words = set(words_of(label))
    named = not words.isdisjoint(_NERVE - {"n"} | NERVES_BY_WORD.keys())
    return named and words.isdisjoint(_OTHER_STRUCTURES | _NEGATIONS)


def names_a_vessel(label: str) -> bool:
    """Tell whether a label names a vessel."""
    return not _VESSELS.isdisjoint(words_of(label))


def lists_other_structures(text: str) -> bool:
    """Tell whether a text of any kind lists what is traced, one thing that is no nerve at least: by a name alone.

    "Published in Muscle & Nerve" lists nothing; "artery" in a line, or beside "nerve" in quotation marks, does.
    """
    structures = _OTHER_STRUCTURES - _OF_ANY_TEXT
    traced = structures | _NERVE - {"n"} | NERVES_BY_WORD.keys()
    names = [words for item in _ITEMS.split(text) if (words := words_of(item)) and traced.issuperset(words)]
    others = [words for words in names if not structures.isdisjoint(words)]
    alone = any(structures.issuperset(words) for line in text.splitlines() if (words := words_of(line)))
    return alone or (bool(others) and len(names) > 1)


def nerves_named(labels: Iterable[str]) -> set[Nerve]:
    """Give the nerves that labels name."""
    return set[Nerve]().union(*(_named(words_of(label)) for label in labels))


def is_other_structure(label: str, clip: ClipRecord) -> bool:
    """Tell whether a label that may be anything, as of a ROI, says that it is something else than the clip's nerve."""
    words = words_of(label)
    return (
        not (_OTHER_STRUCTURES | _NEGATIONS).isdisjoint(words)
        or _ABBREVIATED.match(label.casefold()) is not None
        or _names_another_nerve(words, clip)
    )


def part_of(label: str, clip: ClipRecord) -> str:
    """Give what labels of parts of one thing have in common: not numbers, single letters and sides; perhaps ""."""
    if is_nerve(label, clip):
        return "nerve"
    return " ".join(one for one in words_of(label) if len(one) > 1 and one not in _SIDES.keys() | _OF_PARTS)


def names_other_structure(name: str, clip: ClipRecord, clip_name: str) -> bool:
    """Tell whether a file, or a folder it lies in, is called after another nerve or something traced beside nerves.

    What the clip or one of its stills is called itself says nothing of that.
    """
    words = set(words_of(name)).difference(words_of(clip_name), *map(words_of, clip.names))
    return not _OTHER_STRUCTURES.isdisjoint(words) or _names_another_nerve(words, clip)


def check_structure(name: str, clip: ClipRecord, clip_name: str) -> None:
    """Refuse a file that is called after another structure than the clip's nerve; raises AnnotationError."""
    if names_other_structure(name, clip, clip_name):
        whose = "the nerve" if clip.view.nerve is Nerve.UNKNOWN else f"the {clip.view.nerve} nerve"
        raise AnnotationError(
            f"{name} is called after another structure than {whose}.",
            "Call it otherwise if the nerve is what is outlined there.",
        )


def check_one_nerve(labels: Iterable[str], clip: ClipRecord) -> None:
    """Refuse labels of several nerves for a clip of which nobody said what it shows: they would be one outline.

    Raises
    ------
    AnnotationError
    """
    named = nerves_named(labels)
    if clip.view.nerve is Nerve.UNKNOWN and len(named) > 1:
        raise AnnotationError(
            f"The outlines are of several nerves: {', '.join(sorted(named))}.",
            "Say first which nerve the clip shows, on Analyse or by --nerve.",
        )


def of_both_sides(labels: Iterable[str]) -> bool:
    """Whether labels of one frame name both sides: a picture shows one, and they are no parts of one nerve."""
    return len({_SIDES[word] for label in labels for word in words_of(label) if word in _SIDES}) > 1


def unknown_label(label: object, where: str, clip: ClipRecord) -> str:
    """Say that a label is not known."""
    own = "a nerve's name" if clip.view.nerve is Nerve.UNKNOWN else f"'{clip.view.nerve}'"
    return f"{where}: the label {str(label)[:60]!r} is unknown; 'nerve' or {own} is taken."


def _named(words: Iterable[str]) -> set[Nerve]:
    return {NERVES_BY_WORD[word] for word in words if word in NERVES_BY_WORD}


def _names_another_nerve(words: Iterable[str], clip: ClipRecord) -> bool:
    """Whether words name a nerve, and none of those they name is the clip's, as far as that is known."""
    named = _named(words)
    return bool(named) and clip.view.nerve is not Nerve.UNKNOWN and clip.view.nerve not in named
