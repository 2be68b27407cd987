"""Upper limits of normal, against published examples and tables."""

import math

import numpy as np
import pytest

from nerveapp.analysis.reference_limits import LimitMethod, order_statistics, reference_limit
from nerveapp.errors import NormsError


def sample_with(n: int, mean: float, sd: float) -> list[float]:
    """A sample of exactly this mean and standard deviation."""
    drawn = np.random.default_rng(1).normal(size=n)
    return list(mean + sd * (drawn - drawn.mean()) / drawn.std(ddof=1))


def test_the_interval_of_a_parametric_limit_is_that_of_bland_and_altman() -> None:
    """Bland and Altman 1999, section 2.1: 85 differences of mean -16.29 and SD 19.61, upper limit 22.14."""
    found = reference_limit(sample_with(85, -16.29, 19.61), LimitMethod.PARAMETRIC, confidence=0.95)
    assert found.limit == pytest.approx(22.14, abs=0.01)
    assert [found.low, found.high] == pytest.approx([14.9, 29.4], abs=0.05)


def test_a_reference_range_of_298_children_agrees_with_altman() -> None:
    """Altman 1991, p. 421, by the normal quantile: mean 0.80302, SD 0.469498, limit 1.72322 ± 0.0911."""
    found = reference_limit(sample_with(298, 0.80302, 0.469498), LimitMethod.PARAMETRIC, confidence=0.95)
    assert found.limit == pytest.approx(1.72322, abs=1e-4)
    assert found.high - found.limit == pytest.approx(0.0911, rel=0.01)
    assert not any("people" in one for one in found.warnings)


def test_the_standard_error_is_about_sd_times_the_root_of_3_over_n() -> None:
    found = reference_limit(sample_with(100, 9.0, 1.5), LimitMethod.PARAMETRIC)
    assert (found.high - found.limit) / 1.66 == pytest.approx(1.5 * math.sqrt(3 / 100), rel=0.02)
    assert found.warnings == ("100 people: EP28-A3c asks for 120",)


@pytest.mark.parametrize(("n", "ranks"), [(118, None), (119, (113, 119)), (120, (114, 120)), (200, (191, 199))])
def test_ranks_are_those_of_the_guideline(n: int, ranks: tuple[int, int] | None) -> None:
    assert order_statistics(n) == ranks


def test_a_nonparametric_limit_is_the_value_of_rank_0_975_of_n_plus_1() -> None:
    found = reference_limit([float(value) for value in range(1, 200)], LimitMethod.NONPARAMETRIC)
    assert (found.n, found.limit) == (199, 195.0)
    assert "ranks" in found.interval_method
    assert found.low < 195 < found.high


def test_a_small_nonparametric_sample_says_how_little_it_knows() -> None:
    found = reference_limit([float(value) for value in range(1, 40 + 1)], LimitMethod.NONPARAMETRIC)
    assert found.limit == pytest.approx(39.975)
    assert found.high == 40.0
    assert "bootstrap" in found.interval_method
    assert len(found.warnings) == 2


@pytest.mark.parametrize(("method", "n"), [(LimitMethod.PARAMETRIC, 19), (LimitMethod.NONPARAMETRIC, 39)])
def test_too_few_people_give_no_limit(method: LimitMethod, n: int) -> None:
    with pytest.raises(NormsError, match=f"values of {n} people") as caught:
        reference_limit([float(value) for value in range(n)], method)
    assert str(n + 1) in caught.value.hint


def test_values_that_are_all_the_same_give_no_limit() -> None:
    with pytest.raises(NormsError, match="the same"):
        reference_limit([9.0] * 30, LimitMethod.PARAMETRIC)


def test_a_skewed_sample_is_called_so() -> None:
    found = reference_limit([math.exp(value / 8) for value in range(30)], LimitMethod.PARAMETRIC)
    assert any("not normally distributed" in one for one in found.warnings)
