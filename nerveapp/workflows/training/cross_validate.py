"""Score a recipe on people its models were not trained on: a training per fold, every image held out once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from nerveapp.analysis.reliability import expected_dice, fit_expected_dice
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import CrossValidation, EngineScores, Fold, ImageScore
from nerveapp.domain.experiments.shipped_recipes import differences
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.score import Score
from nerveapp.domain.segmentation import Flag
from nerveapp.ports import Segmenter
from nerveapp.workflows.evaluating.evaluate import score_images, summarise_scores
from nerveapp.workflows.training.train import split_by_recipe


def cross_validate(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    *,
    label: str,
    folds: Sequence[int],
    make: Callable[[Recipe], ModelCard],
    load: Callable[[str], Sequence[Segmenter]],
    versions: tuple[tuple[str, str], ...],
) -> CrossValidation:
    """Train and score each fold.

    Parameters
    ----------
    recipe : Recipe
        Without a held-out fold of its own.
    images : sequence of LabelledImage
        The whole set.
    label : str
        Name of the result.
    folds : sequence of int
        Which folds to run, from 0.
    make : callable
        Trains by a fold's recipe, or gives what was trained by it before.
    load : callable
        Gives a stored model's segmenters by its name, the reference first.
    versions : tuple of (str, str)
        Software, for the record.
    """
    return CrossValidation(
        label, recipe, tuple(_run_fold(recipe, images, number, make, load) for number in folds), versions
    )


def _run_fold(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    number: int,
    make: Callable[[Recipe], ModelCard],
    load: Callable[[str], Sequence[Segmenter]],
) -> Fold:
    fold_recipe = recipe.for_fold(number)
    split = split_by_recipe(images, fold_recipe)
    card = make(fold_recipe)
    scores = tuple(
        EngineScores(segmenter.engine, tuple(score_images(split.held_out, segmenter))) for segmenter in load(card.name)
    )
    return Fold(number, len(split.training), len({one.group for one in split.training}), card.losses, scores)


def summarise_cross_validation(result: CrossValidation) -> tuple[Score, ...]:
    """Reduce a cross-validation to one score per engine, over all held-out images together."""
    folds = "five folds" if len(result.folds) == 5 else f"{len(result.folds)} of {result.recipe.folds} folds"
    split = f"out of fold, {folds} by group (seed {result.recipe.seed}); the recipe's models, not this one"
    if changed := differences(result.recipe):
        split += f", measured with {'; '.join(changed)}"
    return tuple(
        summarise_scores(
            result.out_of_fold(engine), dataset=result.recipe.dataset, split=split, engine=engine, unseen_people=True
        )
        for engine in result.engines
    )


FLAGGED_SHARE = 0.12
"""Share of held-out images whose confidence is called low; with the other flags it stays within 15 %."""


def confidence_of(result: CrossValidation, engine: str) -> tuple[tuple[tuple[float, float], ...], float]:
    """Fit the confidence of the final model from how certain its folds' models were and how right.

    Returns
    -------
    knots : tuple of (float, float)
        See `fit_expected_dice`.
    flag_below : float
        The confidence below which `FLAGGED_SHARE` of the held-out images lie.
    """
    images = result.out_of_fold(engine)
    knots = fit_expected_dice([image.confidence for image in images], [image.dice for image in images])
    expected = [expected_dice(image.confidence, knots) for image in images]
    return knots, float(np.quantile(expected, FLAGGED_SHARE))


def judged_out_of_fold(result: CrossValidation, engine: str) -> list[ImageScore]:
    """Give all held-out images with the confidence and flags fitted on the other folds alone.

    The final model's own fit uses all folds; judging that on the same images would favour it.
    """
    judged: list[ImageScore] = []
    for fold in result.folds:
        others = replace(result, folds=tuple(other for other in result.folds if other is not fold))
        knots, flag_below = confidence_of(others, engine)
        for image in replace(result, folds=(fold,)).out_of_fold(engine):
            confidence = expected_dice(image.confidence, knots)
            flags: list[Flag] = [flag for flag in image.flags if flag is not Flag.LOW_CONFIDENCE]
            if confidence < flag_below and Flag.NO_NERVE not in flags:
                flags.append(Flag.LOW_CONFIDENCE)
            judged.append(replace(image, confidence=confidence, flags=tuple(flags)))
    return judged


def without_outlines(result: CrossValidation) -> CrossValidation:
    """Give the same scores without the outlines, which fill most of the record."""
    return replace(
        result,
        folds=tuple(
            replace(
                fold,
                scores=tuple(
                    replace(scores, images=tuple(replace(image, outline=()) for image in scores.images))
                    for scores in fold.scores
                ),
            )
            for fold in result.folds
        ),
    )
