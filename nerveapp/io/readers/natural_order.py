"""The order in which people number files: "img2" comes before "img10"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeVar

NaturalKey: TypeAlias = tuple[tuple[tuple[str, tuple[int, str], str], ...], str]

_Item = TypeVar("_Item")

_DIGITS = re.compile(r"([0-9]+)")
_WITH_FRACTION = re.compile(r"(?<![0-9.,])([0-9]+)[.,]([0-9]+)(?![.,]?[0-9])")
_DIGITS_AND_FRACTION = re.compile(r"((?<![0-9.,])[0-9]+[.,][0-9]+(?![.,]?[0-9])|[0-9]+)")
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]*$", re.IGNORECASE)


def in_natural_order(items: Iterable[_Item], name: Callable[[_Item], str]) -> list[_Item]:
    """Sort by names: runs of digits by their value, numbers with a decimal point too, the rest without regard to case.

    A point or comma between digits is a decimal one ("0.25" before "0.5") if the digits behind it differ in number and
    none but a mere 0 ends in 0; otherwise both are counted ("1.9" before "1.10").

    Examples
    --------
    >>> in_natural_order(["img10.png", "img2.png"], str)
    ['img2.png', 'img10.png']
    >>> in_natural_order(["t0.5.png", "t0.25.png"], str)
    ['t0.25.png', 't0.5.png']
    """
    listed = list(items)
    fractions = {fraction for item in listed for _, fraction in _WITH_FRACTION.findall(name(item))}
    decimal = len({len(fraction) for fraction in fractions}) > 1 and not any(
        one.endswith("0") and one.strip("0") for one in fractions
    )
    return sorted(listed, key=lambda item: natural_key(name(item), decimal=decimal))


def natural_key(name: str, *, decimal: bool = False) -> NaturalKey:
    """Return a sort key of one name; two different names never have the same key.

    Parameters
    ----------
    name : str
    decimal : bool
        Whether a point between digits is a decimal point.
    """
    # Without its suffix: "img.png" comes before "img (1).png".
    stem = _SUFFIX.sub("", name.casefold())
    parts = (_DIGITS_AND_FRACTION if decimal else _DIGITS).split(stem)
    key = tuple((text, *_value(number)) for text, number in zip(parts[::2], [*parts[1::2], ""], strict=True))
    return key, name


def _value(number: str) -> tuple[tuple[int, str], str]:
    # Digits are compared as (length, digits) without leading zeros: int() refuses very long runs.
    whole, _, fraction = number.replace(",", ".").partition(".")
    digits = whole.lstrip("0")
    return (len(digits), digits), fraction.rstrip("0")
