"""The stand-in of workflow tests behaves as the registry does: what tests ask of the one holds for the other."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes import FakeAnnotationStore, FakeModelRegistry
from tests.io.store import test_registry

LOCKING: list[Callable[[Any, Any], None]] = [
    test_registry.test_locked_outlines_are_given_oldest_first_and_stay_so,
    test_registry.test_locking_one_twice_is_locking_it_once,
    test_registry.test_the_zone_of_the_clock_does_not_change_the_order,
    test_registry.test_of_an_outline_that_is_not_there_nothing_is_locked,
]
PROMOTING: list[Callable[[Any], None]] = [
    test_registry.test_promotions_come_back_as_they_were_and_in_their_order,
    test_registry.test_a_promotion_keeps_its_moment_in_any_zone,
]


@pytest.mark.parametrize("check", LOCKING, ids=lambda check: check.__name__.removeprefix("test_"))
def test_the_stand_in_locks_as_the_registry_does(check: Callable[[Any, Any], None]) -> None:
    annotations = FakeAnnotationStore()
    check(FakeModelRegistry(annotations), annotations)


@pytest.mark.parametrize("check", PROMOTING, ids=lambda check: check.__name__.removeprefix("test_"))
def test_the_stand_in_promotes_as_the_registry_does(check: Callable[[Any], None]) -> None:
    check(FakeModelRegistry())
