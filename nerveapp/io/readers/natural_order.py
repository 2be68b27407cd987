"""The order in which people number files: "img2" comes before "img10"."""

from __future__ import annotations

import re
from typing import TypeAlias

NaturalKey: TypeAlias = tuple[tuple[tuple[str, int, str], ...], str]

_DIGITS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> NaturalKey:
    """Return a sort key that compares runs of digits by their value and the rest without regard to case.

    Two different names never have the same key.

    Examples
    --------
    >>> sorted(["img10.png", "img2.png"], key=natural_key)
    ['img2.png', 'img10.png']
    """
    pieces = _DIGITS.split(name.casefold())
    # Digits are compared as (length, digits) without leading zeros: int() refuses very long runs.
    key = tuple(
        (text, len(digits.lstrip("0")), digits.lstrip("0"))
        for text, digits in zip(pieces[::2], [*pieces[1::2], ""], strict=True)
    )
    return key, name
