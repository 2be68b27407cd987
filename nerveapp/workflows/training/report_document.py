"""Set a training's report for reading: splits, metrics by site and person, worst frames, provenance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nerveapp import NOTICE
from nerveapp.analysis.rendering import ADDED_RGB, OUTLINE_RGB, draw_polygons
from nerveapp.analysis.report_metrics import (
    MeanSD,
    Metrics,
    area_agreement,
    area_differences,
    area_intervals_in_words,
    by_person,
    by_site,
    metrics_of,
    worst,
)
from nerveapp.domain.clip import Image
from nerveapp.domain.counted import counted
from nerveapp.domain.document import Block, Document, Heading, Paragraph, Picture, Scatter, Table
from nerveapp.domain.experiments.report import SplitScore, TestedFrame, TrainingReport
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.view import nerve_and_site

WORST = 6

POSTER = (
    "The poster that NerveApp goes back to reports, for frames dealt at random among four volunteers (500 frames a "
    "site): Dice 0.921 at the forearm and 0.951 at the wrist. Compare them with the score on frames at "
    "random, which follows the same protocol, and not with a score by person."
)


def report_document(
    report: TrainingReport,
    *,
    image: Callable[[TestedFrame], Image | None],
    png: Callable[[Image], bytes],
) -> Document:
    """Set a report.

    Parameters
    ----------
    report : TrainingReport
    image : callable
        Gives the pixels of a frame, None where they are not here.
    png : callable
        Encodes them.
    """
    recipe = report.recipe
    blocks: list[Block] = [
        Paragraph(NOTICE),
        Paragraph(
            f"Model {report.model}, sha256 {report.sha256}, made {report.made_at:%Y-%m-%d %H:%M %Z}. Held out: "
            f"{recipe.split.words}. Distances are in pixels of the frames; intervals (95 %) are resampled by person."
        ),
        Heading("Scores by how frames were split"),
        splits_table(report.splits),
    ]
    if any(one.split is SplitKind.FRAMES for one in report.splits):
        blocks.append(Paragraph(POSTER))
    blocks += [Heading("By nerve and site"), sites_table(report.frames)]
    limits = area_agreement(report.frames)
    if limits is not None:
        blocks += [
            Heading("Area, outlined minus traced (Bland and Altman)"),
            Paragraph(
                f"Bias {limits.bias.value:+.1f} % ({limits.bias.low:+.1f} to {limits.bias.high:+.1f}), limits of "
                f"agreement {limits.lower.value:+.1f} % to {limits.upper.value:+.1f} %, of {limits.n} frames; "
                + area_intervals_in_words(report.frames, limits)
                + "."
            ),
            Scatter(
                tuple(area_differences(report.frames)),
                (limits.lower.value, limits.bias.value, limits.upper.value),
                "mean of both areas (square pixels)",
                "difference (% of the mean)",
            ),
        ]
    blocks += [Heading("Every person"), people_table(report.frames), Heading("The worst frames")]
    for one in worst(report.frames, WORST):
        found = image(one)
        label = f"{one.score.group}, frame {one.frame}: Dice {one.score.dice:.3f}, IoU {one.score.iou:.3f}"
        if found is None:
            blocks.append(Paragraph(f"{label}. The frame is not in this store."))
        else:
            blocks.append(
                Picture(
                    png(both_outlines(found, one)), f"{label}. Amber: the model's outline; green: the traced outline."
                )
            )
    blocks += [Heading("Provenance"), lineage_table(report)]
    people = len({one.score.group for one in report.frames})
    of = f"{counted(len(report.frames), 'frame')} of {counted(people, 'person')}"
    return Document(f"Report on {report.model}: {of}", tuple(blocks))


def both_outlines(image: Image, one: TestedFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Draw the traced outline (green) and the model's (amber) onto a copy of a frame, (H, W, 3)."""
    return draw_polygons(draw_polygons(image, one.traced, ADDED_RGB), one.score.outline, OUTLINE_RGB)


