"""Sections of docs/accuracy.md on the studies beside the cross-validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerveapp.analysis.machine_changes import CHANGES, SEVERITIES
from nerveapp.cli.accuracy_tables import SCORE_HEADER, dices_by_fold, table
from nerveapp.cli.scores import score_cells
from nerveapp.domain.experiments.results import (
    CrossSet,
    CrossValidation,
    Poster,
    Robustness,
    UnfamiliarImages,
)
from nerveapp.domain.experiments.shipped_recipes import differences
from nerveapp.workflows.studies.robustness import UNCHANGED
from nerveapp.workflows.studies.unfamiliar_images import HELD_OUT

ABSTRACT = (("forearm", "0.855 ± 0.058", "0.921 ± 0.036"), ("wrist", "0.907 ± 0.011", "0.951 ± 0.006"))
"""Site, IoU and Dice of AAN abstract 11-002: four volunteers, 500 frames per site, frames at random, 4:1."""


def robustness_section(result: Robustness) -> list[str]:
    """Write what simulated changes of machine cost."""
    by_case = {(row.change, row.severity): row.score for row in result.rows}
    base = by_case[UNCHANGED, UNCHANGED]
    rows = []
    for change in CHANGES:
        found = [by_case[change, severity] for severity in SEVERITIES]
        rows.append(
            (
                change,
                *(
                    f"{score.dice_mean:.3f} ({score.dice_mean - base.dice_mean:+.3f}, {score.missed})"
                    for score in found
                ),
            )
        )
    worst = max(CHANGES, key=lambda change: base.dice_mean - by_case[change, "moderate"].dice_mean)
    loss = base.dice_mean - by_case[worst, "moderate"].dice_mean
    return [
        f"## {result.recipe_name}: other machines, simulated",
        f"Held-out images changed as another machine, preset or codec would ({base.engine}; mean Dice, its change, "
        f"nerves missed). Unchanged: {base.dice_mean:.3f}, {base.missed} missed of {base.n}. Of the moderate changes "
        f"{worst} costs most, {loss:.3f}.",
        table(("change", *SEVERITIES), rows),
    ]


def cross_set_section(result: CrossSet) -> list[str]:
    """Write how each model outlines the other set."""
    return [
        "## On the other set",
        "A model on a set none of whose images it was trained on: other nerves, another machine, another hospital.",
        table(
            ("model", "on", *SCORE_HEADER[1:]),
            ((model, score.dataset, *score_cells(score)) for model, score in result.rows),
        ),
    ]


def unfamiliar_section(result: UnfamiliarImages) -> list[str]:
    """Write which images models warn of before they outline them."""
    plain = [row for row in result.rows if row.change == UNCHANGED]
    by_case = {(row.model, row.change, row.severity): row for row in result.rows if row.shown == HELD_OUT}
    models = sorted({row.model for row in result.rows})

    def share(model: str, change: str, severity: str) -> str:
        row = by_case[model, change, severity]
        return f"{row.warned / row.images:.0%}"

    return [
        "## Warned of beforehand: images unlike the training images",
        "A model's card describes the greys of the images it learnt from, their change with depth, and their texture, "
        "each image as it is and under mild changes of machine; an image farther from them than 95 % of these, held "
        "out by group, is warned of before there is a result. Held-out images are judged by a description of the other "
        "four folds, all else by the one on the card. What is described was chosen with these sets in view, so "
        "the shares of other images are slightly optimistic; there is but one real clip. Frames are counted one by "
        "one; of a clip the app looks at three and goes by the middle one.",
        table(
            ("model", "shown", "images (groups)", "warned of"),
            (
                (row.model, row.shown, f"{row.images} ({row.groups})", f"{row.warned} ({row.warned / row.images:.0%})")
                for row in plain
            ),
        ),
        "Held-out images under the simulated changes of machine of the section on robustness, and the share of them "
        "warned of:",
        table(
            ("change", *(f"{model}, {severity}" for model in models for severity in SEVERITIES)),
            (
                (change, *(share(model, change, severity) for model in models for severity in SEVERITIES))
                for change in CHANGES
            ),
        ),
    ]


def poster_section(result: Poster) -> list[str]:
    """Write the poster's protocol beside the split by subject."""
    rows = [
        ("AAN abstract 11-002, real clips", "frames at random, 4:1", site, "–", "–", iou, dice)
        for site, iou, dice in ABSTRACT
    ]
    for row in result.rows:
        score = row.score
        rows.append(
            (
                "**synthetic clips**",
                row.protocol + (" (same people in training and test)" if row.same_people else ""),
                row.site,
                f"{row.leakage:.0%}",
                f"{score.n} ({score.groups})",
                f"{score.iou_mean:.3f} ± {score.iou_sd:.3f}",
                f"{score.dice_mean:.3f} ± {score.dice_sd:.3f}",
            )
        )
    return [
        "## The poster's protocol",
        f"{result.subjects} **synthetic** subjects, {result.frames_per_clip} frames of forearm and of wrist each: what "
        "the protocol measures can be seen on them, but not how well real nerves are outlined. The same frames are "
        "dealt at random, as in the abstract, and by leaving one subject out. Leakage is the share of test frames "
        "within two frames of a training frame of their clip.",
        table(("frames of", "split", "site", "leakage", "test frames (subjects)", "IoU", "Dice"), rows),
    ]


def experiments_section(tried: Sequence[CrossValidation], kept: Sequence[CrossValidation]) -> list[str]:
    """Write experiments beside what the kept recipe gave on the same folds."""
    kept_by_name = {result.recipe.name: result for result in kept}
    rows = [
        (
            result.label,
            "; ".join(differences(result.recipe)) or "nothing",
            result.recipe.seed,
            ", ".join(str(fold.number + 1) for fold in result.folds),
            _fold_means(result, like=result),
            _fold_means(kept_by_name.get(result.recipe.name), like=result),
        )
        for result in tried
    ]
    return [
        "## Experiments",
        "Mean Dice over the held-out images of the folds named (reference engine), the mean of each fold in brackets, "
        "and the kept recipe on the same folds. An experiment is described by its name and by the settings that "
        "differ; what was changed in the code has no setting. Now refinement stages draw what most windows agree on; "
        "in the experiments they drew the mean of their windows.",
        table(("experiment", "differs in", "seed", "folds", "Dice", "kept recipe"), rows),
    ]


def _fold_means(result: CrossValidation | None, *, like: CrossValidation) -> str:
    means = [] if result is None else dices_by_fold(result, like=like, engine=0)
    if not means:
        return "–"
    return f"{np.mean(np.concatenate(means)):.3f} ({', '.join(f'{np.mean(fold):.3f}' for fold in means)})"
