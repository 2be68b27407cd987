"""How long a training will take, from how long one took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.split import SplitKind

USUAL_PACE = 2.6e-6
"""Seconds per image and network pixel of a pass, measured with the shipped recipes on one core of an AMD EPYC."""


def views_of(recipe: Recipe, images: int) -> float:
    """Network pixels shown in one epoch."""
    shown = min(images, recipe.images_per_epoch or images)
    return shown * (1 + recipe.phantom_share) * recipe.input_height * recipe.input_width


def pace_of(ends: Sequence[datetime], views: float) -> float | None:
    """Give the seconds per image and pixel of epochs that ended one after another; None for fewer than two.

    Parameters
    ----------
    ends : sequence of datetime
        When the epochs of one network ended.
    views : float
        See `views_of`.
    """
    if len(ends) < 2:
        return None
    gaps = sorted((later - earlier).total_seconds() for earlier, later in pairwise(ends))
    return gaps[len(gaps) // 2] / views  # the median: a night's sleep of the laptop is no pace


def expected_seconds(recipe: Recipe, images: int, *, beside_random: bool, pace: float) -> float:
    """Expect the length of a whole training: its parts, the final model and refinement stages.

    Parameters
    ----------
    recipe : Recipe
    images : int
        All images of the set.
    beside_random : bool
        Whether frames at random are trained on too; of no account where they are the split itself.
    pace : float
        Seconds per image and network pixel.
    """
    kept = images * (1 - 1 / recipe.folds)
    held_out = len(recipe.parts_held_out) + (beside_random and recipe.split is not SplitKind.FRAMES)
    networks = [recipe, *([recipe.refinement] if recipe.refinement else [])]
    whole = 0.0
    for network in networks:
        each = network.epochs * network.members * pace
        whole += each * views_of(network, round(kept)) * held_out
        whole += each * views_of(network, images) * recipe.split.crosses
    return whole
