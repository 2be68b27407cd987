from dataclasses import replace

import numpy as np
import pytest

from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.labelled import LabelledImage
from nerveapp.errors import DataError
from nerveapp.workflows.studies.clicks import INSIDE, measure_clicks
from tests.fakes import FakeSegmenter
from tests.fakes.tracker import ClickedTracker

RECIPE = replace(RECIPES["peripheral-nerve"], folds=2)


def two_nerves(number: int) -> LabelledImage:
    """One image with two nerves: a bright one and one that does not show."""
    nerve, grey = np.zeros((60, 80), np.bool_), np.zeros((60, 80), np.uint8)
    nerve[10:20, 10:25] = nerve[40:50, 50:65] = True
    grey[10:20, 10:25] = 200
    return LabelledImage(f"image-{number}", f"person-{number}", grey, nerve)


IMAGES = [two_nerves(number) for number in range(4)]


def test_every_nerve_is_clicked_by_the_network_that_never_saw_the_person() -> None:
    asked: list[str] = []
    tracker = ClickedTracker()

    def load(name: str) -> FakeSegmenter:
        asked.append(name)
        return FakeSegmenter(tracker=tracker)

    names = ["peripheral-nerve-fold-1-close-up", "peripheral-nerve-fold-2-close-up"]
    found = measure_clicks(RECIPE, IMAGES, stored=names, load=load, versions=())
    assert asked == names
    assert len(found.nerves) == 2 * len(IMAGES)
    assert {nerve.group for fold in found.folds for nerve in fold.nerves} == {image.group for image in IMAGES}
    assert sorted(nerve.centre for nerve in found.nerves) == [0] * 4 + [1] * 4
    assert all(set(nerve.inside) == {nerve.centre} and len(nerve.inside) == INSIDE for nerve in found.nerves)
    assert all(nerve.chosen == (nerve.centre, nerve.centre) for nerve in found.nerves), "the best there is"
    nerve = IMAGES[0].nerve
    assert all(nerve[int(y), int(x)] for x, y in tracker.clicks), "all clicks are inside"
    again = measure_clicks(RECIPE, IMAGES, stored=names, load=load, versions=())
    assert again == found, "the clicks are the same every time"


def test_folds_that_were_not_trained_are_left_out() -> None:
    found = measure_clicks(
        RECIPE,
        IMAGES,
        label="longer",
        stored=["peripheral-nerve-fold-2-close-up"],
        load=lambda _: FakeSegmenter(tracker=ClickedTracker()),
        versions=(),
    )
    assert [fold.number for fold in found.folds] == [1]
    assert len(found.nerves) == 4
    with pytest.raises(DataError, match="No fold of peripheral-nerve"):
        measure_clicks(RECIPE, IMAGES, stored=[], load=lambda _: FakeSegmenter(), versions=())
