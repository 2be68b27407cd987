import numpy as np
import pytest

from nerveapp.domain.experiments.split import Split, SplitKind
from nerveapp.domain.labelled import LabelledImage

NOTHING = np.zeros((1, 1), np.uint8)


def image(name: str, person: str) -> LabelledImage:
    return LabelledImage(name, person, NOTHING, NOTHING > 0)


def test_a_person_on_both_sides_is_refused_unless_it_is_said() -> None:
    sides = (image("a-1", "a"), image("b-1", "b")), (image("a-2", "a"),)
    with pytest.raises(ValueError, match=r"both sides, got \['a'\]"):
        Split(*sides)
    told = Split(*sides, same_people=True)
    assert (told.training_people, told.held_out_people) == (2, 1)


def test_one_person_with_several_images_is_one_person() -> None:
    split = Split((image("a-1", "a"), image("a-2", "a")), (image("b-1", "b"), image("c-1", "c"), image("c-2", "c")))
    assert (split.training_people, split.held_out_people) == (1, 2)


@pytest.mark.parametrize("kind", SplitKind)
def test_who_chooses_a_split_reads_whether_people_are_on_both_sides(kind: SplitKind) -> None:
    assert ("same people" in kind.words) is not kind.by_person
    assert kind.by_person or not kind.crosses, "what has the same people on both sides is not repeated for all parts"
