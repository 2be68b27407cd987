"""Make a model: keep a fold of people back (or none), learn, store it with its card."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from nerveapp.analysis.splits import split_images
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import IMAGENET, RECIPES, REFINEMENT_SUFFIX, SCRATCH, Recipe
from nerveapp.domain.experiments.split import Split, SplitKind
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard, RefinementStage, TrainingData, WeightFile
from nerveapp.domain.view import Nerve
from nerveapp.errors import TrainingError
from nerveapp.phantom import phantom_still
from nerveapp.ports import Checkpoints, ModelStore, Trainer

ONE_IN = 5
"""Where people are not kept apart, one image in so many is held out: 4:1, as in the poster."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


def split_by_recipe(images: Sequence[LabelledImage], recipe: Recipe) -> Split:
    """Hold out the recipe's part of the images; nothing where it holds none out."""
    return split_images(images, recipe.split, parts=recipe.folds, held_out=recipe.held_out_fold, seed=recipe.seed)


def parts_at_random(images: Sequence[LabelledImage]) -> int:
    """Into how many parts frames are dealt at random: five, or as many as there are different ones."""
    return min(ONE_IN, len({image.place for image in images}))


def phantom_images(count: int, *, seed: int, nerves: Sequence[Nerve]) -> list[LabelledImage]:
    """Make synthetic stills of random subjects, each its own group.

    Parameters
    ----------
    count, seed : int
        How many, and the seed they all follow from.
    nerves : sequence of Nerve
        The nerves shown, in turn.
    """
    rng = np.random.default_rng(seed)
    images = []
    for index in range(count):
        still = phantom_still(rng, nerve=nerves[index % len(nerves)])
        name = f"phantom-{seed}-{index}"
        images.append(LabelledImage(name, name, still.image, still.mask))
    return images


def recipe_nerves(recipe: Recipe) -> tuple[Nerve, ...]:
    """Give the nerves a recipe's phantoms show."""
    return tuple(Nerve(nerve) for nerve in recipe.phantom_nerves)


def recipe_for_own(
    recipe: Recipe, images: Sequence[LabelledImage], *, name: str, split: SplitKind = SplitKind.FOLDS
) -> Recipe:
    """Apply a recipe to images of one's own, under another name.

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
        If the name is taken or none, or nobody and nothing would be left to score on.
    """
    if not _NAME.fullmatch(name) or name in RECIPES or name.endswith(REFINEMENT_SUFFIX):
        raise TrainingError(f"A model cannot be called {name!r}.", "Give a name of letters, digits, dots and dashes.")
    people = len({image.group for image in images})
    if people < 2 and split.by_person:
        raise TrainingError(
            "All images are of one person, so that nobody is left to score the model on.",
            "Annotate clips of other people too, each with a subject code; or split by blocks of time.",
        )
    parts = {SplitKind.LEAVE_ONE_OUT: people, SplitKind.FRAMES: parts_at_random(images), SplitKind.TIME_BLOCKS: ONE_IN}
    folds = parts.get(split, min(recipe.folds, people))
    if len({image.place for image in images}) < 2:
        raise TrainingError("There is one image alone.", "Annotate more frames.")

    def adapted(one: Recipe) -> Recipe:
        views = math.ceil(one.phantom_share * len(images) * one.epochs)
        return replace(
            one,
            phantom_stills=min(one.phantom_stills, views),  # more would be made and never shown
            dataset="own images",
            data_source=f"annotations made with NerveApp or imported into it, sha256 {_sha256(images)[:16]}",
            data_licence="not published",
            licence="not published",
            split=split,
            folds=folds,
            cpu_precision="float16",  # rounding to 8 bits takes tools that only we who ship models have installed
            remark=f"Trained on images of {people} people by whoever runs this installation.",
        )

    refinement = adapted(recipe.refinement) if recipe.refinement else None
    return replace(adapted(recipe), name=name, title=name, refinement=refinement)


def _sha256(images: Sequence[LabelledImage]) -> str:
    """Hash of a training set: other images, outlines or places make another recipe: no older model passes for it."""
    whole = hashlib.sha256()
    for image in sorted(images, key=lambda one: one.name):
        whole.update(f"{image.name} {image.group} {image.place} {image.grey.shape}".encode())
        whole.update(image.grey.tobytes())
        whole.update(np.packbits(image.nerve).tobytes())
        if image.vessel is not None:
            whole.update(np.packbits(image.vessel).tobytes())
    return whole.hexdigest()


