"""What the images that a model learnt from look like, in numbers: what tells whether an image is one of their kind."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nerveapp.errors import ModelError

_MOST_FEATURES, _MOST_SETS = 64, 8


@dataclass(frozen=True, slots=True)
class SetAppearance:
    """How one set of images looks: a normal distribution of its features.

    Parameters
    ----------
    name : str
        The set's name, as on the card.
    mean, sd : tuple of float
        Of each feature over the images.
    whitening : tuple of float
        Lower triangle, row by row, of the matrix that makes standardised features independent, each of variance 1: the
        length of its product with them is the Mahalanobis distance from the set.
    limit : float
        Distance beyond which an image is none of this kind.
    """

    name: str
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    whitening: tuple[float, ...]
    limit: float


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the sets that a model learnt from look.

    Parameters
    ----------
    features : tuple of str
        What was measured of each image; a program that measures something else cannot use the description.
    sets : tuple of SetAppearance

    Raises
    ------
    ModelError
        If a set is not described by these features, or by numbers that no images have.
    """

    features: tuple[str, ...]
    sets: tuple[SetAppearance, ...]

    def __post_init__(self) -> None:
        count = len(self.features)
        fits = 1 <= count <= _MOST_FEATURES and 1 <= len(self.sets) <= _MOST_SETS
        if not fits or not all(_described_by(one, count) for one in self.sets):
            raise ModelError("The card's description of the training images is not valid.", "Fetch the model again.")


def _described_by(one: SetAppearance, count: int) -> bool:
    sizes = (len(one.mean), len(one.sd), len(one.whitening)) == (count, count, count * (count + 1) // 2)
    finite = all(math.isfinite(value) for value in (*one.mean, *one.sd, *one.whitening, one.limit))
    return sizes and finite and one.limit > 0 and all(value > 0 for value in one.sd)
