from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nerveapp.io.readers.natural_order import natural_key


@given(st.lists(st.integers(min_value=0, max_value=10**9), unique=True))
def test_numbers_are_ordered_by_value(numbers: list[int]) -> None:
    names = [f"img{n}.png" for n in numbers]
    assert sorted(names, key=natural_key) == [f"img{n}.png" for n in sorted(numbers)]


@given(st.lists(st.text()))
def test_any_names_have_one_order(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=natural_key) == sorted(backwards, key=natural_key)


def test_case_and_leading_zeros() -> None:
    assert sorted(["b1", "A10", "a002", "a1"], key=natural_key) == ["a1", "a002", "A10", "b1"]
