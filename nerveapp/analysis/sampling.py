"""Which frames of clips are learnt from where there are more than are needed."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from nerveapp.domain.annotation import FrameKey


def every_kth(frame_keys: Sequence[FrameKey], k: int) -> list[int]:
    """Take every k-th of the frames of each clip, in the order of time.

    Parameters
    ----------
    frame_keys : sequence of FrameKey
        Clip and frame number of each image.
    k : int
        From 1.

    Returns
    -------
    list of int
        Indices into `frame_keys`, rising.
    """
    taken = []
    for indices in _by(clip for clip, _ in frame_keys):
        in_time = sorted(indices, key=lambda index: frame_keys[index][1])
        taken += in_time[::k]
    return sorted(taken)


def at_most_each(keys: Sequence[Hashable], count: int, *, seed: int) -> list[int]:
    """Draw at most so many images of each key (such as a site) at random.

    Returns
    -------
    list of int
        Indices, rising.
    """
    rng = random.Random(seed)  # noqa: S311 - a reproducible choice, not a secret
    taken: list[int] = []
    for indices in _by(keys):
        taken += rng.sample(indices, min(count, len(indices)))
    return sorted(taken)


def spread_by_difference(features: npt.NDArray[np.float32], count: int) -> list[int]:
    """Take images that differ most: each next one is the farthest from all taken (Gonzalez 1985).

    Parameters
    ----------
    features : ndarray of float32, (N, D)
        Such as small copies of the images.
    count : int
        At most so many; the first taken is the one nearest to the mean.

    Returns
    -------
    list of int
        Indices, rising.
    """
    if not len(features) or count < 1:
        return []
    first = int(((features - features.mean(axis=0)) ** 2).sum(axis=1).argmin())
    taken = [first]
    nearest = ((features - features[first]) ** 2).sum(axis=1)
    while len(taken) < min(count, len(features)) and nearest.max() > 0:
        farthest = int(nearest.argmax())
        taken.append(farthest)
        nearest = np.minimum(nearest, ((features - features[farthest]) ** 2).sum(axis=1))
    return sorted(taken)


def _by(keys: Iterable[Hashable]) -> list[list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for index, key in enumerate(keys):
        groups.setdefault(key, []).append(index)
    return list(groups.values())
