"""How well a click outlines a nerve, on people held out: simulated clicks on real images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.outline import deepest_point, nerves_in
from nerveapp.domain.clip import Image
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.tracking import ClickedFold, ClickedNerve, Clicks
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import DataError
from nerveapp.ports import Segmenter, Tracker
from nerveapp.workflows.training.train import split_by_recipe

INSIDE = 5
"""Clicks on points of a nerve drawn at random."""


def measure_clicks(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    *,
    label: str = "",
    stored: Sequence[str],
    load: Callable[[str], Segmenter],
    versions: tuple[tuple[str, str], ...],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Clicks:
    """Click on every nerve traced in each fold's held-out images, with that fold's refinement stage.

    Parameters
    ----------
    recipe : Recipe
        With a refinement stage.
    images : sequence of LabelledImage
        The whole set.
    label : str
        What was tried; empty for the kept recipe.
    stored : sequence of str
        Names of the networks there are; folds without one are left out.
    load : callable
        Gives the segmenter of a stored network by its name.
    versions : tuple of (str, str)
        Software, for the record.
    on_progress : callable
        Called with images done and images in all.

    Raises
    ------
    DataError
        If no fold was trained.
    """
    folds = [(number, recipe.for_fold(number)) for number in range(recipe.folds)]
    networks = {number: fold.of_refinement() or fold for number, fold in folds}
    trained = [(number, fold) for number, fold in folds if networks[number].name in stored]
    if not trained:
        raise DataError(f"No fold of {recipe.name} is there.", "Train it with: python -m nerveapp train")
    held_out = {number: split_by_recipe(images, fold).held_out for number, fold in trained}
    total, done = sum(len(part) for part in held_out.values()), 0
    clicked = []
    for number, _ in trained:
        segmenter = load(networks[number].name)
        nerves: list[ClickedNerve] = []
        for image in held_out[number]:
            if segmenter.tracker is not None:
                nerves += _on_image(image, segmenter.tracker, apart=recipe.max_gap is None)
            done += 1
            on_progress(done, total)
        clicked.append(ClickedFold(number, segmenter.engine, tuple(nerves)))
    return Clicks(label, recipe.name, recipe.dataset, tuple(clicked), versions)


def _on_image(image: LabelledImage, tracker: Tracker, *, apart: bool) -> list[ClickedNerve]:
    rng = np.random.default_rng(list(image.name.encode()))
    clicked = []
    for nerve in nerves_in(image.nerve, apart=apart):
        rows, columns = np.nonzero(nerve)
        drawn = rng.integers(len(rows), size=INSIDE)
        inside = [_clicked(image.grey, nerve, columns[at] + 0.5, rows[at] + 0.5, tracker)[0] for at in drawn]
        centre, *chosen = _clicked(image.grey, nerve, *deepest_point(nerve), tracker)
        clicked.append(ClickedNerve(image.name, image.group, centre, tuple(inside), tuple(chosen)))
    return clicked


def _clicked(grey: Image, nerve: Mask, x: float, y: float, tracker: Tracker) -> tuple[float, float, float]:
    """Give the Dice of what a click outlines; of the best of that and its neighbours in size; of the best of all."""
    told = tracker.point(grey, float(x), float(y))
    if told is None:
        return 0.0, 0.0, 0.0
    dices = [dice(one.mask, nerve) for one in told.outlines]
    return dices[told.meant], max(dices[max(0, told.meant - 1) : told.meant + 2]), max(dices)
