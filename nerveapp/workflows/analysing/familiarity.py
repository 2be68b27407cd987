"""Images that a model was not made for, told before it outlines them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from nerveapp.analysis.familiarity import FEATURES, Features, Unlikeness, features_of, set_appearance, unlikeness
from nerveapp.analysis.machine_changes import CHANGES, changed
from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.appearance import Appearance, SetAppearance
from nerveapp.domain.clip import Frame, Image
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard

CHANGES_EACH = 3
"""Each training image is described as it is and under so many mild changes of machine, in turn: networks are trained on
such changes, so that images that show them are of the kind learnt from."""

LOOKED_AT = (0, 12, 24)
"""Frames of a clip that are looked at before an analysis: apart from each other, and yet decoded at once."""


def describe_images(
    sets: Sequence[tuple[str, Sequence[LabelledImage]]],
    *,
    height: int,
    width: int,
    inherited: Appearance | None = None,
) -> Appearance:
    """Describe how the images look that a network learns from.

    Parameters
    ----------
    sets : sequence of (str, sequence of LabelledImage)
        Name and images of each; one without images is left out.
    height, width : int
        The network's grid.
    inherited : Appearance, optional
        Of the model that the training started from: what that had learnt from, the new one did too.
    """
    described = [set_appearance(name, *measured(images, height, width)) for name, images in sets if images]
    known = inherited.sets if inherited is not None and inherited.features == FEATURES else ()
    names = {one.name for one in described}
    earlier: list[SetAppearance] = [one for one in known if one.name not in names]
    return Appearance(FEATURES, (*described, *earlier))


def unfamiliar(card: ModelCard, images: Iterable[Image]) -> Unlikeness | None:
    """Compare frames of a clip with what a model learnt from.

    Parameters
    ----------
    card : ModelCard
    images : iterable of ndarray of uint8, (H, W) or (H, W, 3) RGB

    Returns
    -------
    Unlikeness or None
        Of the middle one among the frames, by their distance; None where the card describes no training images.
    """
    appearance = card.appearance
    if appearance is None:
        return None
    found = [
        unlikeness(appearance, features_of(to_grey(image), card.input_height, card.input_width)) for image in images
    ]
    ranked = sorted((one for one in found if one is not None), key=lambda one: one.ratio)
    return ranked[len(ranked) // 2] if ranked else None


def warning_before(card: ModelCard, frames: Iterable[Frame]) -> str | None:
    """Say, before a clip is analysed, that its images are unlike those a model learnt from; None where they are not.

    Parameters
    ----------
    card : ModelCard
    frames : iterable of Frame
        Of the clip, in order; only its beginning is read.
    """
    if card.appearance is None:
        return None
    beginning = islice(frames, LOOKED_AT[-1] + 1)
    return warning_of(card, [frame.image for frame in beginning if frame.index in LOOKED_AT])


def warning_of(card: ModelCard, images: Sequence[Image]) -> str | None:
    """Say that a clip's images are unlike those a model learnt from; None where they are not, or nobody knows.

    Parameters
    ----------
    card : ModelCard
    images : sequence of ndarray of uint8, (H, W) or (H, W, 3) RGB
        The clip's frames `LOOKED_AT`.
    """
    found = unfamiliar(card, images)
    if found is None or found.ratio <= 1:
        return None
    return (
        f"These images are unlike those the model was trained on ({'; '.join(found.reasons)}): its outlines may be "
        "wrong, and its scores do not hold here."
    )


def measured(images: Sequence[LabelledImage], height: int, width: int) -> tuple[Features, list[str]]:
    """Measure images as they are and mildly changed, on a network's grid.

    Returns
    -------
    features : ndarray of float64, (N * (1 + CHANGES_EACH), 17)
    groups : list of str
        The group of each row.
    """
    rows, groups = [], []
    for number, image in enumerate(images):
        first = number * CHANGES_EACH
        changes = [CHANGES[(first + each) % len(CHANGES)] for each in range(CHANGES_EACH)]
        shown = [image.grey, *(changed(image, change, "mild")[0] for change in changes)]
        rows += [features_of(to_grey(one), height, width) for one in shown]
        groups += [image.group] * len(shown)
    return np.array(rows), groups
