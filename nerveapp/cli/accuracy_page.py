"""docs/accuracy.md, written from stored results: no number in it is typed by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerveapp import NOTICE
from nerveapp.analysis.reliability import (
    FAILURE_DICE,
    expected_calibration_error,
    failures_caught,
    reliability_bins,
    risk_coverage,
)
from nerveapp.cli.accuracy_studies import (
    cross_set_section,
    experiments_section,
    poster_section,
    robustness_section,
    unfamiliar_section,
)
from nerveapp.cli.accuracy_tables import SCORE_HEADER, dices_by_fold, table
from nerveapp.cli.accuracy_tracking import clicks_section, tracking_section
from nerveapp.cli.scores import score_cells
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import CrossValidation, EvaluationResults, ExternalBaseline
from nerveapp.domain.experiments.shipped_recipes import differences
from nerveapp.workflows.evaluating.evaluate import MISSED_DICE, summarise_scores
from nerveapp.workflows.training.cross_validate import judged_out_of_fold, summarise_cross_validation

PUBLISHED_ON_MEDIAN_WRIST = (
    ("U-Net", "by patient, 164/38/44 images", "0.850 ± 0.083"),
    ("Lightweight U-Net", "same", "0.841 ± 0.096"),
    ("DoubleU-Net", "same", "0.884 ± 0.082"),
    ("DL-UNet (VGG19 encoder)", "same", "0.903 ± 0.060"),
    ("Mask R-CNN (Di Cosmo 2022)", "157/40/49 images, 103 patients", "0.868 ± 0.201"),
)
"""Method, split and Dice; the first four from table II of the DL-UNet paper."""

COVERAGES = (0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)


def accuracy_page(results: EvaluationResults) -> str:
    """Write the page as Markdown."""
    parts = [
        "# How accurate the outlines are",
        f"*{NOTICE}*",
        "Written by `python -m nerveapp accuracy` from the results in `docs/results/`. Every Dice is per image, on the "
        "image's own pixels. *Out of fold*: the groups (patients, or sets of duplicate exports) are dealt into five "
        "folds; each image is outlined by the one model that never saw its group. The shipped weights were trained "
        "on all groups by the same recipe, so these scores describe the recipe, on people of the same source; on "
        "another machine or site expect less, see below. The recipe was chosen on folds 1 and 2 of "
        "median-wrist (see the experiments below), and the treatment of uncertain first-stage results was added after "
        "two nerves of fold 4 had been missed; that it searches with two networks, for what simulated changes of "
        "machine cost, was chosen on all five folds; the test-time flip and the threshold of peripheral-nerve's first "
        "network were chosen on its fold 3. The scores are therefore slightly optimistic. ± is the standard "
        "deviation over images; intervals resample groups. An engine is named with the numbers of a model's first "
        "network; the refinement stages compute in int8 on CPUs. The scores of peripheral-nerve in int8 out of fold, "
        "and of its clicks, are of full 8-bit weights on a processor with VNNI; what is shipped now keeps to half "
        "their range and is the same on all, see finder.md.",
    ]
    for result in results.cross_validations:
        parts += _cross_validation(
            result, [one for one in results.external_baselines if one.recipe_name == result.recipe.name]
        )
    for robustness in results.robustness:
        parts += robustness_section(robustness)
    if results.cross_set is not None:
        parts += cross_set_section(results.cross_set)
    if results.unfamiliar is not None:
        parts += unfamiliar_section(results.unfamiliar)
    if results.tracking is not None:
        parts += tracking_section(results.tracking)
    if results.clicks:
        parts += clicks_section(results.clicks)
    if results.poster is not None:
        parts += poster_section(results.poster)
    if results.experiments:
        parts += experiments_section(results.experiments, results.cross_validations)
    return "\n\n".join(parts) + "\n"


def _cross_validation(result: CrossValidation, baselines: Sequence[ExternalBaseline]) -> list[str]:
    name = result.recipe.name
    scores = summarise_cross_validation(result)
    parts = [
        f"## {name}: out of fold",
        *_changed_since(result.recipe),
        table(SCORE_HEADER, ((score.engine, *score_cells(score)) for score in scores)),
    ]
    if name == "median-wrist":
        parts += [
            "Published results on the same images (with other splits, trained and tested once):",
            table(("method", "split", "Dice"), PUBLISHED_ON_MEDIAN_WRIST),
        ]
    if baselines:
        parts += _external_baselines(baselines, beside=result)
    shipped = result.engines[-1]
    per_fold = [
        (
            str(fold.number + 1),
            fold.training_images,
            fold.training_groups,
            *score_cells(
                summarise_scores(fold.scores[-1].images, dataset=name, split="", engine=shipped, unseen_people=True)
            ),
        )
        for fold in result.folds
    ]
    means = [float(np.mean([image.dice for image in fold.scores[-1].images])) for fold in result.folds]
    parts += [
        f"Fold by fold ({shipped}); the means of the folds spread by {np.std(means):.3f}:",
        table(("fold", "trained on", "groups", *SCORE_HEADER[1:]), per_fold),
        f"![Training loss of each fold](accuracy/{name}-training.svg)",
        *_worst(result, shipped),
        *_confidence(result, shipped),
    ]
    return parts


def _changed_since(measured: Recipe) -> list[str]:
    changes = differences(measured)
    if not changes:
        return []
    return [
        f"**Measured before the recipe was changed**: {'; '.join(changes)}; not anew since, nor was the robustness "
        "below. Clicks, and all that is of phantoms or of the other set, are of the networks shipped. What the change "
        "does to outlines of people held out is in [finder.md](finder.md)."
    ]


def _external_baselines(baselines: Sequence[ExternalBaseline], *, beside: CrossValidation) -> list[str]:
    rows = []
    for one in baselines:
        theirs, ours = (np.concatenate(dices_by_fold(result, like=one, engine=-1)) for result in (one, beside))
        folds = ", ".join(str(fold.number + 1) for fold in one.folds)
        missed = int((theirs < MISSED_DICE).sum())
        spread = [f"{dices.mean():.3f} ± {dices.std():.3f}" for dices in (theirs, ours)]
        rows.append((one.label, one.how, folds, spread[0], missed, spread[1]))
    return [
        "External baseline: another program, trained by us on the same folds as far as a CPU allows, and this recipe "
        "on the same images:",
        table(("program", "trained", "folds", "Dice", "missed", "this recipe"), rows),
    ]


def _worst(result: CrossValidation, engine: str) -> list[str]:
    images = sorted(result.out_of_fold(engine), key=lambda image: image.dice)
    dices = np.array([image.dice for image in images])
    shares = ", ".join(f"{np.mean(dices >= limit):.0%} at {limit:.2f} or more" for limit in (0.95, 0.9, 0.8, 0.7))
    named = ", ".join(f"{image.name} ({image.dice:.2f})" for image in images[:8])
    return [f"Of the images {shares}; the median is {np.median(dices):.3f}. The worst: {named}."]


def _confidence(result: CrossValidation, engine: str) -> list[str]:
    judged = judged_out_of_fold(result, engine)
    expected, found = [image.confidence for image in judged], [image.dice for image in judged]
    certainties = [image.confidence for image in result.out_of_fold(engine)]
    catch = failures_caught([bool(image.flags) for image in judged], found)
    limit = float(np.quantile(expected, 0.15))
    least = failures_caught([image.confidence <= limit for image in judged], found)
    risk = risk_coverage(expected, found)
    bins = reliability_bins(expected, found, bins=5)
    share = f"{catch.caught / catch.failures:.0%}" if catch.failures else "–"
    return [
        f"### {result.recipe.name}: calibration of the confidence",
        "Confidence is the Dice to expect. For each fold it is fitted on the other folds alone. Expected calibration "
        f"error over ten bins of equal count: {expected_calibration_error(expected, found):.3f} (the network's "
        f"uncalibrated certainty: {expected_calibration_error(certainties, found):.3f}).",
        table(
            ("confidence, mean of a fifth of the images", *(f"{one.confidence:.2f}" for one in bins)),
            [("Dice found", *(f"{one.dice:.2f}" for one in bins))],
        ),
        "Accepting only the most confident share of images, the mean loss (1 - Dice) is:",
        table(
            ("share accepted", *(f"{coverage:.0%}" for coverage in COVERAGES)),
            [("1 - Dice", *(f"{risk[max(0, round(coverage * len(risk)) - 1)]:.3f}" for coverage in COVERAGES))],
        ),
        f"Flags (no nerve, several components, border, low confidence) were raised on {catch.flagged} of "
        f"{catch.images} images ({catch.flagged / catch.images:.0%}) and include {catch.caught} of {catch.failures} "
        f"failures (Dice < {FAILURE_DICE}; {share}). The 15 % of lowest confidence alone include {least.caught}.",
    ]
