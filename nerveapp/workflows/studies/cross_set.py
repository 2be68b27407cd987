"""Each shipped model on the set of the other: other nerves, another machine, another hospital."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nerveapp.domain.experiments.results import CrossSet
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.labelled import LabelledImage
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
    rows = []
    for model, other in PAIRS:
        dataset = RECIPES[other].dataset
        segmenter = load(model)
        scores = score_images(images(dataset), segmenter, on_progress=on_progress)
        split = "all images; none of this set was trained on"
        rows.append(
            (model, summarise_scores(scores, dataset=dataset, split=split, engine=segmenter.engine, unseen_people=True))
        )
    return CrossSet(tuple(rows), versions)
