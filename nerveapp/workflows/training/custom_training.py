"""Train a model on images of this installation: hold out, score, train, and report what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from nerveapp.analysis.outline import polygons
from nerveapp.analysis.splits import split_leakage
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.experiments.identity import same_training
from nerveapp.domain.experiments.recipe import IMAGENET, RANDOM_SUFFIX, SCRATCH, Recipe
from nerveapp.domain.experiments.report import SplitScore, TestedFrame, TrainingReport
from nerveapp.domain.experiments.results import CrossValidation
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.score import Score
from nerveapp.errors import TrainingError
from nerveapp.ports import ModelStore, Segmenter, Trainer, TrainingRun
from nerveapp.workflows.evaluating.evaluate import summarise_scores
from nerveapp.workflows.training.cross_validate import confidence_of, cross_validate
from nerveapp.workflows.training.train import make_model, parts_at_random, split_by_recipe

FEWEST_FOR_CONFIDENCE = 20
"""With fewer held-out images the confidence stays the network's bare certainty."""


@dataclass(frozen=True, slots=True)
class TrainingTools:
    """What a custom training works with.

    Parameters
    ----------
    trainer : Trainer
    segmenter : callable
        Gives the segmenter of a model, by its name and the store that has it.
    clock : callable
        Gives the time, with a time zone.
    versions : tuple of (str, str)
        Software, for the record.
    """

    trainer: Trainer
    segmenter: Callable[[str, ModelStore], Segmenter]
    clock: Callable[[], datetime]
    versions: tuple[tuple[str, str], ...]


def _ignore(_line: str) -> None:
    """Take a line nobody reads."""


def train_custom_model(
    actor: Actor,
    run: TrainingRun,
    images: Sequence[LabelledImage],
    *,
    tools: TrainingTools,
    runs: ModelStore,
    store: ModelStore,
    beside_random: bool = False,
    log: Callable[[str], None] = _ignore,
) -> TrainingReport:
    """Score a recipe on what is held out, then store the model.

    Of a split that holds every image out once, the model stored is trained on all of them, after the scores of as many
    others; of a split that holds one part out, it is the very one that was scored.

    Parameters
    ----------
    actor : Actor
        Who may train.
    run : TrainingRun
        Its recipe is from `custom_recipe`.
    images : sequence of LabelledImage
    tools : TrainingTools
    runs, store : ModelStore
        Where the models of the parts go, and where the final one goes; what `runs` holds of an earlier try is used
        again, and `store` has the model that the recipe starts from.
    beside_random : bool
        Also train once on frames at random, 4:1, to show by how much that overstates the score.
    log : callable
        Given a line about what begins.

    Raises
    ------
    RightsError
        If the actor may not train.
    TrainingError, CancelledError
        If another model has the name, and as `Trainer.train` does.
    """
    actor.require(Right.TRAIN)
    recipe = run.recipe
    final = replace(recipe, held_out_fold=None if recipe.split.crosses else 0)
    if recipe.name in store.stored() and not same_training(store.card(recipe.name).recipe, final):
        raise TrainingError(f"There is another model called {recipe.name}.", "Train under another name.")

    def make(one: Recipe, into: ModelStore) -> ModelCard:
        return make_model(
            replace(run, recipe=one),
            images,
            trainer=tools.trainer,
            store=into,
            versions=tools.versions,
            parents=store,
        )

    def cross_validated(one: Recipe) -> CrossValidation:
        return cross_validate(
            one,
            images,
            label=one.name,
            folds=one.parts_held_out,
            make=lambda part: make(part, runs),
            load=lambda name: [tools.segmenter(name, runs)],
            versions=tools.versions,
        )

    log(f"Preparing; held out: {recipe.split.words}")
    measured = cross_validated(recipe)
    splits = [_split_score(measured, images)]
    if beside_random and recipe.split is not SplitKind.FRAMES:
        log("For comparison, frames at random")
        splits.append(_split_score(cross_validated(_at_random(recipe, images)), images))
    (engine,) = measured.engines
    log("The final model")
    card = make(final, store) if recipe.split.crosses else _moved(recipe.for_fold(0).name, final, runs, store)
    knots: tuple[tuple[float, float], ...] = ()
    flag_below = 0.0
    if len(measured.out_of_fold(engine)) >= FEWEST_FOR_CONFIDENCE:
        knots, flag_below = confidence_of(measured, engine)
    scored = replace(card, scores=tuple(one.score for one in splits), confidence_knots=knots, flag_below=flag_below)
    saved = store.save(scored, store.weights(card.name))
    tested = _tested(measured, images)
    return TrainingReport(saved.name, saved.sha256, tools.clock(), final, tuple(splits), tested, tools.versions)


def _at_random(recipe: Recipe, images: Sequence[LabelledImage]) -> Recipe:
    """Deal frames at random, so that the same people are on both sides."""

    def dealt(one: Recipe) -> Recipe:
        return replace(one, split=SplitKind.FRAMES, folds=parts_at_random(images))

    refinement = dealt(recipe.refinement) if recipe.refinement else None
    return replace(dealt(recipe), name=recipe.name + RANDOM_SUFFIX, refinement=refinement)


def _moved(part: str, recipe: Recipe, runs: ModelStore, store: ModelStore) -> ModelCard:
    """Store the model of a part under the final name, and its refinement stage with it."""
    card = runs.card(part)
    refinement = card.refinement
    if refinement is not None:
        refinement_recipe = recipe.of_refinement()
        name = refinement_recipe.name if refinement_recipe else refinement.name
        store.save(replace(runs.card(refinement.name), name=name), runs.weights(refinement.name))
        refinement = replace(refinement, name=name)
    return store.save(replace(card, name=recipe.name, refinement=refinement), runs.weights(part))


def _split_score(measured: CrossValidation, images: Sequence[LabelledImage]) -> SplitScore:
    recipe = measured.recipe
    splits = [split_by_recipe(images, recipe.for_fold(fold.number)) for fold in measured.folds]
    tested = [len(split.held_out) for split in splits]
    leaked: float | None = float(np.average([split_leakage(split) for split in splits], weights=tested))
    if not recipe.split.by_person and not all(image.clip for image in images):
        leaked = None  # nobody knows which of them are neighbours
    return SplitScore(
        recipe.split,
        leaked,
        round(float(np.mean([len(split.training) for split in splits]))),
        round(float(np.mean([split.training_people for split in splits]))),
        _score(measured, leaked),
    )


def _score(measured: CrossValidation, leaked: float | None) -> Score:
    recipe, (engine,) = measured.recipe, measured.engines
    kind = recipe.split
    words = f"{kind.words}, seed {recipe.seed}, leakage {'unknown' if leaked is None else f'{leaked:.0%}'}"
    if kind.crosses:
        words = f"out of fold: {words}; {recipe.folds} models of the recipe, not this one"
    if not kind.by_person and recipe.start not in (IMAGENET, SCRATCH):
        words += f"; it started from {recipe.start.split()[0]}, which may have been trained on these very frames"
    scores = measured.out_of_fold(engine)
    return summarise_scores(scores, dataset=recipe.dataset, split=words, engine=engine, unseen_people=kind.by_person)


def _tested(measured: CrossValidation, images: Sequence[LabelledImage]) -> tuple[TestedFrame, ...]:
    known = {image.name: image for image in images}
    return tuple(
        TestedFrame(
            score,
            fold.number,
            (image := known[score.name]).clip,
            image.frame,
            image.view,
            polygons(image.nerve),
        )
        for fold in measured.folds
        for scores in fold.scores
        for score in scores.images
    )
