import math
import random
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nerveapp.analysis.resampling import group_bootstrap_interval
from nerveapp.analysis.splits import LEAK_FRAMES, group_folds, leakage, split_images, split_leakage, time_blocks
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.labelled import LabelledImage

NOTHING = np.zeros((1, 1), np.uint8)
PLACES = st.lists(st.tuples(st.sampled_from(["x", "y", "z"]), st.integers(0, 25)), max_size=40)


def frame(person: str, clip: int, number: int) -> LabelledImage:
    """Frame of a clip; each clip is of one person."""
    name = f"{person}{clip}"
    return LabelledImage(f"{name}-{number}", person, NOTHING, NOTHING > 0, clip=name, frame=number)


FRAMES = st.lists(
    st.builds(frame, st.sampled_from("abcdefg"), st.integers(0, 1), st.integers(0, 25)),
    min_size=2,
    max_size=50,
    unique_by=lambda one: one.name,
)


def names(images: tuple[LabelledImage, ...]) -> set[str]:
    return {one.name for one in images}


@given(
    st.lists(st.sampled_from("abcdefghijklm"), min_size=20, max_size=80).filter(lambda g: len(set(g)) >= 5),
    st.integers(0, 5),
)
def test_no_group_is_ever_split(groups: list[str], seed: int) -> None:
    folds = group_folds(groups, folds=5, seed=seed)
    assert len(folds) == len(groups)
    for group in set(groups):
        assert len({fold for fold, of in zip(folds, groups, strict=True) if of == group}) == 1
    assert set(folds) == set(range(5))
    assert folds == group_folds(groups, folds=5, seed=seed)


def test_folds_are_of_like_size_and_depend_on_the_seed() -> None:
    groups = [f"p{i // 2}" for i in range(100)]
    folds = group_folds(groups, folds=5, seed=1)
    assert [folds.count(fold) for fold in range(5)] == [20] * 5
    assert folds != group_folds(groups, folds=5, seed=2)


def test_more_folds_than_groups_is_refused() -> None:
    with pytest.raises(ValueError, match="folds"):
        group_folds(["a", "a", "b"], folds=3, seed=0)


def test_interval_is_wider_when_people_differ_than_when_images_do() -> None:
    values = [0.8, 0.8, 0.8, 0.8, 0.9, 0.9, 0.9, 0.9]
    by_person = group_bootstrap_interval(values, ["a"] * 4 + ["b"] * 4)
    by_image = group_bootstrap_interval(values, list("abcdefgh"))
    assert by_person[0] == pytest.approx(0.8)
    assert by_person[1] == pytest.approx(0.9)
    assert by_image[1] - by_image[0] < 0.1
    assert by_image[0] < 0.85 < by_image[1]


@given(PLACES, st.integers(1, 6))
def test_blocks_of_a_clip_follow_one_another_and_are_of_like_length(places: list[tuple[str, int]], blocks: int) -> None:
    dealt = dict(zip(places, time_blocks(places, blocks=blocks), strict=True))
    for clip in {clip for clip, _ in places}:
        in_time = [dealt[place] for place in sorted(dealt) if place[0] == clip]
        assert in_time[0] == 0, "no clip is without a part that can be held out"
        assert all(earlier <= later for earlier, later in pairwise(in_time))
        sizes = [in_time.count(block) for block in range(blocks)]
        assert sum(sizes) == len(in_time)
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 2, 2]),
        ([40, 10, 30, 20, 0, 50], [2, 0, 1, 1, 0, 2]),
        ([7], [0]),
        ([900, 3], [1, 0]),
        ([3, 3, 3, 9, 12], [0, 0, 0, 1, 2]),
    ],
)
def test_blocks_count_the_frames_that_are_there(numbers: list[int], expected: list[int]) -> None:
    assert time_blocks([("x", number) for number in numbers], blocks=3) == expected


