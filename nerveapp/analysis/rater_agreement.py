"""How far two readers of the same frames agree: Bland-Altman and intraclass correlation, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nerveapp.analysis.resampling import RESAMPLES
from nerveapp.domain.counted import counted
from nerveapp.errors import AnnotationError

FEWEST_PAIRS = 3
FEWEST_RESAMPLED = 10
"""From so many on whole people are resampled: intervals of fewer come out too narrow."""
_Z = 1.96
_ROUNDING = 1e-20
"""Mean squares so far below the square of what is measured are the rounding of the sums."""
_LEAST_FREEDOM = 0.5
"""Degrees of freedom of the error, estimated, below which the interval is a guess that may not hold its own value."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """Differences between two readers (first minus second).

    Parameters
    ----------
    n : int
        Pairs.
    bias, lower, upper : Interval
        Mean difference and the limits within which 95 % of differences are expected, each with its own interval.
    sd : float
        Standard deviation of the differences.
    people : int or None
        How many people were resampled for the intervals; None where pairs were taken as independent.
    """

    n: int
    bias: Interval
    lower: Interval
    upper: Interval
    sd: float
    people: int | None = None


def intervals_in_words(limits: BlandAltman, *, independent: bool) -> str:
    """Say where the intervals come from, and whether they hold.

    Parameters
    ----------
    limits : BlandAltman
    independent : bool
        Whether each pair is of another person.
    """
    if limits.people:
        return f"intervals from resampling {counted(limits.people, 'person')}"
    if independent:
        return "intervals of one frame of each person"
    return (
        "intervals as if frames were independent: those of one person are not, and the true intervals are wider (from "
        f"{FEWEST_RESAMPLED} people on, people are resampled)"
    )


def bland_altman(first: Sequence[float], second: Sequence[float], people: Sequence[str] | None = None) -> BlandAltman:
    """Limits of agreement and their intervals (Bland and Altman, Stat Methods Med Res 1999; 8: 135-160).

    Frames of one person are not independent. Where enough people are named, the intervals are from resampling whole
    people (cluster bootstrap, Field and Welsh, J R Stat Soc B 2007; 69: 369-390); else pairs are taken as
    independent, and the intervals are too narrow where they are not.

    Parameters
    ----------
    first, second : sequence of float
        The same quantity by two readers, in one unit; at least three pairs.
    people : sequence of str, optional
        Whose each pair is.

    Raises
    ------
    AnnotationError
        If there are fewer pairs.
    """
    from scipy import stats  # noqa: PLC0415 - half a second that only comparing needs

    differences = np.asarray(first, float) - np.asarray(second, float)
    n = len(differences)
    if n < FEWEST_PAIRS:
        raise AnnotationError(f"There are {n} pairs.", f"Comparing needs at least {FEWEST_PAIRS}.")
    if people is not None and FEWEST_RESAMPLED <= len(set(people)) < n:
        return _by_person(differences, people)
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    t, z = float(stats.t.ppf(0.975, n - 1)), _Z
    of_mean = t * sd / math.sqrt(n)
    of_limit = t * sd * math.sqrt(1 / n + z**2 / (2 * (n - 1)))
    low, high = mean - z * sd, mean + z * sd
    return BlandAltman(
        n,
        Interval(mean, mean - of_mean, mean + of_mean),
        Interval(low, low - of_limit, low + of_limit),
        Interval(high, high - of_limit, high + of_limit),
        sd,
    )


def _by_person(differences: npt.NDArray[np.float64], people: Sequence[str]) -> BlandAltman:
    names, index = np.unique(np.asarray(people), return_inverse=True)
    centred = differences - differences.mean()
    sums, squares, counts = (np.bincount(index, weights=one) for one in (centred, centred**2, np.ones_like(centred)))
    drawn = np.random.default_rng(0).integers(0, len(names), (RESAMPLES, len(names)))
    n = counts[drawn].sum(axis=1)
    means = sums[drawn].sum(axis=1) / n
    deviations = np.sqrt((squares[drawn].sum(axis=1) - n * means**2).clip(0) / (n - 1))
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))

    def interval(z: float) -> Interval:
        low, high = np.percentile(means + z * deviations, [2.5, 97.5])
        return Interval(mean + z * sd, mean + float(low), mean + float(high))

    return BlandAltman(len(differences), interval(0), interval(-_Z), interval(_Z), sd, len(names))


def icc_agreement(first: Sequence[float], second: Sequence[float], *others: Sequence[float]) -> Interval:
    """Intraclass correlation ICC(2,1), that is ICC(A,1): two-way random, absolute agreement, single reader.

    Shrout and Fleiss, Psychol Bull 1979; 86: 420-428; its interval after McGraw and Wong, Psychol Methods 1996;
    1: 30-46.

    Parameters
    ----------
    first, second, *others : sequence of float
        The same quantity of the same frames, a sequence per reader; at least three frames.

    Returns
    -------
    Interval
        NaN where nothing varies.

    Raises
    ------
    AnnotationError
        If there are fewer frames.
    """
    from scipy import stats  # noqa: PLC0415 - half a second that only comparing needs

    values = np.column_stack([np.asarray(reader, float) for reader in (first, second, *others)])
    n, k = values.shape
    if n < FEWEST_PAIRS:
        raise AnnotationError(f"There are {n} frames.", f"Comparing needs at least {FEWEST_PAIRS}.")
    grand = values.mean()
    rows = k * float(((values.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    columns = n * float(((values.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    residual = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + grand
    error = float((residual**2).sum()) / ((n - 1) * (k - 1))
    least = _ROUNDING * float((values**2).mean())
    rows, columns, error = (one if one > least else 0.0 for one in (rows, columns, error))
    scale = rows + (k - 1) * error + k * (columns - error) / n
    if scale <= 0 or (rows == 0 and error == 0):
        return Interval(math.nan, math.nan, math.nan)
    icc = (rows - error) / scale
    if error == 0 and columns == 0:
        return Interval(icc, icc, icc)
    a, b = k * icc / (n * (1 - icc)), 1 + k * icc * (n - 1) / (n * (1 - icc))
    freedom = float((n - 1) * (k - 1))  # without a bias; b may be 0 then, too
    if columns > 0:
        freedom = (a * columns + b * error) ** 2 / ((a * columns) ** 2 / (k - 1) + (b * error) ** 2 / freedom)
    if freedom < _LEAST_FREEDOM:  # nothing is known of where it lies
        return Interval(icc, min(-1.0, icc), 1.0)
    f_low, f_high = float(stats.f.ppf(0.975, n - 1, freedom)), float(stats.f.ppf(0.975, freedom, n - 1))
    spread = k * columns + (k * n - k - n) * error
    low = n * (rows - f_low * error) / (f_low * spread + n * rows)
    high = n * (f_high * rows - error) / (spread + n * f_high * rows)
    return Interval(icc, low, high)