def make_model(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    *,
    trainer: Trainer,
    store: ModelStore,
    versions: tuple[tuple[str, str], ...],
    on_epoch: Callable[[EpochReport], None],
    cancelled: Callable[[], bool] = lambda: False,
    anew: bool = False,
    parents: ModelStore | None = None,
    checkpoints: Checkpoints | None = None,
) -> ModelCard:
    """Train by a recipe and store the model, not scored yet; networks already stored by the same settings are kept.

    A recipe with a refinement stage makes two networks, the refinement stage first.

    Parameters
    ----------
    recipe : Recipe
    images : sequence of LabelledImage
        The whole set; the recipe's fold is held out of learning and of every choice.
    trainer, store : Trainer, ModelStore
    versions : tuple of (str, str)
        Software, for the card.
    on_epoch, cancelled : callable
        See `Trainer.train`.
    anew : bool
        Train even if the store has the model.
    parents : ModelStore, optional
        Has the model that the recipe starts from, where it names one.
    checkpoints : Checkpoints, optional
        See `Trainer.train`.

    Raises
    ------
    TrainingError, CancelledError
        See `Trainer.train`.
    """
    make = partial(
        make_model,
        images=images,
        trainer=trainer,
        store=store,
        versions=versions,
        on_epoch=on_epoch,
        cancelled=cancelled,
        anew=anew,
        parents=parents,
        checkpoints=checkpoints,
    )
    refinement = None
    if (closer := recipe.of_refinement()) is not None:
        second = make(closer)
        refinement = RefinementStage(second.name, second.weights.sha256)
    if not anew and recipe.name in store.stored() and store.card(recipe.name).recipe == recipe.settings():
        kept = store.card(recipe.name)
        # What was scored with another refinement stage says nothing of this one.
        other = replace(kept, refinement=refinement, scores=(), confidence_knots=(), flag_below=0.0)
        return kept if kept.refinement == refinement else store.save(other, store.weights(kept.name))
    split = split_by_recipe(images, recipe)
    if not split.training:
        raise TrainingError("There is nothing left to learn from.", "Choose another split, or annotate more frames.")
    parent = parent_of(recipe, split, parents)
    synthetic = phantom_images(recipe.phantom_stills, seed=recipe.seed, nerves=recipe_nerves(recipe))
    learnt = trainer.train(
        split.training,
        synthetic,
        recipe,
        on_epoch=on_epoch,
        cancelled=cancelled,
        held_out=split.held_out,
        start=_start(recipe, parent, parents) if parent and parents else None,
        checkpoints=checkpoints,
    )
    weights = trainer.for_cpus(learnt.safetensors, [*split.training, *synthetic], recipe)
    card = _card(recipe, split, len(synthetic), learnt.losses, versions=versions, parent=parent)
    return store.save(replace(card, refinement=refinement), weights)


def parent_of(recipe: Recipe, split: Split, parents: ModelStore | None) -> ModelCard | None:
    """Find the model a recipe starts from; None where it names none.

    Raises
    ------
    TrainingError
        If that model is gone or another one, or has learnt from people who are held out now.
    """
    if recipe.start in (IMAGENET, SCRATCH):
        return None
    name, _, sha256 = recipe.start.partition(" ")
    if parents is None or name not in parents.stored() or parents.card(name).sha256 != sha256:
        raise TrainingError(f"The model {name} to start from is gone or was changed.", "Choose another start.")
    card = parents.card(name)
    known = sorted({image.group for image in split.held_out if card.knows(image)})
    if known and not split.same_people:
        raise TrainingError(
            f"{name} has learnt from {', '.join(known)}, who would be tested on: the score would "
            "flatter the new model.",
            "Start from another model or from the pretrained encoder.",
        )
    return card


def _start(recipe: Recipe, card: ModelCard, parents: ModelStore) -> bytes | None:
    if recipe.crop_size_factor is None:
        return parents.weights(card.name).safetensors
    return parents.weights(card.refinement.name).safetensors if card.refinement else None


def _card(
    recipe: Recipe,
    split: Split,
    phantoms: int,
    losses: tuple[float, ...],
    *,
    versions: tuple[tuple[str, str], ...],
    parent: ModelCard | None,
) -> ModelCard:
    groups = sorted({image.group for image in split.training})
    real = TrainingData(
        name=recipe.dataset,
        source=recipe.data_source,
        licence=recipe.data_licence,
        images=len(split.training),
        groups=len(groups),
        members=tuple(groups),
        clips=tuple(sorted({image.clip for image in split.training if image.clip})),
    )
    learnt_from = [real]
    if phantoms and recipe.phantom_share:
        learnt_from.append(TrainingData("phantom", "made by nerveapp.phantom", "MIT", phantoms, phantoms))
    if parent is not None:  # what it knew, this one knows
        learnt_from += parent.trained_on
    return ModelCard(
        name=recipe.name,
        title=recipe.title,
        architecture=recipe.architecture,
        encoder=recipe.encoder,
        input_height=recipe.input_height,
        input_width=recipe.input_width,
        mean=recipe.mean,
        std=recipe.std,
        classes=recipe.classes,
        members=recipe.members,
        threshold=recipe.threshold,
        test_time_flip=recipe.test_time_flip,
        max_components=recipe.max_components,
        licence=recipe.licence,
        weights=WeightFile("", ""),
        cpu_weights=(),
        cpu_precision=recipe.cpu_precision,
        trained_on=tuple(dict.fromkeys(learnt_from)),
        held_out=tuple(sorted({image.group for image in split.held_out} - set(groups))),
        scores=(),
        recipe=recipe.settings(),
        crop_size_factors=tuple(recipe.crop_size_factor * look for look in recipe.crop_scales)
        if recipe.crop_size_factor is not None
        else (),
        versions=versions,
        remark=recipe.remark,
        max_gap=recipe.max_gap,
        losses=losses,
    )
