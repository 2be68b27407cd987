"""Make a shipped model: its card's scores are those of the cross-validation of its recipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import CrossValidation
from nerveapp.domain.model import SYNTHETIC, ModelCard
from nerveapp.domain.score import Score
from nerveapp.ports import ModelStore, Segmenter, Segmenters
from nerveapp.workflows.evaluating.evaluate import score_images, summarise_scores
from nerveapp.workflows.training.cross_validate import confidence_of, summarise_cross_validation
from nerveapp.workflows.training.train import phantom_images, recipe_nerves

UNSEEN_PHANTOM_STILLS = 60


def on_both_engines(segmenters: Segmenters, name: str) -> list[Segmenter]:
    """Give a model as the reference computes it and as CPUs do."""
    engines = (EngineName.TORCH, EngineName.OPENVINO)
    return [segmenters.segmenter(name, device=DeviceName.CPU, engine=engine) for engine in engines]


def make_final_model(
    recipe: Recipe,
    measured: CrossValidation,
    *,
    make: Callable[[Recipe], ModelCard],
    store: ModelStore,
    segmenters: Segmenters,
    actor: Actor,
) -> ModelCard:
    """Train on all images, and write on the card what the cross-validation found.

    Parameters
    ----------
    recipe : Recipe
        Without a held-out fold.
    measured : CrossValidation
        Of all folds.
    make : callable
        Trains by the recipe into `store`, or gives what was trained by it before.
    store : ModelStore
    segmenters : Segmenters
        Of the models of `store`.
    actor : Actor

    Raises
    ------
    RightsError
        If the actor may not train.
    """
    actor.require(Right.TRAIN)
    card = make(recipe)
    knots, flag_below = confidence_of(measured, measured.engines[-1])
    phantom = _phantom_scores(recipe, on_both_engines(segmenters, card.name))
    scores = (*summarise_cross_validation(measured), *phantom)
    scored = replace(card, scores=scores, confidence_knots=knots, flag_below=flag_below)
    return store.save(scored, store.weights(card.name))


def _phantom_scores(recipe: Recipe, segmenters: Sequence[Segmenter]) -> list[Score]:
    stills = phantom_images(UNSEEN_PHANTOM_STILLS, seed=recipe.seed + 1, nerves=recipe_nerves(recipe))
    split = "synthetic stills of subjects not in the training set"
    return [
        summarise_scores(
            score_images(stills, segmenter), dataset=SYNTHETIC, split=split, engine=segmenter.engine, unseen_people=True
        )
        for segmenter in segmenters
    ]
