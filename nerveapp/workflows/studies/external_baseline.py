"""Another program beside ours: its masks of the images that were held out, scored as ours are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import EngineScores, ExternalBaseline, Fold, ImageScore
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.errors import DataError
from nerveapp.workflows.evaluating.evaluate import score_image
from nerveapp.workflows.training.train import split_by_recipe


def score_external_baseline(
    recipe: Recipe, images: Sequence[LabelledImage], masks: Mapping[str, Mask], *, label: str, how: str
) -> ExternalBaseline:
    """Score masks another program made after it had learnt from a recipe's folds.

    Parameters
    ----------
    recipe : Recipe
        Whose folds; without a held-out fold of its own.
    images : sequence of LabelledImage
        The whole set.
    masks : mapping of str to ndarray of bool, (H, W)
        By the images' names, on their own grids. A fold counts where none of its held-out images lacks one.
    label, how : str
        The program, and how it was trained.

    Raises
    ------
    DataError
        If no fold is whole, or a mask has another size than its image.
    """
    folds = []
    for number in recipe.parts_held_out:
        split = split_by_recipe(images, recipe.for_fold(number))
        if not all(image.name in masks for image in split.held_out):
            continue
        scores = tuple(_score(image, masks[image.name]) for image in split.held_out)
        groups = len({image.group for image in split.training})
        folds.append(Fold(number, len(split.training), groups, (), (EngineScores(label, scores),)))
    if not folds:
        raise DataError(
            f"There is no fold of {recipe.name} for all of whose held-out images there are masks.",
            "Give one mask for each, named like the image.",
        )
    return ExternalBaseline(label, how, recipe.name, tuple(folds))


def _score(image: LabelledImage, mask: Mask) -> ImageScore:
    if mask.shape != image.nerve.shape:
        raise DataError(
            f"The mask of {image.name} is {mask.shape[1]} x {mask.shape[0]}, its image {image.width} x {image.height}.",
            "Bring the masks to the images' own size.",
        )
    score = score_image(image.name, image.group, image.nerve, PredictedMask(mask, 0.0, int(mask.any())), flag_below=0.0)
    return replace(score, outline=())  # outlines fill most of a record
