"""Sheets of the best, median and worst outlines of a cross-validation, to look through."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.domain.experiments.results import CrossValidation, ImageScore
from nerveapp.domain.labelled import LabelledImage

IMAGES, COLUMNS = 12, 3


def outline_sheets(result: CrossValidation, images: Sequence[LabelledImage]) -> dict[str, npt.NDArray[np.uint8]]:
    """Draw the sheets "worst", "median" and "best", each (H, W, 3) in BGR.

    Parameters
    ----------
    result : CrossValidation
        With outlines.
    images : sequence of LabelledImage
        The whole set.
    """
    scores = sorted(result.out_of_fold(result.engines[-1]), key=lambda image: image.dice)
    by_name = {image.name: image for image in images}
    middle = max(0, len(scores) // 2 - IMAGES // 2)
    chosen = {"worst": scores[:IMAGES], "median": scores[middle : middle + IMAGES], "best": scores[-IMAGES:]}
    return {which: _sheet([_tile(by_name[score.name], score) for score in few]) for which, few in chosen.items()}


def _sheet(tiles: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    empty = np.zeros_like(tiles[0])
    full = [*tiles, *[empty] * (-len(tiles) % COLUMNS)]
    return np.vstack([np.hstack(full[start : start + COLUMNS]) for start in range(0, len(full), COLUMNS)])


def _tile(image: LabelledImage, score: ImageScore) -> npt.NDArray[np.uint8]:
    """Draw the tracing (green) and the outline (red) on an image, at one size for all."""
    canvas = cv2.cvtColor(image.grey, cv2.COLOR_GRAY2BGR)
    traced, _ = cv2.findContours(image.nerve.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(canvas, traced, -1, (0, 255, 0), 1)
    cv2.polylines(canvas, [np.array(part, np.int32) for part in score.outline], isClosed=True, color=(0, 0, 255))
    canvas = cv2.resize(canvas, (600, round(600 * image.height / image.width)))[:460]
    canvas = cv2.copyMakeBorder(canvas, 0, 460 - len(canvas), 0, 0, cv2.BORDER_CONSTANT)
    label = f"{score.name}  Dice {score.dice:.2f}"
    cv2.putText(canvas, label, (8, 452), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(canvas, np.uint8)
