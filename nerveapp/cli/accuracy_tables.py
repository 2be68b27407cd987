"""Tables of docs/accuracy.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from nerveapp.domain.experiments.results import CrossValidation, ExternalBaseline

SCORE_HEADER = ("engine", "images (groups)", "Dice", "95 % interval", "IoU", "HD95 median", "area error", "missed")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table."""
    lines = [header, ["---"] * len(header), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def dices_by_fold(
    result: CrossValidation | ExternalBaseline, *, like: CrossValidation | ExternalBaseline, engine: int
) -> list[npt.NDArray[np.float64]]:
    """Give the Dice of each image, fold by fold, of those folds that another result has too."""
    numbers = {fold.number for fold in like.folds}
    return [
        np.array([image.dice for image in fold.scores[engine].images])
        for fold in result.folds
        if fold.number in numbers
    ]
