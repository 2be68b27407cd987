"""Score a model on traced images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from nerveapp.analysis.agreement import dice, iou, surface_distances
from nerveapp.analysis.outline import polygons
from nerveapp.analysis.quality import frame_flags
from nerveapp.analysis.resampling import group_bootstrap_interval
from nerveapp.domain.experiments.results import ImageScore
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.score import Score
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.errors import DataError
from nerveapp.ports import Segmenter

MISSED_DICE = 0.5
"""Below this Dice a nerve counts as missed."""


def score_images(
    images: Iterable[LabelledImage], segmenter: Segmenter, *, on_progress: Callable[[int], None] = lambda _: None
) -> list[ImageScore]:
    """Outline every image and compare with its tracing.

    Parameters
    ----------
    images : iterable of LabelledImage
        Taken one after another: of many that are read as they are asked for, one is held at a time.
    segmenter : Segmenter
    on_progress : callable
        Called with the images done.
    """
    scores = []
    for done, image in enumerate(images, start=1):
        scores.append(
            score_image(
                image.name,
                image.group,
                image.nerve,
                segmenter.segment([image.grey])[0],
                flag_below=segmenter.card.flag_below,
            )
        )
        on_progress(done)
    return scores


def score_image(name: str, group: str, nerve: Mask, predicted: PredictedMask, *, flag_below: float) -> ImageScore:
    """Compare the outline of one image of a group (person) with the nerve traced in it."""
    hd95_px, assd_px = surface_distances(predicted.mask, nerve)
    return ImageScore(
        name=name,
        group=group,
        dice=dice(predicted.mask, nerve),
        iou=iou(predicted.mask, nerve),
        hd95_px=hd95_px,
        area_px=int(predicted.mask.sum()),
        traced_px=int(nerve.sum()),
        confidence=predicted.confidence,
        flags=frame_flags(
            predicted.mask, confidence=predicted.confidence, flag_below=flag_below, components=predicted.components
        ),
        outline=polygons(predicted.mask),
        assd_px=assd_px,
    )


def summarise_scores(
    scores: Sequence[ImageScore], *, dataset: str, split: str, engine: str, unseen_people: bool
) -> Score:
    """Reduce image scores to the metrics on a card.

    Raises
    ------
    DataError
        If there are no scores.
    """
    if not scores:
        raise DataError("There are no images to score.", "Give a folder with images/, masks/ and groups.csv.")
    dices = np.array([score.dice for score in scores])
    ious = np.array([score.iou for score in scores])
    distances = [score.hd95_px for score in scores if score.hd95_px is not None]
    errors = [score.area_error_rel for score in scores if score.area_error_rel is not None]
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
        hd95_px_median=float(np.median(distances)) if distances else None,
        area_error_rel_mean=float(np.mean(errors)) if errors else None,
        missed=sum(bool(score.dice < MISSED_DICE) for score in scores if score.traced_px),
        dice_ci95=group_bootstrap_interval(dices.tolist(), groups),
        unseen_people=unseen_people,
    )
