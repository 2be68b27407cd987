"""docs/accuracy.md, written from stored results: no figure in it is typed by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from nerveapp import NOTICE
from nerveapp.analysis.machine_changes import CHANGES, SEVERITIES
from nerveapp.analysis.reliability import (
    FAILURE_DICE,
    expected_calibration_error,
    failures_caught,
    reliability_bins,
    risk_coverage,
)
from nerveapp.cli.models import score_cells
from nerveapp.domain.experiments.recipe import RECIPES, Recipe
from nerveapp.domain.experiments.results import (
    CrossSet,
    CrossValidation,
    ExternalBaseline,
    Poster,
    Robustness,
    TemporalStability,
)
from nerveapp.workflows.cross_validate import judged_out_of_fold, summarise_cross_validation
from nerveapp.workflows.evaluate import MISSED_DICE, summarise_scores
from nerveapp.workflows.robustness import UNCHANGED

PUBLISHED_ON_MEDIAN_WRIST = (
    ("U-Net", "by patient, 164/38/44 images", "0.850 ± 0.083"),
    ("Lightweight U-Net", "same", "0.841 ± 0.096"),
    ("DoubleU-Net", "same", "0.884 ± 0.082"),
    ("DL-UNet (VGG19 encoder)", "same", "0.903 ± 0.060"),
    ("Mask R-CNN (Di Cosmo 2022)", "157/40/49 images, 103 patients", "0.868 ± 0.201"),
)
"""Method, split and Dice; the first four from table II of the DL-UNet paper."""

ABSTRACT = (("forearm", "0.855 ± 0.058", "0.921 ± 0.036"), ("wrist", "0.907 ± 0.011", "0.951 ± 0.006"))
"""Site, IoU and Dice of AAN abstract 11-002: four volunteers, 500 frames per site, frames at random, 4:1."""

COVERAGES = (0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Results:
    """Everything measured that the page tells of; None or empty where it was not measured."""

    cross_validations: Sequence[CrossValidation]
    tried: Sequence[CrossValidation]
    yardsticks: Sequence[ExternalBaseline]
    robustness: Sequence[Robustness]
    cross_set: CrossSet | None
    steadiness: TemporalStability | None
    poster: Poster | None


def accuracy_page(results: Results) -> str:
    """Write the page as Markdown."""
    parts = [
        "# How accurate the outlines are",
        f"*{NOTICE}*",
        "Written by `python -m nerveapp accuracy` from the results in `docs/results/`. Every Dice is per image, on the "
        "image's own pixels. *Out of fold*: the groups (patients, or sets of duplicate exports) are dealt into five "
        "folds; each image is outlined by the one model that never saw its group. The weights that are shipped learnt "
        "from all groups by the same recipe, so these figures describe the recipe, on people of the same source; on "
        "another machine or site expect less, see below. The recipe was chosen looking at folds 1 and 2 of "
        "median-wrist (see what was tried), and what is done where its first network is unsure was added after two "
        "nerves of fold 4 had been missed; that peripheral-nerve's first network is asked with the mirrored frame too, "
        "and from which probability on, was decided on its fold 3. All this flatters them a little. ± is the standard "
        "deviation over images; intervals resample groups.",
    ]
    for result in results.cross_validations:
        parts += _cross_validation(result, [one for one in results.yardsticks if one.recipe_name == result.recipe.name])
    for robustness in results.robustness:
        parts += _robustness(robustness)
    if results.cross_set is not None:
        parts += _cross_set(results.cross_set)
    if results.steadiness is not None:
        parts += _steadiness(results.steadiness)
    if results.poster is not None:
        parts += _poster(results.poster)
    if results.tried:
        parts += _tried(results.tried, results.cross_validations)
    return "\n\n".join(parts) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table."""
    lines = [header, ["---"] * len(header), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cross_validation(result: CrossValidation, yardsticks: Sequence[ExternalBaseline]) -> list[str]:
    name = result.recipe.name
    scores = summarise_cross_validation(result)
    parts = [
        f"## {name}: out of fold",
        table(_SCORE_HEADER, ((score.engine, *score_cells(score)) for score in scores)),
    ]
    if name == "median-wrist":
        parts += [
            "On the same images others report (their splits are not ours, and they trained and tested once):",
            table(("method", "split", "Dice"), PUBLISHED_ON_MEDIAN_WRIST),
        ]
    if yardsticks:
        parts += _yardsticks(yardsticks, beside=result)
    shipped = result.engines[-1]
    per_fold = [
        (
            str(fold.number + 1),
            fold.training_images,
            fold.training_groups,
            *score_cells(summarise_scores(fold.scores[-1].images, dataset=name, split="", engine=shipped)),
        )
        for fold in result.folds
    ]
    means = [float(np.mean([image.dice for image in fold.scores[-1].images])) for fold in result.folds]
    parts += [
        f"Fold by fold ({shipped}); the means of the folds spread by {np.std(means):.3f}:",
        table(("fold", "trained on", "groups", *_SCORE_HEADER[1:]), per_fold),
        f"![Training loss of each fold](accuracy/{name}-training.svg)",
        *_worst(result, shipped),
        *_confidence(result, shipped),
    ]
    return parts


def _yardsticks(yardsticks: Sequence[ExternalBaseline], *, beside: CrossValidation) -> list[str]:
    rows = []
    for one in yardsticks:
        theirs, ours = (np.concatenate(_dices(result, like=one, engine=-1)) for result in (one, beside))
        folds = ", ".join(str(fold.number + 1) for fold in one.folds)
        missed = int((theirs < MISSED_DICE).sum())
        spread = [f"{dices.mean():.3f} ± {dices.std():.3f}" for dices in (theirs, ours)]
        rows.append((one.label, one.how, folds, spread[0], missed, spread[1]))
    return [
        "Another program, trained by us on the same folds as far as a CPU affords, and this recipe on the same images:",
        table(("program", "trained", "folds", "Dice", "missed", "this recipe"), rows),
    ]


_SCORE_HEADER = ("engine", "images (groups)", "Dice", "95 % interval", "IoU", "HD95 median", "area error", "missed")


def _worst(result: CrossValidation, engine: str) -> list[str]:
    images = sorted(result.out_of_fold(engine), key=lambda image: image.dice)
    dices = np.array([image.dice for image in images])
    shares = ", ".join(f"{np.mean(dices >= limit):.0%} at {limit:.2f} or more" for limit in (0.95, 0.9, 0.8, 0.7))
    named = ", ".join(f"{image.name} ({image.dice:.2f})" for image in images[:8])
    return [f"Of the images {shares}; the median is {np.median(dices):.3f}. The worst: {named}."]


def _confidence(result: CrossValidation, engine: str) -> list[str]:
    judged = judged_out_of_fold(result, engine)
    said, found = [image.confidence for image in judged], [image.dice for image in judged]
    certainties = [image.confidence for image in result.out_of_fold(engine)]
    catch = failures_caught([bool(image.flags) for image in judged], found)
    limit = float(np.quantile(said, 0.15))
    doubt = failures_caught([image.confidence <= limit for image in judged], found)
    risk = risk_coverage(said, found)
    bins = reliability_bins(said, found, bins=5)
    share = f"{catch.caught / catch.failures:.0%}" if catch.failures else "–"
    return [
        f"### {result.recipe.name}: does the confidence mean something?",
        "Confidence is the Dice to expect. For each fold it is fitted on the other folds alone. Expected calibration "
        f"error over ten bins of equal count: {expected_calibration_error(said, found):.3f} (the network's bare "
        f"certainty: {expected_calibration_error(certainties, found):.3f}).",
        table(
            ("confidence, mean of a fifth of the images", *(f"{one.confidence:.2f}" for one in bins)),
            [("Dice found", *(f"{one.dice:.2f}" for one in bins))],
        ),
        "Accepting only the most confident share of images, the mean loss (1 - Dice) is:",
        table(
            ("share accepted", *(f"{coverage:.0%}" for coverage in COVERAGES)),
            [("1 - Dice", *(f"{risk[max(0, round(coverage * len(risk)) - 1)]:.3f}" for coverage in COVERAGES))],
        ),
        f"Flags (no nerve, several pieces, border, low confidence) were raised on {catch.flagged} of {catch.images} "
        f"images ({catch.flagged / catch.images:.0%}) and hold {catch.caught} of {catch.failures} failures "
        f"(Dice < {FAILURE_DICE}; {share}). The 15 % of lowest confidence alone hold {doubt.caught}.",
    ]


def _robustness(result: Robustness) -> list[str]:
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


def _cross_set(result: CrossSet) -> list[str]:
    return [
        "## On the other set",
        "A model on a set none of whose images it was trained on: other nerves, another machine, another hospital.",
        table(
            ("model", "on", *_SCORE_HEADER[1:]),
            ((model, score.dataset, *score_cells(score)) for model, score in result.rows),
        ),
    ]


def _steadiness(result: TemporalStability) -> list[str]:
    def mean(pick: Callable[[dict[str, float]], float], rows: list[dict[str, float]]) -> str:
        return f"{np.mean([pick(row) for row in rows]):.1%}"

    cases = sorted({(row.model, row.site) for row in result.rows})
    lines = []
    for model, site in cases:
        rows = [asdict(row) for row in result.rows if (row.model, row.site) == (model, site)]
        lines.append(
            (
                model,
                f"{site} ({len(rows)} clips of {rows[0]['frames']} frames)",
                *(
                    mean(lambda row, key=key: row[key], rows)  # type: ignore[misc]
                    for key in ("truth", "outlined", "smoothed", "error_outlined", "error_smoothed")
                ),
            )
        )
    return [
        "## Steadiness over a clip",
        "Phantom clips, synthetic, one per subject. Change from frame to frame: root mean square, as a share of the "
        "mean area. Smoothed: running median over five frames.",
        table(
            ("model", "site", "true change", "outlined", "smoothed", "area error", "area error smoothed"),
            lines,
        ),
    ]


def _poster(result: Poster) -> list[str]:
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
        "the protocol measures can be seen on them, how well real nerves are outlined cannot. The same frames are "
        "dealt at random, as in the abstract, and by leaving one subject out. Leakage is the share of test frames "
        "within two frames of a training frame of their clip.",
        table(("frames of", "split", "site", "leakage", "test frames (subjects)", "IoU", "Dice"), rows),
    ]


