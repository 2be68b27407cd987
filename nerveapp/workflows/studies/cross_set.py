"""Each shipped model on the set of the other: other nerves, another machine, another hospital."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nerveapp.domain.experiments.results import CrossSet
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.score import Score
from nerveapp.ports import Segmenter
from nerveapp.workflows.evaluating.evaluate import score_images, summarise_scores

PAIRS = (("median-wrist", "peripheral-nerve"), ("peripheral-nerve", "median-wrist"))
"""A model, and the recipe on whose set it is scored."""


def measure_cross_set(
    *,
    images: Callable[[str], Sequence[LabelledImage]],
    load: Callable[[str], Segmenter],
    versions: tuple[tuple[str, str], ...],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> CrossSet:
    """Score each model on the other set.

    Parameters
    ----------
    images, load : callable
        Give a set and a model's segmenter by its name.
    versions : tuple of (str, str)
        Software, for the record.
    on_progress : callable
        Called with images done and images in all, for each model.
    """
    rows = [(model, _score(load(model), images, RECIPES[other].dataset, on_progress)) for model, other in PAIRS]
    return CrossSet(tuple(rows), versions)


def _score(
    segmenter: Segmenter,
    images: Callable[[str], Sequence[LabelledImage]],
    dataset: str,
    on_progress: Callable[[int, int], None],
) -> Score:
    shown = images(dataset)
    scores = score_images(shown, segmenter, on_progress=lambda done: on_progress(done, len(shown)))
    split = "all images; none of this set was trained on"
    return summarise_scores(scores, dataset=dataset, split=split, engine=segmenter.engine, unseen_people=True)
