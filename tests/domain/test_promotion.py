from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.promotion import TOLERANCE, Gate, PersonGain, Role
from nerveapp.domain.view import SITES, Nerve, Site, View

DICE = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


def gate(*pairs: tuple[float, float]) -> Gate:
    people = tuple(PersonGain(f"P{number}", 3, old, new) for number, (old, new) in enumerate(pairs))
    return Gate("old", "new", people)


@pytest.mark.parametrize(
    ("pairs", "passed"),
    [
        ([(0.8, 0.9)], True),
        ([(0.8, 0.8), (0.7, 0.7)], True),
        ([(0.8, 0.795), (0.7, 0.71)], True),
        ([(0.8, 0.795), (0.7, 0.704)], False),
        ([(0.8, 0.78), (0.7, 0.95)], False),
        ([(0.8, 0.795)], False),
        ([(0.8, float("nan"))], False),
        ([], False),
    ],
    ids=[
        "better",
        "the same",
        "within tolerance for one, better on average",
        "within tolerance for one, worse on average",
        "much better on average, but worse for one",
        "a little worse",
        "not measured",
        "judged on nobody",
    ],
)
def test_a_model_passes_that_is_worse_for_nobody_and_not_on_average(
    pairs: list[tuple[float, float]], passed: bool
) -> None:
    assert gate(*pairs).passed is passed


def test_those_it_is_worse_for_are_named() -> None:
    judged = gate((0.8, 0.9), (0.8, 0.7), (0.8, 0.795), (0.5, 0.48))
    assert [one.person for one in judged.worse_for] == ["P1", "P3"]


@given(st.lists(st.tuples(DICE, DICE), min_size=1, max_size=6))
def test_who_passes_harms_nobody_by_more_than_the_tolerance(pairs: list[tuple[float, float]]) -> None:
    judged = gate(*pairs)
    harmed = [person for person in judged.people if person.old_dice - person.new_dice > TOLERANCE + 1e-9]
    if judged.passed:
        assert not harmed
    assert set(harmed) <= set(judged.worse_for)
    assert gate(*((old, max(old, new)) for old, new in pairs)).passed, "no figure but a lower one stands in the way"


def test_a_model_that_knows_the_people_it_is_judged_on_does_not_pass() -> None:
    better = gate((0.7, 0.9))
    assert not replace(better, seen_by_new=("P0",)).passed
    assert replace(better, seen_by_old=("P0",)).passed, "that flatters the old one alone"


def test_every_view_has_a_role_and_every_role_a_shipped_model() -> None:
    assert {Role.of(View(nerve, site)) for nerve, sites in SITES.items() for site in sites} == set(Role)
    assert Role.of(View(Nerve.MEDIAN, Site.WRIST)) is Role.MEDIAN_WRIST
    for view in (View(Nerve.MEDIAN, Site.FOREARM), View(Nerve.ULNAR, Site.WRIST)):
        assert Role.of(view) is Role.OTHER_NERVES
    assert [role.shipped for role in Role] == list(RECIPES)
    assert len({role.words for role in Role}) == len(Role)
