import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nerveapp.analysis.rater_agreement import bland_altman, icc_agreement
from nerveapp.errors import AnnotationError

# Peak expiratory flow by two meters, first measurements: Bland and Altman, Lancet 1986; 327: 307-310, table 1.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]

# Six subjects, four judges: Shrout and Fleiss, Psychol Bull 1979; 86: 420-428, table 2.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)


def test_the_published_limits_of_agreement_come_out() -> None:
    found = bland_altman(WRIGHT, MINI)
    assert found.n == 17
    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert (found.bias.low, found.bias.high) == pytest.approx((-22.0, 17.8), abs=0.1)
    # The paper takes 2 standard deviations and rounds (-79.7 and 75.5); 1.96 of them are meant since 1999.
    assert (found.lower.value, found.upper.value) == pytest.approx((-78.1, 73.9), abs=0.1)
    assert found.lower.low == pytest.approx(-114.3, abs=2.5)
    assert found.upper.high - found.upper.value == pytest.approx(34.9, abs=0.6)


def test_the_published_intraclass_correlation_and_its_interval_come_out() -> None:
    found = icc_agreement(*JUDGES.T)
    assert found.value == pytest.approx(0.29, abs=0.005)
    assert (found.low, found.high) == pytest.approx((0.02, 0.76), abs=0.005)


def test_readers_who_agree_fully_and_readings_that_do_not_vary() -> None:
    assert icc_agreement([1, 2, 3], [1, 2, 3]).value == 1
    assert np.isnan(icc_agreement([2, 2, 2], [2, 2, 2]).value)
    assert np.isnan(icc_agreement([10, 10, 10], [12, 12, 12]).value), "nothing varies but the readers"
    assert bland_altman([1, 2, 3], [1, 2, 3]).upper.high == 0


def test_a_shift_between_readers_lowers_agreement() -> None:
    one = [5.0, 7, 9, 11]
    assert icc_agreement(one, [value + 3 for value in one]).value < 0.75


def test_too_few_pairs_are_refused() -> None:
    for compare in (bland_altman, icc_agreement):
        with pytest.raises(AnnotationError, match="at least 3"):
            compare([1, 2], [1, 2])


def test_frames_of_few_people_count_as_dependent_once_there_are_enough_people() -> None:
    rng = np.random.default_rng(4)
    of_person = np.repeat(rng.normal(0, 3, 12), 20)
    first = (10 + of_person + rng.normal(0, 0.1, 240)).tolist()
    second, people = [10.0] * 240, [str(one) for one in np.repeat(np.arange(12), 20)]
    alone, together = bland_altman(first, second), bland_altman(first, second, people)
    assert (alone.people, together.people) == (None, 12)
    for one, other in ((alone.bias, together.bias), (alone.lower, together.lower), (alone.upper, together.upper)):
        assert other.value == pytest.approx(one.value)
        assert other.high - other.low > 2.5 * (one.high - one.low), "240 frames tell no more than 12 people do"
    width = together.bias.high - together.bias.low
    assert width == pytest.approx(2 * 1.96 * np.std(of_person[::20], ddof=1) / np.sqrt(12), rel=0.15)
    assert bland_altman(first[:100], second[:100], people[:100]).people is None, "of five people"
    assert bland_altman(first[::20], second[::20], people[::20]).people is None, "one frame of each"


@example([(1, 4), (1, 4), (2, 3)], 1.0, False)
@given(
    st.lists(st.tuples(st.integers(1, 9000), st.integers(1, 9000)), min_size=3, max_size=12),
    st.floats(0.001, 1.0),
    st.booleans(),
)
def test_areas_in_any_unit_have_a_correlation_within_its_interval(
    areas: list[tuple[int, int]], pixel_mm2: float, alike: bool
) -> None:
    first = [one * pixel_mm2 for one, _ in areas]
    second = first if alike else [other * pixel_mm2 for _, other in areas]
    found = icc_agreement(first, list(second))
    varies = len(set(first)) > 1 or len(set(second)) > 1
    if alike:
        assert found.value == pytest.approx(1) if varies else np.isnan(found.value)
    if not np.isnan(found.value):
        assert np.isfinite([found.low, found.high]).all()
        assert found.low - 1e-6 <= found.value <= found.high + 1e-6


def test_readers_who_contradict_each_other_have_an_interval_too() -> None:
    found = icc_agreement([1, 2, 3], [3, 2, 1])
    assert (found.value, found.low, found.high) == pytest.approx((-3, -3, -3))
