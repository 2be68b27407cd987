"""Score a model on traced images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nerveapp.analysis.agreement import dice, hausdorff_95, iou
from nerveapp.analysis.resampling import group_bootstrap_interval
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import Score
from nerveapp.errors import DataError
from nerveapp.ports import Segmenter

MISSED_DICE = 0.5
"""Below this Dice a nerve counts as missed."""


@dataclass(frozen=True, slots=True)
class ImageScore:
    """How one image went.

    Parameters
    ----------
    name, group : str
        The image and the person.
    dice, iou : float
        Overlap, 0 to 1.
    hd95_px : float
        95th-percentile Hausdorff distance; NaN where an outline is absent.
    area_error_rel : float
        |predicted - traced area| / traced area; NaN where nothing was traced.
    confidence : float
        The network's expected Dice.
    """

    name: str
    group: str
    dice: float
    iou: float
    hd95_px: float
    area_error_rel: float
    confidence: float


def score_images(
    images: Sequence[LabelledImage], segmenter: Segmenter, *, on_progress: Callable[[int, int], None] = lambda *_: None
) -> list[ImageScore]:
    """Outline every image and compare with its tracing.

    Parameters
    ----------
    images : sequence of LabelledImage
    segmenter : Segmenter
    on_progress : callable
        Called with images done and images in all.
    """
    scores = []
    for done, image in enumerate(images, start=1):
        predicted = segmenter.segment([image.grey])[0]
        traced_area = int(image.nerve.sum())
        scores.append(
            ImageScore(
                name=image.name,
                group=image.group,
                dice=dice(predicted.mask, image.nerve),
                iou=iou(predicted.mask, image.nerve),
                hd95_px=hausdorff_95(predicted.mask, image.nerve),
                area_error_rel=abs(int(predicted.mask.sum()) - traced_area) / traced_area
                if traced_area
                else float("nan"),
                confidence=predicted.confidence,
            )
        )
        on_progress(done, len(images))
    return scores


def summarise_scores(scores: Sequence[ImageScore], *, dataset: str, split: str, engine: str) -> Score:
    """Reduce image scores to the figures on a card.

    Raises
    ------
    DataError
        If there are no scores.
    """
    if not scores:
        raise DataError("There are no images to score.", "Give a folder with images/, masks/ and groups.csv.")
    dices = np.array([score.dice for score in scores])
    ious = np.array([score.iou for score in scores])
    distances = np.array([score.hd95_px for score in scores])
    errors = np.array([score.area_error_rel for score in scores])
    groups = [score.group for score in scores]
    return Score(
        dataset=dataset,
        split=split,
        engine=engine,
        n=len(scores),
        groups=len(set(groups)),
        dice_mean=float(dices.mean()),
        dice_sd=float(dices.std()),
        iou_mean=float(ious.mean()),
        iou_sd=float(ious.std()),
        hd95_px_median=float(np.median(distances[~np.isnan(distances)])) if not np.isnan(distances).all() else None,
        area_error_rel_mean=float(np.nanmean(errors)) if not np.isnan(errors).all() else None,
        missed=int((dices < MISSED_DICE).sum()),
        dice_ci95=group_bootstrap_interval(dices.tolist(), groups),
    )
