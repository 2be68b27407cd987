"""Which images may be learnt from and which are held out: whole groups (people), never frames of one person in both."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Sequence


def group_folds(groups: Sequence[str], *, folds: int, seed: int) -> list[int]:
    """Assign every image a fold such that a group lies in exactly one.

    Groups are shuffled, then each goes to the fold that holds the fewest images so far, largest groups first.

    Parameters
    ----------
    groups : sequence of str
        The group of each image.
    folds : int
        Number of folds, at least 2 and at most the number of groups.
    seed : int
        Seed of the shuffle.

    Returns
    -------
    list of int
        The fold of each image, 0 to folds - 1.
    """
    sizes = Counter(groups)
    if not 2 <= folds <= len(sizes):
        raise ValueError(f"expected 2 to {len(sizes)} folds for {len(sizes)} groups, got {folds}")
    names = sorted(sizes)
    random.Random(seed).shuffle(names)  # noqa: S311 - a reproducible split, not a secret
    names.sort(key=lambda name: -sizes[name])
    filled = [0] * folds
    fold_of: dict[str, int] = {}
    for name in names:
        fold = filled.index(min(filled))
        fold_of[name] = fold
        filled[fold] += sizes[name]
    return [fold_of[group] for group in groups]


LEAK_FRAMES = 2


def leakage(
    training: Collection[tuple[str, int]], test: Collection[tuple[str, int]], *, within: int = LEAK_FRAMES
) -> float:
    """Share of test frames that lie so close to a training frame of their clip that they show nearly the same.

    Parameters
    ----------
    training, test : collection of (str, int)
        Clip and frame number of each frame.
    within : int
        Frames apart that still count as close.

    Returns
    -------
    float
        0 to 1; NaN if there are no test frames.
    """
    known = set(training)
    close = [any((clip, frame + step) in known for step in range(-within, within + 1)) for clip, frame in test]
    return sum(close) / len(close) if close else float("nan")
