"""Scores as cells, as a Markdown table and as lines of a terminal; and where stored ones are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.markup import escape

from nerveapp import bootstrap
from nerveapp.cli.console import output
from nerveapp.domain.counted import counted
from nerveapp.domain.model import ModelCard
from nerveapp.domain.score import Score

RESULTS = bootstrap.REPOSITORY / "docs" / "results"


def score_cells(score: Score) -> tuple[str, ...]:
    """Give the metrics of a score as cells of a table: n (groups), Dice, interval, IoU, HD95, area error, missed."""
    return (
        f"{score.n} ({score.groups})",
        f"{score.dice_mean:.3f} ± {score.dice_sd:.3f}",
        score.dice_interval,
        f"{score.iou_mean:.3f} ± {score.iou_sd:.3f}",
        "–" if score.hd95_px_median is None else f"{score.hd95_px_median:.1f} px",
        "–" if score.area_error_rel_mean is None else f"{score.area_error_rel_mean:.1%}",
        str(score.missed),
    )


def scores_as_markdown(cards: Sequence[ModelCard]) -> str:
    """Give the scores of models as a Markdown table, a row per set and engine."""
    lines = [
        "| model | images from | engine | n (groups) | Dice | 95 % interval | IoU | HD95 | area error | missed |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for card in cards:
        for score in card.scores:
            cells = (card.name, f"{score.dataset}: {score.split}", score.engine, *score_cells(score))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def print_score(score: Score) -> None:
    """Print a score on two lines."""
    hd95 = "–" if score.hd95_px_median is None else f"{score.hd95_px_median:.1f} px"
    error = "–" if score.area_error_rel_mean is None else f"{score.area_error_rel_mean:.1%}"
    output.print(f"  [bold]{escape(score.dataset)}[/bold] ({escape(score.split)}; {escape(score.engine)})")
    output.print(
        f"    {counted(score.n, 'image')} of {counted(score.groups, 'group')} · "
        f"Dice {score.dice_mean:.3f} ± {score.dice_sd:.3f} (95 % interval {score.dice_interval}) · "
        f"IoU {score.iou_mean:.3f} ± {score.iou_sd:.3f} · "
        f"HD95 median {hd95} · area error {error} · missed {score.missed}"
    )


def file_name(*parts: str) -> str:
    """Make the name of a result's file of what it is of, such as "clicks-median-wrist"."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(parts).lower()).strip("-")
