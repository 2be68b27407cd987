"""Train a model on images of one's own: hold out, score, learn, and report what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from nerveapp.analysis.outline import polygons
from nerveapp.analysis.splits import split_leakage
from nerveapp.domain.experiments.recipe import IMAGENET, SCRATCH, Recipe
from nerveapp.domain.experiments.report import SplitScore, TestedFrame, TrainingReport
from nerveapp.domain.experiments.results import CrossValidation
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard, Score
from nerveapp.errors import TrainingError
from nerveapp.ports import ModelStore, Segmenter
from nerveapp.workflows.cross_validate import confidence_of, cross_validate
from nerveapp.workflows.evaluate import summarise_scores
from nerveapp.workflows.train import parts_at_random, split_by_recipe

FEWEST_FOR_CONFIDENCE = 20
"""With fewer held-out images the confidence stays the network's bare certainty."""


def train_own(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    *,
    make: Callable[[Recipe, ModelStore], ModelCard],
    load: Callable[[str, ModelStore], Segmenter],
    runs: ModelStore,
    store: ModelStore,
    versions: tuple[tuple[str, str], ...],
    now: Callable[[], datetime],
    beside_random: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> TrainingReport:
    """Score a recipe on what is held out, then store the model.

    Of a split that holds every image out once, the model stored learns from all of them, after the scores of as many
    others; of a split that holds one part out, it is the very one that was scored.

    Parameters
    ----------
    recipe : Recipe
        From `recipe_for_own`.
    images : sequence of LabelledImage
    make : callable
        Trains by a recipe into a store, or gives what is there already.
    load : callable
        Gives a segmenter of a stored model.
    runs, store : ModelStore
        Where the models of the parts go, and where the final one goes.
    versions : tuple of (str, str)
        Software, for the record.
    now : callable
        The clock.
    beside_random : bool
        Also train once on frames at random, 4:1, to show by how much that flatters.
    say : callable
        Told what begins.

    Raises
    ------
    TrainingError
        If another model has the name, and as `make` does.
    """
    last = replace(recipe, held_out_fold=None if recipe.split.crosses else 0)
    made = {last.settings(), recipe.for_fold(0).settings()}
    if recipe.name in store.stored() and store.card(recipe.name).recipe not in made:
        raise TrainingError(f"There is another model called {recipe.name}.", "Train under another name.")

    def run(own: Recipe) -> CrossValidation:
        return cross_validate(
            own,
            images,
            label=own.name,
            folds=own.parts_held_out,
            make=lambda part: make(part, runs),
            load=lambda name: [load(name, runs)],
            versions=versions,
        )

    say(f"Making ready; held out: {recipe.split.words}")
    measured = run(recipe)
    splits = [_split_score(measured, images)]
    if beside_random and recipe.split is not SplitKind.FRAMES:
        say("For comparison, frames at random")
        splits.append(_split_score(run(_at_random(recipe, images)), images))
    (engine,) = measured.engines
    say("The model itself")
    card = make(last, store) if recipe.split.crosses else _moved(recipe.for_fold(0).name, last, runs, store)
    knots: tuple[tuple[float, float], ...] = ()
    flag_below = 0.0
    if len(measured.out_of_fold(engine)) >= FEWEST_FOR_CONFIDENCE:
        knots, flag_below = confidence_of(measured, engine)
    scored = replace(card, scores=tuple(one.score for one in splits), confidence_knots=knots, flag_below=flag_below)
    saved = store.save(scored, store.weights(card.name))
    return TrainingReport(saved.name, saved.sha256, now(), last, tuple(splits), _tested(measured, images), versions)


def _at_random(recipe: Recipe, images: Sequence[LabelledImage]) -> Recipe:
    """Deal frames at random, so that the same people are on both sides."""

    def dealt(one: Recipe) -> Recipe:
        return replace(one, split=SplitKind.FRAMES, folds=parts_at_random(images))

    close = dealt(recipe.refinement) if recipe.refinement else None
    return replace(dealt(recipe), name=f"{recipe.name}-random", refinement=close)


def _moved(part: str, recipe: Recipe, runs: ModelStore, store: ModelStore) -> ModelCard:
    """Store the model of a part under the final name, and its refinement stage with it."""
    card = runs.card(part)
    refinement = card.refinement
    if refinement is not None:
        closer = recipe.of_refinement()
        name = closer.name if closer else refinement.name
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
    said = f"{kind.words}, seed {recipe.seed}, leakage {'unknown' if leaked is None else f'{leaked:.0%}'}"
    if kind.crosses:
        said = f"out of fold: {said}; {recipe.folds} models of the recipe, not this one"
    if not kind.by_person and recipe.start not in (IMAGENET, SCRATCH):
        said += f"; it started from {recipe.start.split()[0]}, which may have learnt from these very frames"
    return summarise_scores(measured.out_of_fold(engine), dataset=recipe.dataset, split=said, engine=engine)


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
