"""Labels of what is chosen from: no two alike, since Streamlit knows what was chosen by its label alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

_T = TypeVar("_T", bound=Hashable)

_HASH_LENGTH = 64


def labels_apart(options: Iterable[_T], label: Callable[[_T], str]) -> dict[_T, str]:
    """Give each option its label; a number tells those apart that would have the same.

    Parameters
    ----------
    options : iterable
        Each once, in their order.
    label : callable
        Gives an option's label.
    """
    times: Counter[str] = Counter()
    taken: set[str] = set()
    given: dict[_T, str] = {}
    for one in options:
        plainly = told = label(one)
        while told in taken:
            times[plainly] += 1
            told = f"{plainly} ({times[plainly] + 1})"
        taken.add(told)
        given[one] = told
    return given


def person_in_words(person: str) -> str:
    """Name a person: the code, or the beginning of the clip's hash that stands for one without a code."""
    return person[:12] if len(person) == _HASH_LENGTH else person
