"""Make a model: split by person, learn, score on the people held out, write the card."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from nerveapp.analysis.splits import group_folds
from nerveapp.domain.exam import Nerve
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard, Score, TrainingData, WeightFile
from nerveapp.domain.recipe import Recipe
from nerveapp.phantom import phantom_still
from nerveapp.ports import EpochReport, ModelStore, Segmenter, Trainer
from nerveapp.workflows.evaluate import score_images, summarise_scores

HELD_OUT_PHANTOM_STILLS = 60


@dataclass(frozen=True, slots=True)
class Split:
    """Images to learn from and images held out, with no group in both."""

    training: tuple[LabelledImage, ...]
    held_out: tuple[LabelledImage, ...]

    def __post_init__(self) -> None:
        shared = {image.group for image in self.training} & {image.group for image in self.held_out}
        if shared:
            raise ValueError(f"expected no group on both sides, got {sorted(shared)}")


def split_by_group(images: Sequence[LabelledImage], recipe: Recipe) -> Split:
    """Hold out the recipe's fold of whole groups."""
    folds = group_folds([image.group for image in images], folds=recipe.folds, seed=recipe.seed)
    pairs = list(zip(images, folds, strict=True))
    return Split(
        tuple(image for image, fold in pairs if fold != recipe.held_out_fold),
        tuple(image for image, fold in pairs if fold == recipe.held_out_fold),
    )


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


def make_model(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    *,
    trainer: Trainer,
    store: ModelStore,
    load: Callable[[str], Sequence[Segmenter]],
    versions: tuple[tuple[str, str], ...],
    on_epoch: Callable[[EpochReport], None],
    cancelled: Callable[[], bool] = lambda: False,
    safetensors: bytes | None = None,
) -> ModelCard:
    """Train by a recipe and store the model with its scores on groups it never saw.

    Parameters
    ----------
    recipe : Recipe
    images : sequence of LabelledImage
        The whole set; the recipe's fold is held out of learning and of every choice.
    trainer, store : Trainer, ModelStore
    load : callable
        Gives the stored model's segmenters (reference and CPU engine) by its name, to be scored as users run them.
    versions : tuple of (str, str)
        Software, for the card.
    on_epoch, cancelled : callable
        See `Trainer.train`.
    safetensors : bytes, optional
        Weights already trained by this recipe: only the CPU's files and the scores are made anew.

    Raises
    ------
    TrainingError, CancelledError
        See `Trainer.train`.
    """
    split = split_by_group(images, recipe)
    nerves = tuple(Nerve(nerve) for nerve in recipe.phantom_nerves)
    synthetic = phantom_images(recipe.phantom_stills, seed=recipe.seed, nerves=nerves)
    if safetensors is None:
        safetensors = trainer.train(split.training, synthetic, recipe, on_epoch=on_epoch, cancelled=cancelled)
    weights = trainer.for_cpus(safetensors, [*split.training, *synthetic], recipe)
    card = store.save(_draft(recipe, split, len(synthetic), versions), weights)
    unseen = phantom_images(HELD_OUT_PHANTOM_STILLS, seed=recipe.seed + 1, nerves=nerves)
    scores = [
        score
        for segmenter in load(card.name)
        for score in (
            _score(split.held_out, segmenter, recipe.dataset, _describe(recipe)),
            _score(unseen, segmenter, "phantom", "synthetic stills of subjects not shown in training"),
        )
    ]
    return store.save(replace(card, scores=tuple(scores)), weights)


def _describe(recipe: Recipe) -> str:
    return f"fold {recipe.held_out_fold + 1} of {recipe.folds} by group (seed {recipe.seed}), never trained on"


def _score(images: Sequence[LabelledImage], segmenter: Segmenter, dataset: str, split: str) -> Score:
    return summarise_scores(score_images(images, segmenter), dataset=dataset, split=split, engine=segmenter.engine)


def _draft(recipe: Recipe, split: Split, phantoms: int, versions: tuple[tuple[str, str], ...]) -> ModelCard:
    real = TrainingData(
        name=recipe.dataset,
        source=recipe.data_source,
        licence=recipe.data_licence,
        images=len(split.training),
        groups=len({image.group for image in split.training}),
    )
    synthetic = TrainingData("phantom", "made by nerveapp.phantom", "MIT", phantoms, phantoms)
    return ModelCard(
        name=recipe.name,
        title=recipe.title,
        architecture="unet",
        encoder=recipe.encoder,
        input_height=recipe.input_height,
        input_width=recipe.input_width,
        mean=recipe.mean,
        std=recipe.std,
        classes=("nerve",),
        threshold=0.5,
        max_pieces=recipe.max_pieces,
        licence=recipe.licence,
        weights=WeightFile("", ""),
        cpu_weights=(),
        cpu_precision=recipe.cpu_precision,
        trained_on=(real, synthetic) if phantoms and recipe.phantom_share else (real,),
        held_out=tuple(sorted({image.group for image in split.held_out})),
        scores=(),
        recipe=json.dumps(asdict(recipe)),
        versions=versions,
        remark=recipe.remark,
    )
