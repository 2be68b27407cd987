"""Whether a confidence means what it says: expected against found Dice, and failures caught by flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FAILURE_DICE = 0.7
"""Below this Dice an outline has failed: it must be redrawn rather than mended."""

BINS = 10
KNOTS = 5


@dataclass(frozen=True, slots=True)
class Bin:
    """Images of similar confidence.

    Parameters
    ----------
    count : int
    confidence, dice : float
        Their means.
    """

    count: int
    confidence: float
    dice: float


def reliability_bins(confidences: Sequence[float], dices: Sequence[float], *, bins: int = BINS) -> list[Bin]:
    """Sort images by confidence into bins of equal count.

    Bins of equal width would leave most of them empty: confidences crowd near the top. Of images of one confidence,
    which may fall into several bins, each counts with the mean of them all, so that their order is of no account.
    """
    levels, level, counts = np.unique(np.asarray(confidences, float), return_inverse=True, return_counts=True)
    means = np.bincount(level, weights=np.asarray(dices, float)) / counts
    stated, found = np.repeat(levels, counts), np.repeat(means, counts)
    parts = zip(np.array_split(stated, bins), np.array_split(found, bins), strict=True)
    return [Bin(len(one), float(one.mean()), float(other.mean())) for one, other in parts if len(one)]


def expected_calibration_error(confidences: Sequence[float], dices: Sequence[float], *, bins: int = BINS) -> float:
    """Mean |confidence - Dice| over bins of equal count, weighted by count (Naeini 2015, with Dice for accuracy)."""
    found = reliability_bins(confidences, dices, bins=bins)
    return sum(one.count * abs(one.confidence - one.dice) for one in found) / sum(one.count for one in found)


def risk_coverage(confidences: Sequence[float], dices: Sequence[float]) -> npt.NDArray[np.float64]:
    """Mean loss (1 - Dice) of the most confident images as more and more of them are accepted.

    Returns
    -------
    ndarray of float64, (N,)
        Entry k is the risk at a coverage of (k + 1) / N (Geifman 2017).
    """
    order = np.argsort(-np.asarray(confidences, float), kind="stable")
    losses = 1 - np.asarray(dices, float)[order]
    return np.asarray(np.cumsum(losses) / np.arange(1, len(losses) + 1))


@dataclass(frozen=True, slots=True)
class Catch:
    """What flags caught.

    Parameters
    ----------
    flagged, images : int
        Images flagged, of how many.
    caught, failures : int
        Failures (Dice below `FAILURE_DICE`) among the flagged, of how many.
    """

    flagged: int
    images: int
    caught: int
    failures: int


def failures_caught(flagged: Sequence[bool], dices: Sequence[float]) -> Catch:
    """Count the failures among flagged images."""
    raised, failed = np.asarray(flagged, bool), np.asarray(dices, float) < FAILURE_DICE
    return Catch(int(raised.sum()), len(raised), int((raised & failed).sum()), int(failed.sum()))


def fit_expected_dice(certainties: Sequence[float], dices: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Fit a rising curve from the network's certainty to the Dice it earns.

    Images are sorted by certainty into few groups of equal count, the mean Dice of each is made to rise
    (pool adjacent violators, Barlow 1972), and the curve runs straight between groups and down to no Dice at no
    certainty.

    Parameters
    ----------
    certainties, dices : sequence of float
        Of images the network never saw.

    Returns
    -------
    tuple of (float, float)
        Knots (certainty, expected Dice) for linear interpolation, rising.
    """
    from scipy.optimize import isotonic_regression  # noqa: PLC0415 - half a second that only fitting needs

    parts = reliability_bins(certainties, dices, bins=KNOTS)
    rising = isotonic_regression([part.dice for part in parts], weights=[part.count for part in parts]).x
    return ((0.0, 0.0), *((part.confidence, float(dice)) for part, dice in zip(parts, rising, strict=True)))


def expected_dice(certainty: float, knots: Sequence[tuple[float, float]]) -> float:
    """Read the fitted curve; without knots the certainty itself. 0 to 1: weighted means may round past either end."""
    if not knots:
        return certainty
    return min(1.0, max(0.0, float(np.interp(certainty, [x for x, _ in knots], [y for _, y in knots]))))
