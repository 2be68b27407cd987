"""Automatic thresholds inside the nerve's outline, and the hypoechoic fraction that they give.

A threshold is the highest grey level that counts as dark; each is found on the histogram of the pixels inside the
outline alone, 256 bins wide. All three are those of ImageJ (`ij.process.AutoThresholder`). Counts are exact here where
ImageJ adds up fractions, whose rounding takes one level off its RenyiEntropy now and then.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from nerveapp.domain.segmentation import Mask

LEVELS = 256
NEAR_LEVELS = 5
"""Thresholds of Rényi's entropies that lie no farther apart count as one, as ImageJ has it."""

HYPOECHOIC_SOURCE = (
    "Boom J, Visser LH. Quantitative assessment of nerve echogenicity: comparison of methods for evaluating nerve "
    "echogenicity in ulnar neuropathy at the elbow. Clinical Neurophysiology 2012;123(7):1446–1453 (abstract). "
    "doi:10.1016/j.clinph.2011.10.050"
)

HYPOECHOIC_REMARK = (
    "Means in 56 people with ulnar neuropathy at the elbow against 37 healthy controls: MaxEntropy 82 against 74 %, "
    "RenyiEntropy 80 against 69 %, Yen 79 against 67 %. It depends on machine, gain and depth: compare within one "
    "machine and setting."
)

_Counts = npt.NDArray[np.int64]


class Method(StrEnum):
    """How the threshold is found; the names are ImageJ's."""

    MAX_ENTROPY = "MaxEntropy"
    RENYI_ENTROPY = "RenyiEntropy"
    YEN = "Yen"


def max_entropy(image: npt.NDArray[np.uint8], mask: Mask) -> int | None:
    """Find the threshold at which the entropies of the dark and of the bright part add up to most.

    Parameters
    ----------
    image : ndarray of uint8, (H, W)
        Grey levels, 0 to 255.
    mask : ndarray of bool, (H, W)
        Inside of the outline.

    Returns
    -------
    int or None
        Grey level up to which pixels are dark; None where fewer than two grey levels are inside, since there is
        nothing to tell apart.

    Raises
    ------
    ValueError
        If the image is not grey, or image and mask do not match.

    Notes
    -----
    Kapur JN, Sahoo PK, Wong AKC. A new method for gray-level picture thresholding using the entropy of the histogram.
    Graphical Models and Image Processing 1985;29(3):273-285. Where only two levels are inside, ImageJ gives the level
    below the upper one, and here it is the lower one: the parts are the same.
    """
    return _threshold(image, mask, lambda counts: _most_entropy(counts, 1.0))


def renyi_entropy(image: npt.NDArray[np.uint8], mask: Mask) -> int | None:
    """Find the threshold from Rényi's entropies of order 1/2, 1 and 2, weighed as ImageJ does.

    Parameters, result and errors are those of `max_entropy`.

    Notes
    -----
    Of the three thresholds in ascending order the weights are 1 : 2 : 1, or 0 : 1 : 3 or 3 : 1 : 0 if only the lower
    or the upper two are near each other, times the share of pixels between the outermost two; the shares below the
    lowest and above the highest go to those. The result is rounded down.
    """
    return _threshold(image, mask, _renyi)


def yen(image: npt.NDArray[np.uint8], mask: Mask) -> int | None:
    """Find the threshold that maximises Yen's correlation criterion.

    Parameters, result and errors are those of `max_entropy`.

    Notes
    -----
    Yen JC, Chang FJ, Chang S. A new criterion for automatic multilevel thresholding. IEEE Transactions on Image
    Processing 1995;4(3):370-378. It is Rényi's entropy of order 2.
    """
    return _threshold(image, mask, lambda counts: _most_entropy(counts, 2.0))


_METHODS: dict[Method, Callable[[npt.NDArray[np.uint8], Mask], int | None]] = {
    Method.MAX_ENTROPY: max_entropy,
    Method.RENYI_ENTROPY: renyi_entropy,
    Method.YEN: yen,
}


def hypoechoic_fraction(image: npt.NDArray[np.uint8], mask: Mask, method: Method) -> float | None:
    """Give the share of the nerve's pixels that are dark, 0 to 1 (`HYPOECHOIC_SOURCE`).

    Parameters
    ----------
    image : ndarray of uint8, (H, W)
        Grey levels as the machine wrote them, without enhancement.
    mask : ndarray of bool, (H, W)
        Inside of the outline.
    method : Method

    Returns
    -------
    float or None
        None where there is no threshold, see `max_entropy`.
    """
    threshold = _METHODS[method](image, mask)
    return None if threshold is None else float(np.mean(image[mask] <= threshold))


def _threshold(image: npt.NDArray[np.uint8], mask: Mask, find: Callable[[_Counts], int]) -> int | None:
    if image.dtype != np.uint8 or image.ndim != 2 or image.shape != mask.shape:
        raise ValueError(f"expected grey levels and a mask of one size, got {image.dtype} {image.shape}, {mask.shape}")
    counts = np.bincount(image[mask], minlength=LEVELS)
    return find(counts) if np.count_nonzero(counts) > 1 else None


def _most_entropy(counts: _Counts, order: float) -> int:
    """Find the first level at which the two parts' entropies of an order add up to most."""
    below = np.cumsum(counts)
    levels = np.flatnonzero((below > 0) & (below < below[-1]))
    dark = _entropies(counts, order)[levels]
    bright = _entropies(counts[::-1], order)[LEVELS - 2 - levels]
    return int(levels[np.argmax(dark + bright)])


def _entropies(counts: _Counts, order: float) -> npt.NDArray[np.float64]:
    """Give Rényi's entropy of the bins up to each, (256,); Shannon's for order 1; not finite where they are empty."""
    total = np.cumsum(counts).astype(np.float64)
    present = np.maximum(counts, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if order == 1:
            return np.asarray(np.log(total) - np.cumsum(counts * np.log(present)) / total)
        powers = np.cumsum(np.where(counts > 0, present.astype(np.float64) ** order, 0.0))
        return np.asarray((np.log(powers) - order * np.log(total)) / (1 - order))


def _renyi(counts: _Counts) -> int:
    low, middle, high = sorted(_most_entropy(counts, order) for order in (0.5, 1.0, 2.0))
    lower_near, upper_near = middle - low <= NEAR_LEVELS, high - middle <= NEAR_LEVELS
    weights = (1, 2, 1) if lower_near == upper_near else (0, 1, 3) if lower_near else (3, 1, 0)
    below = np.cumsum(counts)
    between = int(below[high] - below[low])
    weighed = (
        low * (4 * int(below[low]) + between * weights[0])
        + middle * between * weights[1]
        + high * (4 * int(below[-1] - below[high]) + between * weights[2])
    )
    return weighed // (4 * int(below[-1]))
