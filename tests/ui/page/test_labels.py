from hypothesis import given
from hypothesis import strategies as st

from nerveapp.ui.page.labels import labels_apart, person_in_words


def test_labels_that_are_alike_are_numbered() -> None:
    assert labels_apart([3, 1, 2], lambda _: "IM_0001.dcm") == {
        3: "IM_0001.dcm",
        1: "IM_0001.dcm (2)",
        2: "IM_0001.dcm (3)",
    }
    assert labels_apart(["b", "a"], str.upper) == {"b": "B", "a": "A"}


@given(st.lists(st.tuples(st.integers(), st.sampled_from(["x", "x (2)", "x (3)", "y"])), unique=True))
def test_no_two_labels_are_alike(options: list[tuple[int, str]]) -> None:
    given_labels = labels_apart(options, lambda one: one[1])
    assert list(given_labels) == options
    assert len(set(given_labels.values())) == len(options)


def test_a_persons_code_is_whole_and_a_hash_is_short() -> None:
    assert person_in_words("carpal-tunnel-study-2026-001") == "carpal-tunnel-study-2026-001"
    assert person_in_words("a" * 64) == "a" * 12
