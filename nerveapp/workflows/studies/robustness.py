"""What changes of machine cost, on images the models never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nerveapp.analysis.machine_changes import CHANGES, SEVERITIES, changed
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import ChangedScore, ImageScore, Robustness
from nerveapp.domain.labelled import LabelledImage
from nerveapp.ports import Segmenter
from nerveapp.workflows.evaluating.evaluate import score_image, summarise_scores
from nerveapp.workflows.training.train import split_by_recipe

UNCHANGED = "none"


def measure_robustness(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    *,
    load: Callable[[str], Segmenter],
    versions: tuple[tuple[str, str], ...],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Robustness:
    """Score each fold's held-out images under every change and severity.

    Parameters
    ----------
    recipe : Recipe
        Its folds must have been trained.
    images : sequence of LabelledImage
        The whole set.
    load : callable
        Gives the segmenter of a stored model by its name.
    versions : tuple of (str, str)
        Software, for the record.
    on_progress : callable
        Called with folds done and folds in all.
    """
    cases = [(UNCHANGED, UNCHANGED), *((change, severity) for change in CHANGES for severity in SEVERITIES)]
    scores: dict[tuple[str, str], list[ImageScore]] = {case: [] for case in cases}
    engine = ""
    for number in range(recipe.folds):
        fold = recipe.for_fold(number)
        segmenter = load(fold.name)
        engine = segmenter.engine
        for image in split_by_recipe(images, fold).held_out:
            for case in cases:
                scores[case].append(_score(image, case, segmenter))
        on_progress(number + 1, recipe.folds)
    rows = tuple(
        ChangedScore(
            *case,
            summarise_scores(found, dataset=recipe.dataset, split="out of fold", engine=engine, unseen_people=True),
        )
        for case, found in scores.items()
    )
    return Robustness(recipe.name, rows, versions)


def _score(image: LabelledImage, case: tuple[str, str], segmenter: Segmenter) -> ImageScore:
    grey, nerve = (image.grey, image.nerve) if case[0] == UNCHANGED else changed(image, *case)
    return score_image(
        image.name, image.group, nerve, segmenter.segment([grey])[0], flag_below=segmenter.card.flag_below
    )
