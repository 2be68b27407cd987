"""How many may be live at a time."""

from types import SimpleNamespace
from typing import Any

import pytest

from nerveapp.errors import ClipError
from nerveapp.ui.live.live_sessions import MOST_AT_ONCE, LiveSessions


def session(*, over: bool = False) -> Any:
    return SimpleNamespace(over=over)


def test_one_that_is_still_opening_counts_too() -> None:
    sessions = LiveSessions()
    for _ in range(MOST_AT_ONCE - 1):
        sessions.begin(session)

    def opened() -> Any:
        with pytest.raises(ClipError, match="others are live"):
            sessions.begin(session)
        return session()

    sessions.begin(opened)


def test_one_that_could_not_be_opened_or_is_over_takes_nobodys_place() -> None:
    sessions = LiveSessions()

    def refused() -> Any:
        raise ClipError("It cannot be opened.", "Choose another.")

    for _ in range(MOST_AT_ONCE + 1):
        with pytest.raises(ClipError, match="cannot be opened"):
            sessions.begin(refused)
        sessions.begin(lambda: session(over=True))
