from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.io.readers.natural_order import in_natural_order, natural_key


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


@pytest.mark.parametrize(
    "ordered",
    [
        ["t0.25.png", "t0.5.png", "t1.0625.png"],  # decimals
        ["f1.9.png", "f1.10.png", "f1.11.png"],  # counted
        ["1.04.png", "1.08.png", "1.12.png"],
        ["s1.2.840.1.png", "s1.2.840.9.png", "s1.2.840.10.png"],  # identifiers
        ["2.png", "10.5.png", "10.25.1.png"],
        ["t0.0.png", "t0.25.png", "t0.5.png", "t0.75.png", "t1.0.png", "t1.25.png"],
        ["t0,1.png", "t0,15.png", "t0,2.png"],
        ["s1.7.png", "s1.8.png", "s1.9.png", "s1.11.png", "s1.12.png"],  # counted, one is missing
        ["f0.5s.png", "f1s.png", "f1.5s.png", "f2s.png", "f10s.png"],
        ["1.png", "1.5.png", "2.png", "2.5.png"],
        ["v1.png", "v1.1.png", "v1.9.png", "v1.10.png"],
        ["img.png", "img (1).png", "img (2).png", "img (10).png"],
    ],
)
def test_points_between_digits(ordered: list[str]) -> None:
    assert in_natural_order(reversed(ordered), str) == ordered
