"""Sections of docs/accuracy.md on nerves that are followed or pointed at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from nerveapp.analysis.reliability import expected_calibration_error, reliability_bins
from nerveapp.analysis.resampling import group_bootstrap_interval
from nerveapp.cli.accuracy_tables import table
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.experiments.tracking import ClickedNerve, Clicks, PhantomTracking, TrackedClip, Way
from nerveapp.workflows.evaluating.evaluate import MISSED_DICE
from nerveapp.workflows.studies.phantom_clips import MEANT_FOR, site_name

STEADY = 2.0
"""Jitter wanted at most, in multiples of the truth's."""

UNBIASED = 0.01
"""Bias wanted at most of smoothing."""

WANTED = {"median-wrist": 0.93, "peripheral-nerve": 0.8}
"""Mean Dice wanted of clicks on the middle of a nerve."""

SAME_NERVE = 0.7
"""Mean Dice with the truth from which it was the nerve itself that was followed."""

_WAYS = (Way.FRAME_BY_FRAME, Way.FOLLOWED, Way.POINTED)


def tracking_section(result: PhantomTracking) -> list[str]:
    """Write how nerves are followed through phantom clips, beside frame by frame."""
    measured = {(clip.model, clip.site) for clip in result.clips}
    every = [(model, site_name(*view)) for model, views in MEANT_FOR.items() for view in views]
    cases = [case for case in every if case in measured]
    lines = [
        (model, f"{site} ({len(clips)} × {clips[0].frames})", way.value, *_tracked(clips))
        for model, site in cases
        for way in _WAYS
        if (clips := [clip for clip in result.clips if (clip.model, clip.site, clip.way) == (model, site, way)])
    ]
    return [
        "## Following over a clip",
        "Phantom clips, **synthetic**, of subjects that nothing was learnt from or fitted on; in brackets clips × "
        "frames. *Frame by frame*: every frame is searched by itself, and of several nerves the one that overlaps the "
        "truth most counts, which favours this way. *Found and followed*: what an analysis does. *Pointed at once*: "
        "followed from one click on the nerve's middle in the clip's middle frame. In the latter two the one nerve of "
        "the clip counts that overlaps the truth most. Dice: mean over all frames, 0 where nothing was outlined, and "
        "mean over the outlined frames. Bias: mean area of the outlined frames against the true one, as mean and range "
        "of the clips. Jitter: root mean square of the change from frame to frame, as a share of the mean area; true "
        "change: the same of the true area. Found (or pointed at), followed, lost: shares of the frames. Real clips "
        "may well be harder.",
        table(
            (
                "model", "nerve and site", "way", "Dice, all frames", "Dice, outlined", "bias (range)", "jitter",
                "true change", "found", "followed", "lost",
            ),
            lines,
        ),
        *_smoothing(result, cases),
        *_followed_confidence(result),
    ]  # fmt: skip


def _tracked(clips: Sequence[TrackedClip]) -> tuple[str, ...]:
    biases = [clip.bias for clip in clips if clip.bias is not None]
    frames = sum(clip.frames for clip in clips)
    return (
        _mean(clip.dice for clip in clips),
        _mean(clip.dice_outlined for clip in clips),
        f"{np.mean(biases):+.1%} ({min(biases):+.1%} to {max(biases):+.1%})" if biases else "–",
        _mean((clip.jitter for clip in clips), as_share=True),
        _mean((clip.jitter_truth for clip in clips), as_share=True),
        *(
            f"{sum(counts) / frames:.0%}"
            for counts in zip(*((c.found, c.followed, c.lost) for c in clips), strict=True)
        ),
    )


def _mean(values: Iterable[float | None], *, as_share: bool = False) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    return f"{np.mean(known):.1%}" if as_share else f"{np.mean(known):.3f}"


def _smoothing(result: PhantomTracking, cases: Sequence[tuple[str, str]]) -> list[str]:
    """Write what smoothing over time does to the area, on the clips that were followed with it and without."""
    plain = {(one.site, one.subject): one for one in result.clips if one.way is Way.UNSMOOTHED and _on_nerve(one)}
    lines = []
    for _, site in cases:
        pairs = [
            (clip, plain[site, clip.subject])
            for clip in result.clips
            if (clip.site, clip.way) == (site, Way.FOLLOWED) and _on_nerve(clip) and (site, clip.subject) in plain
        ]
        changes = [(1 + (clip.bias or 0)) / (1 + (other.bias or 0)) - 1 for clip, other in pairs]
        if changes:
            within = sum(
                clip.jitter is not None and clip.jitter_truth is not None and clip.jitter <= STEADY * clip.jitter_truth
                for clip, _ in pairs
            )
            lines.append(
                (
                    site,
                    f"{np.mean(changes):+.2%} ({min(changes):+.2%} to {max(changes):+.2%})",
                    f"{sum(abs(change) <= UNBIASED for change in changes)} of {len(changes)}",
                    _mean((other.jitter for _, other in pairs), as_share=True),
                    _mean((clip.jitter for clip, _ in pairs), as_share=True),
                    f"{within} of {len(pairs)}",
                )
            )
    if not lines:
        return []
    return [
        "### Smoothing over time",
        "Followed with smoothing (each frame's probabilities averaged with those of the frame before, and the boundary "
        "over a third of a second to both sides) and without: how much it changes the mean area of a clip, and the "
        f"jitter, on the clips in which the nerve itself was followed throughout (Dice {SAME_NERVE} or more both "
        "times, no frame lost): another structure has another area. Wanted: a change within "
        f"±{UNBIASED:.0%} and a jitter within {STEADY:.0f} times the true change.",
        table(
            (
                "nerve and site", "change of the mean area (range)", f"clips within ±{UNBIASED:.0%}",
                "jitter without", "jitter with", f"clips within {STEADY:.0f} times the true change",
            ),
            lines,
        ),
    ]  # fmt: skip


