"""What a click or a box means, by masks drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.transforms import Window
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.network.pointing import FirstOutline, Look, Target, agreed, agreement, by_size

YY, XX = np.mgrid[:120, :160]


def disc(x: float, y: float, radius: float) -> Mask:
    return np.asarray((XX - x) ** 2 + (YY - y) ** 2 <= radius**2)


def outline(mask: Mask, confidence: float = 0.8) -> PredictedMask:
    return PredictedMask(mask, confidence, 1)


def test_outlines_that_are_alike_come_to_the_same_and_stay_as_sure() -> None:
    nerve = disc(80, 60, 20)
    found = agreed([outline(nerve)] * 3, Target(80, 60))
    assert np.array_equal(found.mask, nerve)
    assert (found.confidence, found.components) == (0.8, 1)


def test_one_that_leaks_and_one_that_sees_a_part_do_not_count_against_the_others() -> None:
    nerve = disc(80, 60, 20)
    drawn = [disc(79, 60, 20), disc(81, 60, 19), disc(80, 61, 20.5), disc(100, 60, 45), disc(80, 60, 6)]
    found = agreed([outline(one, 0.1 * number) for number, one in enumerate(drawn)], Target(80, 60))
    assert dice(found.mask, nerve) > 0.96
    assert found.confidence < 0.25, "that of one of the three that agree"


def test_agreement_is_the_mean_dice_of_each_with_each() -> None:
    one, other, far = disc(80, 60, 20), disc(85, 60, 20), disc(20, 20, 5)
    assert agreement([outline(one)]) == 1
    assert agreement([outline(one)] * 4) == pytest.approx(1)
    assert agreement([outline(one), outline(far)]) == pytest.approx(0, abs=1e-6)
    three = [dice(one, other), dice(one, far), dice(other, far)]
    assert agreement([outline(each) for each in (one, other, far)]) == pytest.approx(np.mean(three))


def test_a_first_outline_is_met_where_it_lies_and_by_what_overlaps_it() -> None:
    first = FirstOutline.of(disc(80, 60, 20) | disc(120, 60, 4))
    assert first.size == pytest.approx(np.sqrt(np.count_nonzero(first.mask)))
    assert first.is_meant(disc(120, 60, 2))
    assert not first.is_meant(disc(80, 100, 10))
    window = Window(first.x, first.y, 100, 80, 100)
    seen = first.in_window(window)
    assert dice(seen, window.place(first.mask.astype(np.uint8) * 255) > 127) == 1
    assert 0 < np.count_nonzero(seen) == pytest.approx(np.count_nonzero(first.mask), rel=0.1)


def test_a_click_may_lie_a_little_beside_the_nerve_if_it_says_so() -> None:
    nerve = disc(80, 60, 20)  # the root of its area is 35 px
    beside, far, exact = Target(80 + 24, 60, slack=0.15), Target(80 + 27, 60, slack=0.15), Target(80 + 24, 60)
    assert beside.is_meant(nerve)
    assert not far.is_meant(nerve)
    assert not exact.is_meant(nerve)
    window = Window(104, 60, 4 * 35, 80, 100)
    assert np.count_nonzero(exact.in_window(window)) == 1
    rows, columns = np.nonzero(beside.in_window(window))
    assert (rows.mean(), columns.mean()) == (40, 50)
    assert np.ptp(rows) == np.ptp(columns) == pytest.approx(2 * 0.15 * 35 * window.zoom, abs=1.5)
    assert beside.is_meant(disc(110, 60, 3)) is False, "of a small nerve the slack is small"


def test_what_comes_out_holds_the_click() -> None:
    parts = [disc(40 + 40 * number, 60, 18) | disc(80, 20, 3) for number in range(3)]
    found = agreed([outline(one) for one in parts], Target(80, 20))
    assert found.mask[20, 80]


@pytest.mark.parametrize("radius", [5, 12, 30])
def test_a_disc_fills_the_box_drawn_around_it_best(radius: float) -> None:
    target = Target(80, 60, (2 * radius, 2 * radius))
    filled = target.filled_by(disc(80, 60, radius))
    assert filled > 0.8
    assert filled > max(target.filled_by(disc(80, 60, factor * radius)) for factor in (0.6, 1.5))
    assert target.is_meant(disc(80, 60, radius))
    assert not target.is_meant(disc(80 + 3 * radius, 60, radius))


def test_a_nerve_must_be_met_where_it_was_clicked_or_in_the_middle_half_of_a_box() -> None:
    window = Window(80, 60, 64, 32, 64)
    assert np.argwhere(Target(80, 60).in_window(window)).tolist() == [[16, 32]]
    rows, columns = np.nonzero(Target(80, 60, (40, 20)).in_window(window))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (11, 21, 22, 42)


def test_a_piece_that_windows_too_narrow_cut_off_is_no_size_that_may_be_meant() -> None:
    nerve, piece = disc(80, 60, 20), disc(80, 60, 12)  # roots of the areas: 35 and 21 px
    meant = [(Look(35, bool(side)), outline(nerve)) for side in range(4)]
    target = Target(80, 60)
    narrow = [(Look(size), outline(piece)) for size in (12, 13, 14, 15)]
    assert by_size([*meant, *narrow], target).areas == (nerve.sum(),)
    fitting = [(Look(size), outline(piece)) for size in (16, 18, 21)]
    assert by_size([*meant, *narrow, *fitting], target).areas == (piece.sum(), nerve.sum())


def test_a_size_that_one_window_shows_and_the_same_mirrored_is_not_told() -> None:
    nerve, piece = disc(80, 60, 20), disc(80, 60, 12)
    meant = [(Look(35, bool(side)), outline(nerve)) for side in range(4)]
    alone = [(Look(21, side), outline(piece)) for side in (False, True)]
    assert by_size([*meant, *alone], Target(80, 60)).areas == (nerve.sum(),)