def _tried(tried: Sequence[CrossValidation], kept: Sequence[CrossValidation]) -> list[str]:
    """Write experiments beside what the kept recipe gave on the same folds."""
    kept_by_name = {result.recipe.name: result for result in kept}
    rows = [
        (
            result.label,
            _difference(result),
            result.recipe.seed,
            ", ".join(str(fold.number + 1) for fold in result.folds),
            _fold_means(result, like=result),
            _fold_means(kept_by_name.get(result.recipe.name), like=result),
        )
        for result in tried
    ]
    return [
        "## What was tried",
        "Mean Dice over the held-out images of the folds named (reference engine), the mean of each fold in brackets, "
        "and the kept recipe on the same folds.",
        table(("experiment", "differs in", "seed", "folds", "Dice", "kept recipe"), rows),
    ]


def _difference(result: CrossValidation) -> str:
    kept, own = RECIPES[result.recipe.name], result.recipe
    changes = _changes(own, kept)
    if kept.refinement is not None and own.refinement is None:
        changes.append("no refinement stage")
    elif kept.refinement is not None and own.refinement is not None:
        changes += [f"refinement stage's {change}" for change in _changes(own.refinement, kept.refinement)]
    return "; ".join(changes) or "nothing"


def _changes(own: Recipe, kept: Recipe) -> list[str]:
    one, other = asdict(replace(own, refinement=None)), asdict(replace(kept, refinement=None))
    return [f"{key} {one[key]} (kept: {other[key]})" for key in one if one[key] != other[key] and key != "remark"]


def _fold_means(result: CrossValidation | None, *, like: CrossValidation) -> str:
    means = [] if result is None else _dices(result, like=like, engine=0)
    if not means:
        return "–"
    return f"{np.mean(np.concatenate(means)):.3f} ({', '.join(f'{np.mean(fold):.3f}' for fold in means)})"


def _dices(
    result: CrossValidation | ExternalBaseline, *, like: CrossValidation | ExternalBaseline, engine: int
) -> list[npt.NDArray[np.float64]]:
    """Give the Dice of each image, fold by fold, of those folds that another result has too."""
    numbers = {fold.number for fold in like.folds}
    return [
        np.array([image.dice for image in fold.scores[engine].images])
        for fold in result.folds
        if fold.number in numbers
    ]