def splits_table(splits: tuple[SplitScore, ...]) -> Table:
    """Set ways of keeping frames apart side by side, with counts of people."""
    head = (
        "split",
        "trained on",
        "tested on",
        "leakage",
        "Dice mean ± SD",
        "95 %",
        "IoU mean ± SD",
        "missed",
    )
    return Table(
        head,
        tuple(
            (
                "people never trained on" if one.split is None else one.split.words,
                f"{counted(one.training_frames, 'frame')}, {counted(one.training_people, 'person')}",
                f"{counted(one.score.n, 'frame')}, {counted(one.score.groups, 'person')}",
                "–" if one.leakage is None else f"{one.leakage:.0%}",
                f"{one.score.dice_mean:.3f} ± {one.score.dice_sd:.3f}",
                one.score.dice_interval,
                f"{one.score.iou_mean:.3f} ± {one.score.iou_sd:.3f}",
                str(one.score.missed),
            )
            for one in splits
        ),
    )


def sites_table(frames: tuple[TestedFrame, ...]) -> Table:
    """Set the metrics of each nerve and site in a row."""
    rows = []
    for site, ones in by_site(frames).items():
        limits = area_agreement(ones)
        agreement = "–"
        if limits is not None:
            agreement = f"{limits.bias.value:+.1f} ({limits.lower.value:+.1f} to {limits.upper.value:+.1f})"
        found = metrics_of(ones)
        rows.append(
            (
                "not known" if site is None else nerve_and_site(*site),
                str(found.frames),
                str(found.people),
                *_metrics(found),
                agreement,
            )
        )
    head = ("nerve and site", "frames", "people", *_METRICS, "area bias (limits), % of the mean")
    return Table(head, tuple(rows))


def people_table(frames: tuple[TestedFrame, ...]) -> Table:
    """Set every person's metrics in a row, the worst first."""
    rows = tuple(
        (
            one.person,
            str(one.part + 1),
            str(one.metrics.frames),
            f"{one.metrics.dice.mean:.3f}",
            f"{one.lowest_dice:.3f}",
            f"{one.metrics.iou.mean:.3f}",
            _plain(one.metrics.hd95_px, "{:.1f}"),
            _plain(one.metrics.assd_px, "{:.2f}"),
            _plain(one.metrics.area_error_rel, "{:.1%}"),
        )
        for one in by_person(frames)
    )
    return Table(("person", "part", "frames", "Dice", "lowest Dice", "IoU", "HD95 px", "ASSD px", "area error"), rows)


def lineage_table(report: TrainingReport) -> Table:
    """Set data, start, settings and software in rows."""
    recipe = report.recipe
    settings = (
        f"{recipe.architecture}, {recipe.encoder}, {recipe.input_width} x {recipe.input_height}",
        f"{recipe.epochs} epochs, batch {recipe.batch_size}, peak learning rate {recipe.learning_rate:g}",
        f"augmentation {recipe.augmentation:g}, seed {recipe.seed}",
    )
    rows = (
        ("data", recipe.data_source),
        ("started from", recipe.start),
        ("settings", "; ".join(settings)),
        *((f"version of {name}", number) for name, number in report.versions),
    )
    return Table(("item", "value"), rows)


_METRICS = ("IoU mean ± SD", "Dice mean ± SD (95 %)", "HD95 px", "ASSD px", "area error")


def _metrics(found: Metrics) -> tuple[str, ...]:
    interval = f" ({found.dice.low:.3f}–{found.dice.high:.3f})" if found.people > 1 else ""
    return (
        f"{found.iou.mean:.3f} ± {found.iou.sd:.3f}",
        f"{found.dice.mean:.3f} ± {found.dice.sd:.3f}{interval}",
        _spread(found.hd95_px, "{:.1f}"),
        _spread(found.assd_px, "{:.2f}"),
        _spread(found.area_error_rel, "{:.1%}"),
    )


def _plain(value: MeanSD | None, form: str) -> str:
    return "–" if value is None else form.format(value.mean)


def _spread(value: MeanSD | None, form: str) -> str:
    return "–" if value is None else f"{form.format(value.mean)} ± {form.format(value.sd)}"
