import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.resampling import group_bootstrap_interval
from nerveapp.analysis.splits import group_folds


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