def _on_nerve(clip: TrackedClip) -> bool:
    return clip.lost == 0 and clip.dice >= SAME_NERVE


def _followed_confidence(result: PhantomTracking) -> list[str]:
    lines = []
    for model in dict.fromkeys(clip.model for clip in result.clips):
        outlines = [pair for clip in result.clips if clip.model == model for pair in clip.confidences]
        if not outlines:
            continue
        stated, found = [one for one, _ in outlines], [other for _, other in outlines]
        bins = reliability_bins(stated, found, bins=5)
        lines.append(
            (
                model,
                len(outlines),
                f"{expected_calibration_error(stated, found):.3f}",
                *(f"{one.confidence:.2f}: {one.dice:.2f}" for one in bins),
            )
        )
    if not lines:
        return []
    return [
        "### Confidence of followed outlines",
        "No real clip has a traced nerve in every frame, so the Dice to expect of a followed outline is fitted on "
        "**phantoms**, of other subjects (200 and on) than those it is judged on here; on real clips it may mean "
        "something else. Every followed outline counts, also of what is no nerve. Expected calibration error over ten "
        "bins of equal count, and, for each fifth of the outlines, confidence: Dice found.",
        table(("model", "outlines", "calibration error", "lowest fifth", "", "", "", "highest fifth"), lines),
    ]


def clicks_section(results: Sequence[Clicks]) -> list[str]:
    """Write how well a click outlines a nerve of people held out."""
    rows = [row for result in results if not result.label for row in _click_rows(result, result.recipe_name)]
    for tried in results:
        if tried.label:
            rows += _click_rows(tried, f"{tried.recipe_name}, tried: {tried.label}")
            for kept in results:
                if not kept.label and kept.recipe_name == tried.recipe_name:
                    numbers = {fold.number for fold in tried.folds}
                    same = tuple(fold for fold in kept.folds if fold.number in numbers)
                    rows += _click_rows(replace(kept, folds=same), f"{kept.recipe_name}, on the same folds")
    names = dict.fromkeys(result.recipe_name for result in results)
    deal = "; ".join(f"{RECIPES[name].dataset}: {RECIPES[name].folds} folds by group" for name in names)
    wanted = "; ".join(f"{RECIPES[name].dataset} {WANTED[name]:.2f}" for name in names)
    return [
        "## Outlining by a click",
        f"Simulated clicks on every traced nerve of real images held out ({deal}). Each is outlined by the refinement "
        "stage of the fold that never saw its group (patients, or sets of duplicate exports); folds whose network was "
        "not at hand are left out. The middle is the point farthest from the boundary; the other points are drawn at "
        "random from all pixels inside, five a nerve, of which the first is the one called any point. The Dice is per "
        f"nerve; intervals resample groups; missed: Dice below {MISSED_DICE}. Wanted of clicks on the middle, as a "
        f"mean: {wanted}. The way of asking was chosen on fold 1 of both sets, so its scores are slightly optimistic. "
        "A click also tells smaller and larger outlines that may be meant: the best of three sizes is what somebody "
        "gets who knows the truth and takes a step at most, the best of all sizes what a hand gets that goes on. They "
        "say what a choice is worth, and are **no score of a click**.",
        table(
            ("model", "folds", "nerves (images, groups)", "clicks on", "Dice", "95 % interval", "median", "missed"),
            rows,
        ),
    ]


def _click_rows(result: Clicks, name: str) -> list[tuple[str, ...]]:
    nerves = result.nerves
    if not nerves:
        return []
    images, groups = len({nerve.image for nerve in nerves}), len({nerve.group for nerve in nerves})
    first = (name, ", ".join(str(fold.number + 1) for fold in result.folds), f"{len(nerves)} ({images}, {groups})")
    rows = [
        (*first, "the middle", *_clicked(nerves, lambda one: one.centre)),
        (*first, "any point inside", *_clicked(nerves, lambda one: one.inside[0])),
        (*first, "five inside, mean", *_clicked(nerves, lambda one: float(np.mean(one.inside)))),
        (*first, "five inside, the worst", *_clicked(nerves, lambda one: min(one.inside))),
    ]
    if all(one.chosen for one in nerves):
        rows += [
            (*first, "the middle, best of three sizes", *_clicked(nerves, lambda one: one.chosen[0])),
            (*first, "the middle, best of all sizes", *_clicked(nerves, lambda one: one.chosen[1])),
        ]
    return rows


def _clicked(nerves: Sequence[ClickedNerve], pick: Callable[[ClickedNerve], float]) -> tuple[str, ...]:
    dices = np.array([pick(one) for one in nerves])
    low, high = group_bootstrap_interval(dices.tolist(), [one.group for one in nerves])
    return (
        f"{dices.mean():.3f} ± {dices.std():.3f}",
        f"{low:.3f}–{high:.3f}",
        f"{np.median(dices):.3f}",
        str(int((dices < MISSED_DICE).sum())),
    )
