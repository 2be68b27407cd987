from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerveapp.analysis.reliability import (
    Bin,
    Catch,
    expected_calibration_error,
    expected_dice,
    failures_caught,
    fit_expected_dice,
    reliability_bins,
    risk_coverage,
)

unit = st.floats(0, 1)
pairs = st.lists(st.tuples(unit, unit), min_size=1, max_size=60)


same_often = st.lists(st.tuples(st.sampled_from([0.2, 0.86, 0.9]), unit), min_size=1, max_size=40)


@given(same_often, st.randoms())
def test_the_order_of_images_of_one_confidence_is_of_no_account(dealt: list[tuple[float, float]], rng: Random) -> None:
    mixed = rng.sample(dealt, len(dealt))
    one, other = (
        expected_calibration_error([c for c, _ in each], [d for _, d in each], bins=4) for each in (dealt, mixed)
    )
    assert one == pytest.approx(other, abs=1e-9)
    assert reliability_bins([0.5] * 6, [0, 0, 0, 1, 1, 1], bins=3) == [Bin(2, 0.5, 0.5)] * 3


def test_a_confidence_that_is_the_dice_has_no_calibration_error() -> None:
    dices = np.linspace(0.3, 1, 50).tolist()
    assert expected_calibration_error(dices, dices) == pytest.approx(0)
    assert expected_calibration_error([1.0] * 50, dices) == pytest.approx(1 - np.mean(dices))


@given(pairs)
def test_bins_hold_every_image_once(values: list[tuple[float, float]]) -> None:
    said, found = zip(*values, strict=True)
    bins = reliability_bins(said, found)
    assert sum(one.count for one in bins) == len(values)
    assert sum(one.count * one.dice for one in bins) == pytest.approx(sum(found))


def test_risk_falls_as_doubtful_images_are_left_out() -> None:
    risk = risk_coverage([0.9, 0.1, 0.8], [0.95, 0.2, 0.9])
    assert risk == pytest.approx([0.05, 0.075, 0.95 / 3])


def test_failures_among_the_flagged_are_counted() -> None:
    assert failures_caught([True, True, False, False], [0.3, 0.9, 0.69, 0.71]) == Catch(2, 4, 1, 2)


@settings(deadline=None)  # the first call imports scipy.optimize
@given(pairs)
def test_the_expected_dice_rises_with_certainty(values: list[tuple[float, float]]) -> None:
    knots = fit_expected_dice(*zip(*values, strict=True))
    read = [expected_dice(certainty, knots) for certainty in np.linspace(0, 1, 21)]
    assert all(0 <= value <= 1 for value in read)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(read))


def test_the_fit_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    certainties = rng.uniform(0.5, 1, 400)
    dices = np.clip(certainties**3 + rng.normal(0, 0.05, 400), 0, 1)
    knots = fit_expected_dice(certainties[:200].tolist(), dices[:200].tolist())
    unseen = [expected_dice(certainty, knots) for certainty in certainties[200:]]
    found = dices[200:].tolist()
    raw = expected_calibration_error(certainties[200:].tolist(), found)
    assert expected_calibration_error(unseen, found) < 0.3 * raw


def test_without_knots_the_certainty_stays() -> None:
    assert expected_dice(0.4, ()) == 0.4


def test_what_is_read_off_the_curve_is_a_share_even_where_its_knots_were_rounded() -> None:
    assert expected_dice(1.0, ((0.0, -1e-17), (1.0, 1.0000000000000002))) == 1.0
    assert expected_dice(0.0, ((0.0, -1e-17), (1.0, 1.0000000000000002))) == 0.0
