from dataclasses import dataclass, field

import pytest

from nerveapp.errors import StoreError
from nerveapp.ui.page.session_end import SessionEnds


@dataclass
class Visitors:
    """Who is connected, what time it is, and what was ended."""

    here: set[str] = field(default_factory=set)
    time_s: float = 0.0
    ended: list[str] = field(default_factory=list)


@pytest.fixture
def visitors() -> Visitors:
    return Visitors({"anna", "ben"})


@pytest.fixture
def ends(visitors: Visitors) -> SessionEnds:
    made = SessionEnds(lambda session: session in visitors.here, patience_s=30, now=lambda: visitors.time_s)
    for who in ("anna", "ben"):
        made.at_end(who, "clip", lambda who=who: visitors.ended.append(who))  # type: ignore[misc]
    return made


def at(visitors: Visitors, ends: SessionEnds, time_s: float) -> list[str]:
    visitors.time_s = time_s
    ends.look()
    return visitors.ended


def test_a_closed_session_is_ended_once_and_others_are_left(visitors: Visitors, ends: SessionEnds) -> None:
    visitors.here.remove("anna")
    assert at(visitors, ends, 10) == []
    assert at(visitors, ends, 39) == []
    assert at(visitors, ends, 40) == ["anna"]
    assert at(visitors, ends, 400) == ["anna"]


def test_who_comes_back_in_time_finds_everything(visitors: Visitors, ends: SessionEnds) -> None:
    visitors.here.remove("anna")
    assert at(visitors, ends, 0) == []
    visitors.here.add("anna")
    assert at(visitors, ends, 100) == []
    visitors.here.remove("anna")
    assert at(visitors, ends, 110) == []  # waited for anew
    assert at(visitors, ends, 140) == ["anna"]


def test_what_comes_later_is_ended_in_place_of_what_was_before(visitors: Visitors, ends: SessionEnds) -> None:
    ends.at_end("anna", "clip", lambda: visitors.ended.append("anna's second"))
    visitors.here.clear()
    at(visitors, ends, 0)
    assert sorted(at(visitors, ends, 30)) == ["anna's second", "ben"]


def test_what_cannot_be_ended_now_stops_nothing_else_and_is_tried_again(visitors: Visitors, ends: SessionEnds) -> None:
    tries = []

    def busy() -> None:
        tries.append(visitors.time_s)
        if len(tries) < 3:
            raise StoreError("The database is busy.", "Try again.")

    ends.at_end("anna", "analysis", busy)
    ends.at_end("anna", "folder", lambda: visitors.ended.append("folder"))
    visitors.here.clear()
    at(visitors, ends, 0)
    assert sorted(at(visitors, ends, 30)) == ["anna", "ben", "folder"]
    for time_s in (32, 34, 36):
        assert sorted(at(visitors, ends, time_s)) == ["anna", "ben", "folder"]
    assert tries == [30, 32, 34]


def test_what_two_sessions_hold_is_held_until_the_last_one_is_over(visitors: Visitors, ends: SessionEnds) -> None:
    holders = []
    for who in ("anna", "ben"):
        ends.at_end(who, "clip", lambda: holders.append(ends.holders("clip")))
    visitors.here.remove("anna")
    at(visitors, ends, 0)
    at(visitors, ends, 30)
    visitors.here.clear()
    at(visitors, ends, 40)
    at(visitors, ends, 70)
    assert holders == [2, 1]
    assert ends.holders("clip") == 0


def test_what_breaks_down_stands_in_nobody_elses_way(visitors: Visitors, ends: SessionEnds) -> None:
    def broken() -> None:
        raise KeyError("unforeseen")

    ends.at_end("anna", "clip", broken)
    ends.at_end("anna", "folder", lambda: visitors.ended.append("folder"))
    visitors.here.clear()
    at(visitors, ends, 0)
    with pytest.raises(KeyError):
        at(visitors, ends, 30)
    assert sorted(at(visitors, ends, 32)) == ["ben", "folder"]
