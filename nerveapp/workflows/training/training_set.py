"""Choosing what a model is trained on among the final outlines in the store, without loading one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum

import cv2
import numpy as np

from nerveapp.analysis.sampling import at_most_each, every_kth, spread_by_difference
from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.clip import Image
from nerveapp.domain.labelled import LabelledImage
from nerveapp.ports import AnnotationStore, ModelRegistry
from nerveapp.workflows.annotating.dataset import Listed
from nerveapp.workflows.annotating.select_annotations import locked_people, outlines_that_count

THUMBNAIL = 24
"""Side of the small copies by which frames are compared, px."""


class Sampling(StrEnum):
    """Which of the frames are taken."""

    ALL = "all frames"
    EVERY_KTH = "every k-th frame of each clip"
    PER_SITE = "at random, so many of each site"
    SPREAD = "those that differ most, so many of each clip"


def candidates(store: AnnotationStore, registry: ModelRegistry) -> tuple[list[Listed], tuple[str, ...]]:
    """List the outlines that a model may be trained on: `outlines_that_count` of people who are not locked.

    Returns
    -------
    candidates : list of Listed
        By clip and frame.
    locked_people : tuple of str
        Those left out because models are judged on them.
    """
    kept_back = locked_people(store, registry)
    return [one for one in outlines_that_count(store) if one.clip.person not in kept_back], kept_back


def sample(
    found: Sequence[Listed],
    sampling: Sampling,
    *,
    count: int,
    image: Callable[[str, int], Image],
    seed: int = 7,
) -> list[Listed]:
    """Take some of the candidates.

    Parameters
    ----------
    found : sequence of Listed
    sampling : Sampling
    count : int
        The k, or how many of each site or clip.
    image : callable
        Gives the pixels of a frame by clip and number; asked only where frames are compared.
    seed : int
        Of the draw.
    """
    match sampling:
        case Sampling.EVERY_KTH:
            taken = every_kth([one.frame_key for one in found], count)
        case Sampling.PER_SITE:
            taken = at_most_each([one.site for one in found], count, seed=seed)
        case Sampling.SPREAD:
            taken = []
            for clip in dict.fromkeys(one.clip.sha256 for one in found):
                of_clip = [index for index, one in enumerate(found) if one.clip.sha256 == clip]
                features = np.stack([_feature(image(*found[index].frame_key)) for index in of_clip])
                taken += [of_clip[number] for number in spread_by_difference(features, count)]
        case Sampling.ALL:
            taken = list(range(len(found)))
    return [found[index] for index in sorted(taken)]


def _feature(image: Image) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    small = cv2.resize(to_grey(image), (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).ravel()


def as_images(found: Collection[Listed]) -> list[LabelledImage]:
    """Give stand-ins with names, people and places, but no pixels: enough to show a split before training."""
    nothing = np.zeros((1, 1), np.uint8)
    return [
        LabelledImage(
            one.entry.id,
            one.clip.person,
            nothing,
            nothing > 0,
            clip=one.clip.sha256,
            frame=one.entry.frame,
            view=one.clip.view,
        )
        for one in found
    ]
