"""What labels mean: the nerve of the clip and nothing else."""

from dataclasses import replace

import pytest

from nerveapp.domain.view import Nerve, View
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.labels import check_one_nerve, is_nerve, is_other_structure, of_both_sides
from tests.io.annotation_files.samples import CLIP

ANY = replace(CLIP, view=View())
ULNAR = replace(CLIP, view=View(Nerve.ULNAR))


@pytest.mark.parametrize(
    "label", ["nerve", "Nerves 2", "median", "Median_nerve_left", "N. medianus", "nervus medianus", "right median 1"]
)
def test_names_of_the_nerve(label: str) -> None:
    assert is_nerve(label, CLIP)
    assert is_nerve(label, ANY)
    assert not is_other_structure(label, CLIP)


@pytest.mark.parametrize(
    "label",
    [
        *("ulnar nerve", "ulnar", "n. ulnaris", "no nerve", "not nerve", "artery next to nerve", "nerve sheath tumour"),
        *("A. ulnaris", "Sehne", "v. mediana", "kein Nerv", "ulnar artery"),
    ],
)
def test_names_of_something_else(label: str) -> None:
    assert not is_nerve(label, CLIP)
    assert is_other_structure(label, CLIP)


@pytest.mark.parametrize("label", ["0001-0030-0045", "roi 3", "traced", "R1", "", "M", "A3F1-V2B7"])
def test_what_says_nothing_is_nothing_else(label: str) -> None:
    assert not is_other_structure(label, CLIP)


def test_another_nerve_is_none_of_a_clip_of_which_nothing_is_known() -> None:
    assert is_nerve("ulnar nerve", ANY)
    assert not is_other_structure("ulnar nerve", ANY)
    assert is_nerve("n. ulnaris", ULNAR)
    assert not any(is_nerve(label, ANY) for label in ("unknown", "other", "unknown structure"))


def test_both_sides_are_no_parts_of_one_nerve() -> None:
    assert of_both_sides(["left median nerve", "median nerve rechts"])
    assert not of_both_sides(["left median nerve", "nerve links", "nerve 2"])


def test_several_nerves_are_not_made_one() -> None:
    with pytest.raises(AnnotationError, match="several nerves: median, ulnar"):
        check_one_nerve(["ulnar nerve", "median", "nerve"], ANY)
    check_one_nerve(["ulnar nerve", "median"], CLIP)
    check_one_nerve(["median nerve 1", "median left", "nerve"], ANY)
