"""Make a model: keep a fold of people back (or none), learn, store it with its card."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from nerveapp.analysis.splits import group_folds
from nerveapp.domain.exam import Nerve
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import CloseUp, ModelCard, TrainingData, WeightFile
from nerveapp.domain.recipe import CLOSE_UP_SUFFIX, RECIPES, Recipe
from nerveapp.errors import TrainingError
from nerveapp.phantom import phantom_still
from nerveapp.ports import EpochReport, ModelStore, Trainer

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


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
    """Hold out the recipe's fold of whole groups; nothing where it holds none out."""
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


def recipe_nerves(recipe: Recipe) -> tuple[Nerve, ...]:
    """Give the nerves a recipe's phantoms show."""
    return tuple(Nerve(nerve) for nerve in recipe.phantom_nerves)


def recipe_for_own(recipe: Recipe, images: Sequence[LabelledImage], *, name: str) -> Recipe:
    """Apply a recipe to images of one's own: under another name, with as many folds as people, five at most.

    Parameters
    ----------
    recipe : Recipe
    images : sequence of LabelledImage
        Their groups are the people.
    name : str
        Letters, digits, dots, dashes and underscores.

    Raises
    ------
    TrainingError
        If the name is taken or none, or there is only one person: nobody would be left to score on.
    """
    if not _NAME.fullmatch(name) or name in RECIPES or name.endswith(CLOSE_UP_SUFFIX):
        raise TrainingError(f"A model cannot be called {name!r}.", "Give --name, of letters, digits, dots and dashes.")
    people = len({image.group for image in images})
    if people < 2:
        raise TrainingError(
            "All images are of one person, so that nobody is left to score the model on.",
            "Annotate clips of other people too, each with a subject code.",
        )

    def adapted(one: Recipe) -> Recipe:
        return replace(
            one,
            dataset="own images",
            data_source=f"annotations made with NerveApp or imported into it, sha256 {_sha256(images)[:16]}",
            data_licence="not published",
            licence="not published",
            folds=min(recipe.folds, people),
            cpu_precision="float16",  # rounding to 8 bits takes tools that only we who ship models have installed
            remark=f"Trained on images of {people} people by whoever runs this installation.",
        )

    close_up = adapted(recipe.close_up) if recipe.close_up else None
    return replace(adapted(recipe), name=name, title=name, close_up=close_up)


def _sha256(images: Sequence[LabelledImage]) -> str:
    """Hash of a training set: other images or outlines make another recipe, so that no older model passes for it."""
    whole = hashlib.sha256()
    for image in sorted(images, key=lambda one: one.name):
        whole.update(f"{image.name} {image.group} {image.grey.shape}".encode())
        whole.update(image.grey.tobytes())
        whole.update(np.packbits(image.nerve).tobytes())
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
) -> ModelCard:
    """Train by a recipe and store the model, not scored yet; networks already stored by the same settings are kept.

    A recipe with a close-up makes two networks, the close-up first.

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
    )
    close_up = None
    if (closer := recipe.of_close_up()) is not None:
        second = make(closer)
        close_up = CloseUp(second.name, second.weights.sha256)
    if not anew and recipe.name in store.stored() and store.card(recipe.name).recipe == recipe.settings():
        kept = store.card(recipe.name)
        # What was scored with another close-up says nothing of this one.
        other = replace(kept, close_up=close_up, scores=(), confidence_knots=(), doubt_below=0.0)
        return kept if kept.close_up == close_up else store.save(other, store.weights(kept.name))
    split = split_by_group(images, recipe)
    synthetic = phantom_images(recipe.phantom_stills, seed=recipe.seed, nerves=recipe_nerves(recipe))
    losses: list[float] = []

    def note(report: EpochReport) -> None:
        losses.append(report.loss)
        on_epoch(report)

    safetensors = trainer.train(split.training, synthetic, recipe, on_epoch=note, cancelled=cancelled)
    weights = trainer.for_cpus(safetensors, [*split.training, *synthetic], recipe)
    card = _card(recipe, split, len(synthetic), tuple(losses), versions)
    return store.save(replace(card, close_up=close_up), weights)


def _card(
    recipe: Recipe, split: Split, phantoms: int, losses: tuple[float, ...], versions: tuple[tuple[str, str], ...]
) -> ModelCard:
    groups = sorted({image.group for image in split.training})
    real = TrainingData(
        name=recipe.dataset,
        source=recipe.data_source,
        licence=recipe.data_licence,
        images=len(split.training),
        groups=len(groups),
        members=tuple(groups),
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
        classes=recipe.classes,
        members=recipe.members,
        threshold=0.5,
        max_pieces=recipe.max_pieces,
        licence=recipe.licence,
        weights=WeightFile("", ""),
        cpu_weights=(),
        cpu_precision=recipe.cpu_precision,
        trained_on=(real, synthetic) if phantoms and recipe.phantom_share else (real,),
        held_out=tuple(sorted({image.group for image in split.held_out})),
        scores=(),
        recipe=recipe.settings(),
        reaches=tuple(recipe.reach * look for look in recipe.looks) if recipe.reach is not None else (),
        versions=versions,
        remark=recipe.remark,
        max_gap=recipe.max_gap,
        losses=losses,
    )