@given(FRAMES, st.sampled_from(SplitKind), st.integers(2, 5), st.integers(0, 3))
def test_nothing_is_on_both_sides_and_nobody_where_people_are_kept_apart(
    images: list[LabelledImage], kind: SplitKind, parts: int, seed: int
) -> None:
    assume(len({one.group for one in images}) >= parts)
    split = split_images(images, kind, parts=parts, held_out=0, seed=seed)
    assert split.held_out
    assert names(split.training).isdisjoint(names(split.held_out))
    people = {one.group for one in split.training}, {one.group for one in split.held_out}
    assert (split.training_people, split.held_out_people) == (len(people[0]), len(people[1]))
    assert split.same_people is not kind.by_person
    if kind.by_person:
        assert people[0].isdisjoint(people[1])
    if kind is not SplitKind.TIME_BLOCKS:
        assert names(split.training) | names(split.held_out) == names(tuple(images)), "no image is lost"


@given(FRAMES, st.sampled_from([kind for kind in SplitKind if kind.crosses]), st.integers(2, 5))
def test_over_all_parts_every_image_is_held_out_once(images: list[LabelledImage], kind: SplitKind, parts: int) -> None:
    people = len({one.group for one in images})
    assume(people >= parts)
    parts = people if kind is SplitKind.LEAVE_ONE_OUT else parts
    splits = [split_images(images, kind, parts=parts, held_out=part, seed=7) for part in range(parts)]
    assert Counter(one.name for split in splits for one in split.held_out) == Counter(one.name for one in images)
    if kind is SplitKind.LEAVE_ONE_OUT:
        assert [split.held_out_people for split in splits] == [1] * people


@given(FRAMES, st.sampled_from(SplitKind), st.randoms())
def test_a_split_does_not_depend_on_the_order_of_the_images(
    images: list[LabelledImage], kind: SplitKind, chance: random.Random
) -> None:
    """What is shown before a training, from the store, is what is done in it, from files."""
    assume(len({one.group for one in images}) >= 2)
    shuffled = list(images)
    chance.shuffle(shuffled)
    first, second = (split_images(one, kind, parts=2, held_out=1, seed=7) for one in (images, shuffled))
    assert names(first.held_out) == names(second.held_out)
    assert names(first.training) == names(second.training)


@given(FRAMES, st.integers(1, 6))
def test_beside_a_held_out_block_just_the_frames_that_would_leak_are_left_out(
    images: list[LabelledImage], parts: int
) -> None:
    split = split_images(images, SplitKind.TIME_BLOCKS, parts=parts, held_out=0, seed=7)
    assert split_leakage(split) == 0
    left_out = [one for one in images if one.name not in names(split.training) | names(split.held_out)]
    for one in left_out:
        assert any(one.clip == test.clip and abs(one.frame - test.frame) <= LEAK_FRAMES for test in split.held_out)


def test_at_random_a_fifth_of_the_frames_is_held_out_and_leaks() -> None:
    images = [frame("a", 0, number) for number in range(100)]
    split = split_images(images, SplitKind.FRAMES, parts=5, held_out=0, seed=7)
    assert (len(split.training), len(split.held_out)) == (80, 20)
    assert split_leakage(split) > 0.95
    other = split_images(images, SplitKind.FRAMES, parts=5, held_out=0, seed=8)
    assert names(other.held_out) != names(split.held_out)


def test_with_nothing_held_out_all_is_learnt_from() -> None:
    images = [frame("a", 0, 1), frame("b", 0, 1)]
    split = split_images(images, SplitKind.PEOPLE, parts=2, held_out=None, seed=7)
    assert (split.training, split.held_out) == (tuple(images), ())
    assert math.isnan(split_leakage(split))


@given(PLACES, PLACES.filter(bool))
def test_leakage_is_the_counted_share_of_test_frames_near_a_training_frame(
    training: list[tuple[str, int]], test: list[tuple[str, int]]
) -> None:
    near = [any(clip == other and abs(number - known) <= 2 for other, known in training) for clip, number in test]
    assert leakage(training, test) == pytest.approx(near.count(True) / len(test))


def test_a_still_is_near_none_but_itself() -> None:
    stills = [LabelledImage(name, name, NOTHING, NOTHING > 0) for name in ("s", "t")]
    assert leakage([stills[0].frame_key], [stills[1].frame_key]) == 0
    assert leakage([stills[0].frame_key], [stills[0].frame_key]) == 1
