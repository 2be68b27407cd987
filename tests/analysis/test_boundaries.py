import cv2
import numpy as np
import pytest

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.boundaries import Boundary, Lead, in_between, signed_distance, steadied
from nerveapp.domain.segmentation import Mask

HEIGHT, WIDTH = 120, 200


def disc(x: int, y: int, radius: int) -> Mask:
    drawn = cv2.circle(np.zeros((HEIGHT, WIDTH), np.uint8), (x, y), radius, 1, -1)
    return np.asarray(drawn > 0, np.bool_)


def area(mask: Mask) -> int:
    return int(np.count_nonzero(mask))


def test_distances_are_positive_inside_and_known_without_a_boundary_too() -> None:
    distances = signed_distance(disc(80, 48, 20))
    assert distances[48, 80] == pytest.approx(20, abs=1.5)
    assert distances[48, 120] == pytest.approx(-20, abs=1.5)
    assert signed_distance(np.zeros((5, 5), np.bool_)).max() < -100
    assert signed_distance(np.ones((5, 5), np.bool_)).min() > 100


def test_the_outline_between_two_has_the_size_between_them() -> None:
    between = in_between(disc(80, 48, 20), disc(80, 48, 30))
    assert dice(between, disc(80, 48, 25)) > 0.98
    assert np.array_equal(in_between(disc(80, 48, 20), disc(80, 48, 20)), disc(80, 48, 20))
    assert dice(in_between(disc(80, 48, 20), disc(80, 48, 30), share=0.2), disc(80, 48, 22)) > 0.98
    assert np.array_equal(in_between(disc(80, 48, 20), disc(80, 48, 30), share=0.0), disc(80, 48, 20))


def test_an_outline_that_was_drawn_too_small_grows_by_its_share_of_the_difference_wherever_it_lies() -> None:
    here, there = disc(60, 60, 20), disc(62, 60, 28)
    for share, radius in ((0.0, 18), (0.5, 22), (1.0, 26)):
        led = Lead.between(here, there).over(disc(130, 50, 18), share)
        assert area(led) == pytest.approx(np.pi * radius**2, rel=0.06)
    assert dice(Lead.between(here, there).over(disc(130, 50, 18), 1.0), disc(132, 50, 26)) > 0.95


def test_an_outline_at_the_rim_of_the_frame_stays_within_it() -> None:
    led = Lead.between(disc(60, 60, 15), disc(60, 60, 20)).over(disc(2, 2, 15), 1.0)
    assert led.shape == (HEIGHT, WIDTH)
    assert area(led) > area(disc(2, 2, 15))


def test_what_trembles_is_steadied_and_what_moves_or_grows_stays() -> None:
    def of(masks: list[Mask]) -> Mask:
        own, *pairs = [Boundary.of(mask) for mask in masks]
        return steadied(masks[0], own, [(pairs[i], pairs[i + 1]) for i in range(0, len(pairs), 2)])

    trembling = of([disc(80, 48, 24), disc(80, 48, 20), disc(80, 48, 20), disc(80, 48, 24), disc(80, 48, 24)])
    assert area(disc(80, 48, 20)) < area(trembling) < area(disc(80, 48, 24))
    moving = of([disc(80, 48, 20), disc(70, 44, 20), disc(90, 52, 20)])
    assert dice(moving, disc(80, 48, 20)) > 0.99
    growing = of([disc(80, 48, 22), disc(80, 48, 20), disc(80, 48, 24), disc(80, 48, 18), disc(80, 48, 26)])
    assert area(growing) == pytest.approx(area(disc(80, 48, 22)), rel=0.02)


def test_an_empty_outline_has_no_boundary() -> None:
    with pytest.raises(ValueError, match="not empty"):
        Boundary.of(np.zeros((9, 9), np.bool_))
