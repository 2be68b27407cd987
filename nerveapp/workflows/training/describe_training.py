"""Write on the card of a stored model how its training images look, without another training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.experiments.identity import same_training
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.errors import DataError, TrainingError
from nerveapp.ports import ModelStore
from nerveapp.workflows.training.train import appearance_of, phantom_images, recipe_nerves


def describe_training(actor: Actor, recipe: Recipe, images: Sequence[LabelledImage], *, store: ModelStore) -> ModelCard:
    """Describe the images that a stored model learnt from; its weights, and so its identity, stay as they are.

    Parameters
    ----------
    actor : Actor
        Who may train.
    recipe : Recipe
        It made the model.
    images : sequence of LabelledImage
        The whole set.
    store : ModelStore

    Raises
    ------
    RightsError
        If the actor may not train.
    TrainingError
        If the stored model is of another training.
    DataError
        If people it learnt from are missing among the images.
    """
    actor.require(Right.TRAIN)
    card = store.card(recipe.name)
    if not same_training(card.recipe, recipe):
        raise TrainingError(
            f"{recipe.name} was not trained by the recipe of that name.", "Train it again: that describes its images."
        )
    learnt = [image for image in images if card.knows(image.group, image.clip)]
    if missing := card.people - {image.group for image in learnt}:
        raise DataError(
            f"{len(missing)} of the {len(card.people)} groups that {card.name} learnt from are not among the images.",
            "Give the set that it was trained on.",
        )
    phantoms = phantom_images(recipe.phantom_stills, seed=recipe.seed, nerves=recipe_nerves(recipe))
    described = replace(card, appearance=appearance_of(recipe, learnt, phantoms))
    return store.save(described, store.weights(card.name))
