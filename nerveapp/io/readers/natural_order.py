"""The order in which people number files: "img2" comes before "img10"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, TypeVar

NaturalKey: TypeAlias = tuple[tuple[tuple[str, tuple[int, str], str], ...], str]

_Item = TypeVar("_Item")

_DIGITS = re.compile(r"([0-9]+)")
_WITH_FRACTION = re.compile(r"(?<![0-9.,])([0-9]+)[.,]([0-9]+)(?![.,]?[0-9])")
_DIGITS_AND_FRACTION = re.compile(r"((?<![0-9.,])[0-9]+[.,][0-9]+(?![.,]?[0-9])|[0-9]+)")
_SEVERAL = re.compile(r"[0-9][.,][0-9]+[.,][0-9]")
_LEAST_IN_A_ROW, _GAPS, _LONGEST_COUNT = 3, 1.5, 6
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]*$", re.IGNORECASE)


def in_natural_order(items: Iterable[_Item], name: Callable[[_Item], str]) -> list[_Item]:
    """Sort by names: runs of digits by their value, numbers with a decimal point too, the rest without regard to case.

    A point or comma between digits is a decimal one ("0.25" before "0.5") if the digits behind it differ in number and
    none but a mere 0 ends in 0, or if others have a bare number in its place ("1s" before "1.5s"). Otherwise, and where
    the digits behind it count on ("1.9" before "1.11"), both are counted.

    Examples
    --------
    >>> in_natural_order(["img10.png", "img2.png"], str)
    ['img2.png', 'img10.png']
    >>> in_natural_order(["t0.5.png", "t0.25.png"], str)
    ['t0.25.png', 't0.5.png']
    """
    listed = list(items)
    decimal = _means_decimals([name(item) for item in listed])
    return sorted(listed, key=lambda item: natural_key(name(item), decimal=decimal))


def _means_decimals(names: Sequence[str]) -> bool:
    stems = [_SUFFIX.sub("", _plain(name)) for name in names]
    numbers = [number for stem in stems for number in _WITH_FRACTION.findall(stem)]
    fractions = {fraction for _, fraction in numbers}
    if any(one.endswith("0") and one.strip("0") for one in fractions) or _count_on(numbers):
        return False
    with_fraction = {_WITH_FRACTION.sub("#", stem) for stem in stems if _WITH_FRACTION.search(stem)}
    bare = {_DIGITS.sub("#", stem) for stem in stems if not _SEVERAL.search(stem) and not _WITH_FRACTION.search(stem)}
    mixed = bool(with_fraction & bare) and not any(_SEVERAL.search(stem) for stem in stems)
    return mixed or len({len(fraction) for fraction in fractions}) > 1


def _count_on(numbers: Sequence[tuple[str, str]]) -> bool:
    """Whether the digits behind the points are whole numbers in a row, with a few missing at most."""
    behind: dict[str, set[int]] = {}
    for whole, fraction in numbers:
        if fraction.startswith("0") or len(fraction) > _LONGEST_COUNT:
            return False
        behind.setdefault(whole, set()).add(int(fraction))
    rows = [counts for counts in behind.values() if len(counts) >= _LEAST_IN_A_ROW]
    return bool(rows) and all(max(counts) - min(counts) + 1 <= _GAPS * len(counts) for counts in rows)


def natural_key(name: str, *, decimal: bool = False) -> NaturalKey:
    """Return a sort key of one name; two different names never have the same key.

    Parameters
    ----------
    name : str
    decimal : bool
        Whether a point between digits is a decimal point.
    """
    # Without its suffix: "img.png" comes before "img (1).png".
    stem = _SUFFIX.sub("", _plain(name))
    parts = (_DIGITS_AND_FRACTION if decimal else _DIGITS).split(stem)
    key = tuple((text, *_value(number)) for text, number in zip(parts[::2], [*parts[1::2], ""], strict=True))
    return key, name


def _plain(name: str) -> str:
    # macOS writes an accent beside its letter, other systems both in one.
    return unicodedata.normalize("NFC", name).casefold()


def _value(number: str) -> tuple[tuple[int, str], str]:
    # Digits are compared as (length, digits) without leading zeros: int() refuses very long runs.
    whole, _, fraction = number.replace(",", ".").partition(".")
    digits = whole.lstrip("0")
    return (len(digits), digits), fraction.rstrip("0")
