"""Make a model: hold a fold of people out (or none), train, store it with its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nerveapp.analysis.splits import split_images
from nerveapp.domain.appearance import Appearance
from nerveapp.domain.experiments.identity import same_training
from nerveapp.domain.experiments.recipe import IMAGENET, SCRATCH, Recipe
from nerveapp.domain.experiments.split import Split
from nerveapp.domain.experiments.training_set import TrainingSet
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import SYNTHETIC, ModelCard, RefinementStage, TrainingData, WeightFile
from nerveapp.domain.view import Nerve
from nerveapp.errors import TrainingError
from nerveapp.phantom import phantom_still
from nerveapp.ports import ModelStore, Trainer, TrainingRun
from nerveapp.workflows.analysing.familiarity import describe_images

ONE_IN = 5
"""Where people are not kept apart, one image in so many is held out: 4:1, as in the poster."""


def split_by_recipe(images: Sequence[LabelledImage], recipe: Recipe) -> Split:
    """Hold out the recipe's part of the images; nothing where it holds none out."""
    return split_images(images, recipe.split, parts=recipe.folds, held_out=recipe.held_out_fold, seed=recipe.seed)


def parts_at_random(images: Sequence[LabelledImage]) -> int:
    """Into how many parts frames are dealt at random: five, or as many as there are different ones."""
    return min(ONE_IN, len({image.frame_key for image in images}))


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


def appearance_of(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    phantoms: Sequence[LabelledImage],
    *,
    inherited: Appearance | None = None,
) -> Appearance | None:
    """Describe how the images look that a recipe's model learns from.

    Parameters
    ----------
    recipe : Recipe
    images, phantoms : sequence of LabelledImage
        Those learnt from; phantoms count where the recipe mixes them in.
    inherited : Appearance, optional
        Of the model that the recipe starts from.

    Returns
    -------
    Appearance or None
        None for a refinement stage: what it is shown, the first network has found.
    """
    if recipe.crop_size_factor is not None:
        return None
    sets = ((recipe.dataset, images), (SYNTHETIC, phantoms if recipe.phantom_share else ()))
    return describe_images(sets, height=recipe.input_height, width=recipe.input_width, inherited=inherited)


def make_model(
    run: TrainingRun,
    images: Sequence[LabelledImage],
    *,
    trainer: Trainer,
    store: ModelStore,
    versions: tuple[tuple[str, str], ...],
    anew: bool = False,
    parents: ModelStore | None = None,
) -> ModelCard:
    """Train by a recipe and store the model, not scored yet; networks already stored of the same training are kept.

    A recipe with a refinement stage makes two networks, the refinement stage first.

    Parameters
    ----------
    run : TrainingRun
        Its start weights are found here, among `parents`.
    images : sequence of LabelledImage
        The whole set; the recipe's fold is held out of training and of every choice.
    trainer, store : Trainer, ModelStore
    versions : tuple of (str, str)
        Software, for the card.
    anew : bool
        Train even if the store has the model.
    parents : ModelStore, optional
        Has the model that the recipe starts from, where it names one.

    Raises
    ------
    TrainingError, CancelledError
        See `Trainer.train`.
    """
    recipe = run.recipe
    refinement = None
    if (refinement_recipe := recipe.of_refinement()) is not None:
        second = make_model(
            replace(run, recipe=refinement_recipe),
            images,
            trainer=trainer,
            store=store,
            versions=versions,
            anew=anew,
            parents=parents,
        )
        refinement = RefinementStage(second.name, second.weights.sha256)
    if not anew and recipe.name in store.stored():
        kept = store.card(recipe.name)
        if same_training(kept.recipe, recipe):
            described = _described_by(recipe, replace(kept, refinement=refinement), kept)
            if described == kept:
                return kept
            weights = store.weights(kept.name)
            if described.cpu_precision != kept.cpu_precision:
                calibration_images = _chosen(recipe, split_by_recipe(images, recipe)).calibration_images
                weights = trainer.for_cpus(weights.safetensors, calibration_images, recipe)
            return store.save(described, weights)
    split = split_by_recipe(images, recipe)
    if not split.training:
        raise TrainingError("No images are left to train on.", "Choose another split, or annotate more frames.")
    parent = parent_of(recipe, split, parents)
    chosen = _chosen(recipe, split)
    trained = trainer.train(chosen, replace(run, start=_start(recipe, parent, parents) if parent and parents else None))
    weights = trainer.for_cpus(trained.safetensors, chosen.calibration_images, recipe)
    card = _card(recipe, split, len(chosen.synthetic), trained.losses, versions=versions, parent=parent)
    inherited = parent.appearance if parent else None
    appearance = appearance_of(recipe, split.training, chosen.synthetic, inherited=inherited)
    return store.save(replace(card, refinement=refinement, appearance=appearance), weights)


