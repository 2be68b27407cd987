from collections import Counter
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerveapp.analysis.sampling import at_most_each, every_kth, spread_by_difference

PLACES = st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 30)), max_size=40, unique=True)
POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=8)


def features(points: list[tuple[int, int]]) -> npt.NDArray[np.float32]:
    return np.asarray(points, np.float32).reshape(-1, 2)


@given(PLACES, st.integers(1, 7))
def test_of_each_clip_the_first_frame_and_every_kth_after_it_are_taken(places: list[tuple[str, int]], k: int) -> None:
    taken = every_kth(places, k)
    assert taken == sorted(set(taken))
    for clip in {clip for clip, _ in places}:
        in_time = sorted(number for of, number in places if of == clip)
        assert sorted(places[index][1] for index in taken if places[index][0] == clip) == in_time[::k]


def test_every_kth_counts_in_time_and_not_in_the_order_given() -> None:
    assert every_kth([("x", 30), ("x", 10), ("y", 5), ("x", 20)], 2) == [0, 1, 2]


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(0, 9), st.integers(0, 5))
def test_of_each_key_so_many_are_drawn_or_all_there_are(keys: list[str], count: int, seed: int) -> None:
    taken = at_most_each(keys, count, seed=seed)
    assert taken == sorted(set(taken))
    wanted = {key: min(count, there) for key, there in Counter(keys).items()}
    assert Counter(keys[index] for index in taken) == +Counter(wanted)
    assert taken == at_most_each(keys, count, seed=seed)


def test_each_image_has_a_chance_to_be_drawn() -> None:
    drawn = [index for seed in range(200) for index in at_most_each(["a"] * 10, 3, seed=seed)]
    assert set(drawn) == set(range(10))
    assert max(Counter(drawn).values()) < 2 * min(Counter(drawn).values())


def test_the_nearest_to_the_mean_is_taken_first_and_then_the_farthest() -> None:
    line = features([(0, 0), (1, 0), (4, 0), (5, 0), (15, 0)])
    assert [spread_by_difference(line, count) for count in range(1, 5)] == [[3], [3, 4], [0, 3, 4], [0, 1, 3, 4]]


@given(POINTS, st.integers(0, 9))
def test_as_many_are_taken_as_there_are_different_images(points: list[tuple[int, int]], count: int) -> None:
    taken = spread_by_difference(features(points), count)
    assert taken == sorted(set(taken))
    assert len(taken) == len({points[index] for index in taken}) == min(count, len(set(points)))


@settings(deadline=None)
@given(POINTS.filter(bool), st.integers(1, 4))
def test_no_choice_of_as_many_covers_the_images_twice_as_well(points: list[tuple[int, int]], count: int) -> None:
    """The bound that Gonzalez proved for this choice."""
    found = features(points)
    apart = np.sqrt(((found[:, None] - found[None]) ** 2).sum(axis=2))
    count = min(count, len(points))
    best = min(apart[list(chosen)].min(axis=0).max() for chosen in combinations(range(len(points)), count))
    assert apart[spread_by_difference(found, count)].min(axis=0).max() <= 2 * best + 1e-5


@pytest.mark.parametrize("level", [0, 255])
def test_equal_images_are_taken_once(level: int) -> None:
    assert spread_by_difference(np.full((6, 576), level, np.float32), 4) == [0]
