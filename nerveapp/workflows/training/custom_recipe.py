"""The recipe of a custom training: a shipped one, applied to the images of this installation."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nerveapp.domain.counted import counted
from nerveapp.domain.experiments.recipe import IMAGENET, REFINEMENT_SUFFIX, SCRATCH, Recipe
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.errors import TrainingError
from nerveapp.ports import ModelStore
from nerveapp.workflows.training.train import ONE_IN, parts_at_random

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a custom model, as TrainingError."""
    if name in RECIPES or name.endswith(REFINEMENT_SUFFIX):
        raise TrainingError(
            f"A model cannot be called {name!r}.",
            f"Give a name that is not a shipped model's and does not end in {REFINEMENT_SUFFIX}.",
        )
    if not _NAME.fullmatch(name):
        raise TrainingError(
            f"A model cannot be called {name!r}.",
            "Give a name of at most 61 letters, digits, dots, dashes and underscores, a letter or digit first.",
        )


def custom_recipe(
    recipe: Recipe, images: Sequence[LabelledImage], *, name: str, split: SplitKind = SplitKind.FOLDS
) -> Recipe:
    """Apply a recipe to images of this installation, under another name.

    Parameters
    ----------
    recipe : Recipe
    images : sequence of LabelledImage
        Their groups are the people.
    name : str
        Letters, digits, dots, dashes and underscores.
    split : SplitKind
        How they are kept apart; by person, into as many parts as there are people, five at most.

    Raises
    ------
    TrainingError
        If the name cannot be one, or nobody and nothing would be left to score on.
    """
    check_name(name)
    people = len({image.group for image in images})
    if people < 2 and split.by_person:
        raise TrainingError(
            "All images are of one person, so that nobody is left to score the model on.",
            "Annotate clips of other people too, each with a patient's code; or split by blocks of time.",
        )
    parts = {SplitKind.LEAVE_ONE_OUT: people, SplitKind.FRAMES: parts_at_random(images), SplitKind.TIME_BLOCKS: ONE_IN}
    folds = parts.get(split, min(recipe.folds, people))
    if len({image.frame_key for image in images}) < 2:
        raise TrainingError("There is one image alone.", "Annotate more frames.")

    images_sha256 = _sha256(images)[:16]

    def adapted(one: Recipe) -> Recipe:
        views = math.ceil(one.phantom_share * len(images) * one.epochs)
        return replace(
            one,
            phantom_stills=min(one.phantom_stills, views),  # more would be made and never used
            dataset="own images",
            images_sha256=images_sha256,
            data_source=f"annotations made with NerveApp or imported into it, sha256 {images_sha256}",
            data_licence="not published",
            licence="not published",
            split=split,
            folds=folds,
            cpu_precision="float16",  # rounding to 8 bits takes tools that only whoever ships models has installed
            remark=f"From outlines of {counted(people, 'person')}, those held out for testing among them, by whoever "
            "runs this installation.",
        )

    refinement = adapted(recipe.refinement) if recipe.refinement else None
    return replace(adapted(recipe), name=name, title=name, refinement=refinement)


def started(recipe: Recipe, start: str, store: ModelStore) -> Recipe:
    """Let a recipe's networks begin as `start`; of a model, with decoders as wide as its networks have.

    Parameters
    ----------
    recipe : Recipe
    start : str
        See `Recipe.start`.
    store : ModelStore
        Has the model that it may name.
    """
    if start in (IMAGENET, SCRATCH):
        networks: tuple[ModelCard | None, ModelCard | None] = (None, None)
    else:
        first = store.card(start.partition(" ")[0])
        networks = (first, store.refinement_card(first) if first.refinement else None)

    def one(stage: Recipe, card: ModelCard | None) -> Recipe:
        channels = stage.decoder_channels if card is None else card.decoder_channels
        return replace(stage, start=start, decoder_channels=channels)

    refinement = one(recipe.refinement, networks[1]) if recipe.refinement else None
    return replace(one(recipe, networks[0]), refinement=refinement)


def _sha256(images: Sequence[LabelledImage]) -> str:
    """Hash of a training set: other images, outlines or frames make another training: no older model passes for it."""
    whole = hashlib.sha256()
    for image in sorted(images, key=lambda one: one.name):
        whole.update(f"{image.name} {image.group} {image.frame_key} {image.grey.shape}".encode())
        whole.update(image.grey.tobytes())
        whole.update(np.packbits(image.nerve).tobytes())
        if image.vessel is not None:
            whole.update(np.packbits(image.vessel).tobytes())
    return whole.hexdigest()
