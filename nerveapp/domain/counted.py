"""Numbers with their nouns."""

from __future__ import annotations

_PLURALS = {
    "analysis": "analyses",
    "other analysis": "other analyses",
    "person": "people",
    "reader study": "reader studies",
}


def counted(number: int, thing: str) -> str:
    """Give a number with its noun, such as "1 frame" or "3 people"."""
    return f"{number} {thing if number == 1 else _PLURALS.get(thing, thing + 's')}"
