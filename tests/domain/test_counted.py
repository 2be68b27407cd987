import pytest

from nerveapp.domain.counted import counted


@pytest.mark.parametrize(
    ("number", "thing", "words"),
    [
        (0, "frame", "0 frames"),
        (1, "frame", "1 frame"),
        (2, "analysis", "2 analyses"),
        (1, "person", "1 person"),
        (3, "person", "3 people"),
        (2, "reader study", "2 reader studies"),
    ],
)
def test_a_number_with_its_noun(number: int, thing: str, words: str) -> None:
    assert counted(number, thing) == words