def _chosen(recipe: Recipe, split: Split) -> TrainingSet:
    synthetic = phantom_images(recipe.phantom_stills, seed=recipe.seed, nerves=recipe_nerves(recipe))
    return TrainingSet(split.training, tuple(synthetic), split.held_out)


def _described_by(recipe: Recipe, card: ModelCard, kept: ModelCard) -> ModelCard:
    """Give a card what the recipe says of all that decides no weights; scores go where they no longer hold."""
    real, *others = card.trained_on
    described = replace(
        card,
        title=recipe.title,
        remark=recipe.remark,
        licence=recipe.licence,
        trained_on=(replace(real, source=recipe.data_source, licence=recipe.data_licence), *others),
        threshold=recipe.threshold,
        test_time_flip=recipe.test_time_flip,
        max_components=recipe.max_components,
        crop_size_factor=recipe.crop_size_factor,
        crop_size_factors=_crop_size_factors(recipe),
        cpu_precision=recipe.cpu_precision,
    )
    if _outlines_alike(described, kept):
        return described
    return replace(described, scores=(), confidence_knots=(), flag_below=0.0)


def _outlines_alike(one: ModelCard, other: ModelCard) -> bool:
    """Whether two cards of the same weights draw the same outlines, so that the scores of one are the other's."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in (
            *("refinement", "threshold", "test_time_flip", "max_components"),
            *("crop_size_factor", "crop_size_factors", "cpu_precision"),
        )
    )


def _crop_size_factors(recipe: Recipe) -> tuple[float, ...]:
    if recipe.crop_size_factor is None:
        return ()
    return tuple(recipe.crop_size_factor * scale for scale in recipe.crop_scales)


def parent_of(recipe: Recipe, split: Split, parents: ModelStore | None) -> ModelCard | None:
    """Find the model a recipe starts from; None where it names none.

    Raises
    ------
    TrainingError
        If that model is gone or another one, or was trained on people who are held out now.
    """
    if recipe.start in (IMAGENET, SCRATCH):
        return None
    name, _, sha256 = recipe.start.partition(" ")
    if parents is None or name not in parents.stored() or parents.card(name).sha256 != sha256:
        raise TrainingError(f"The model {name} to start from is gone or was changed.", "Choose another start.")
    card = parents.card(name)
    known = sorted({image.group for image in split.held_out if card.knows(image.group, image.clip)})
    if known and not split.same_people:
        raise TrainingError(
            f"{name} was trained on {', '.join(known)}, on whom the new model would be tested: its score would be "
            "too high.",
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
    trained_on = [real]
    if phantoms and recipe.phantom_share:
        trained_on.append(TrainingData(SYNTHETIC, "made by nerveapp.phantom", "MIT", phantoms, phantoms))
    if parent is not None:  # who it was trained on, this one was too
        trained_on += parent.trained_on
    return ModelCard(
        name=recipe.name,
        title=recipe.title,
        architecture=recipe.architecture,
        encoder=recipe.encoder,
        decoder_channels=recipe.decoder_channels,
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
        trained_on=tuple(dict.fromkeys(trained_on)),
        held_out=tuple(sorted({image.group for image in split.held_out} - set(groups))),
        scores=(),
        recipe=recipe.settings(),
        crop_size_factor=recipe.crop_size_factor,
        crop_size_factors=_crop_size_factors(recipe),
        versions=versions,
        remark=recipe.remark,
        max_gap=recipe.max_gap,
        losses=losses,
    )
