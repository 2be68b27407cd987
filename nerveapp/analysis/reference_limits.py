"""Upper limits of normal from a sample of healthy people, with their confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from nerveapp.domain.counted import counted
from nerveapp.errors import NormsError

FEWEST_PARAMETRIC, FEWEST_NONPARAMETRIC, ENOUGH = 20, 40, 120
"""People needed for a mean with its standard deviation, and for a percentile: the rank 0.975 (n + 1) lies within a
sample from n = 39. From 120 the guideline calls a nonparametric limit reliable (`GUIDELINE`)."""

GUIDELINE = (
    "CLSI EP28-A3c, Defining, Establishing, and Verifying Reference Intervals in the Clinical Laboratory, 3rd edition, "
    "2010: a nonparametric limit of at least 120 people, with its 90 % confidence interval"
)

PERCENTILE = 0.975
CONFIDENCE = 0.90
_RESAMPLES = 2000
_NOT_NORMAL = 0.05


class LimitMethod(StrEnum):
    """How the upper limit is found."""

    PARAMETRIC = "mean + 1.96 SD (parametric)"
    NONPARAMETRIC = "97.5th percentile, rank 0.975 (n + 1) (nonparametric)"


@dataclass(frozen=True, slots=True)
class ReferenceLimit:
    """An upper limit of normal, and the sample it comes from; in the unit of the sample.

    Parameters
    ----------
    method : LimitMethod
    n : int
        People.
    mean, sd : float
        Of the sample, the latter with n - 1.
    limit : float
    low, high : float
        Confidence interval of the limit, 90 % unless asked for otherwise.
    interval_method : str
        How the interval was found, in words.
    warnings : tuple of str
        What speaks against relying on it.
    """

    method: LimitMethod
    n: int
    mean: float
    sd: float
    limit: float
    low: float
    high: float
    interval_method: str
    warnings: tuple[str, ...] = ()


def reference_limit(values: Sequence[float], method: LimitMethod, *, confidence: float = CONFIDENCE) -> ReferenceLimit:
    """Find the limit below which 97.5 % of the healthy are expected.

    Parameters
    ----------
    values : sequence of float
        One a person.
    method : LimitMethod
    confidence : float
        Of the limit's interval, 0 to 1; 0.90 by default, as is usual for reference limits (`GUIDELINE`).

    Raises
    ------
    NormsError
        If there are too few people, or all have the same value.

    Notes
    -----
    Parametric: mean + 1.96 SD, as the estimate of the centile of a normal distribution (Royston, Stat Med 1991; 10:
    691-695), ± t SD sqrt(1/n + 1.96²/(2(n - 1))), which is about SD sqrt(3/n) (Bland and Altman, Stat Methods Med Res
    1999; 8: 135-160). Nonparametric: the value of rank 0.975 (n + 1), interpolated; its interval is between the order
    statistics that the binomial distribution gives where there are enough of them (119 people for 90 %), else of the
    percentile bootstrap.
    """
    sample = np.sort(np.asarray(values, float))
    n = len(sample)
    fewest = FEWEST_PARAMETRIC if method is LimitMethod.PARAMETRIC else FEWEST_NONPARAMETRIC
    if n < fewest:
        raise NormsError(f"There are values of {counted(n, 'person')}.", f"At least {fewest} people are needed.")
    mean, sd = float(sample.mean()), float(sample.std(ddof=1))
    if sd == 0:
        raise NormsError("All values are the same.", "Check where they come from.")
    warnings = [f"{n} people: EP28-A3c asks for {ENOUGH}"] if n < ENOUGH else []
    if method is LimitMethod.PARAMETRIC:
        limit, low, high = _parametric(n, mean, sd, confidence)
        how = "from the standard error SD · sqrt(1/n + 1.96²/(2(n − 1)))"
        warnings += _not_normal(sample)
    else:
        limit = float(np.quantile(sample, PERCENTILE, method="weibull"))
        ranks = order_statistics(n, confidence)
        if ranks is None:
            low, high = _bootstrapped(sample, confidence)
            how = f"by bootstrap, {_RESAMPLES} resamples"
            warnings.append("its interval cannot reach beyond the largest value, and is too narrow")
        else:
            low, high = float(sample[ranks[0] - 1]), float(sample[ranks[1] - 1])
            how = f"from ranks {ranks[0]} and {ranks[1]}"
    return ReferenceLimit(method, n, mean, sd, limit, low, high, how, tuple(warnings))


def order_statistics(n: int, confidence: float = CONFIDENCE) -> tuple[int, int] | None:
    """Give the ranks, from 1, between which the 97.5th percentile lies with a confidence; None for too few values.

    Each tail of the binomial distribution of the number of values below the percentile holds at most half of what is
    left; for 120 values and 90 % they are 114 and 120, as in table 8 of the guideline.
    """
    from scipy import stats  # noqa: PLC0415 - half a second that only building norms needs

    tail = (1 - confidence) / 2
    below = stats.binom(n, PERCENTILE)
    # P(B < low) and P(B >= high) are the chances that the percentile lies outside of the two ranks.
    low = next((rank for rank in range(n, 0, -1) if below.cdf(rank - 1) <= tail), None)
    high = next((rank for rank in range(1, n + 1) if below.sf(rank - 1) <= tail), None)
    return None if low is None or high is None else (low, high)


def _parametric(n: int, mean: float, sd: float, confidence: float) -> tuple[float, float, float]:
    from scipy import stats  # noqa: PLC0415

    limit = mean + 1.96 * sd
    t = float(stats.t.ppf((1 + confidence) / 2, n - 1))
    reach = t * sd * math.sqrt(1 / n + 1.96**2 / (2 * (n - 1)))
    return limit, limit - reach, limit + reach


def _not_normal(sample: npt.NDArray[np.float64]) -> list[str]:
    from scipy import stats  # noqa: PLC0415

    p = float(stats.shapiro(sample).pvalue)
    if p >= _NOT_NORMAL:
        return []
    return [f"the values are not normally distributed (Shapiro–Wilk p {'< 0.001' if p < 0.001 else f'= {p:.3f}'})"]


def _bootstrapped(sample: npt.NDArray[np.float64], confidence: float) -> tuple[float, float]:
    drawn = np.random.default_rng(0).integers(0, len(sample), (_RESAMPLES, len(sample)))
    limits = np.quantile(sample[drawn], PERCENTILE, axis=1, method="weibull")
    low, high = np.quantile(limits, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
