"""What the tested frames of a report come to: by nerve and site, by person, and the worst ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nerveapp.analysis.rater_agreement import FEWEST_PAIRS, BlandAltman, bland_altman, intervals_in_words
from nerveapp.analysis.resampling import group_bootstrap_interval
from nerveapp.domain.experiments.report import TestedFrame
from nerveapp.domain.view import Nerve, Site


@dataclass(frozen=True, slots=True)
class MeanSD:
    """Mean and standard deviation over frames, and the 95 % interval of the mean, resampled by person."""

    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """How frames were outlined.

    Parameters
    ----------
    frames, people : int
    iou, dice : MeanSD
        0 to 1.
    hd95_px, assd_px, area_error_rel : MeanSD or None
        Over frames that have both outlines; None where no frame has.
    """

    frames: int
    people: int
    iou: MeanSD
    dice: MeanSD
    hd95_px: MeanSD | None
    assd_px: MeanSD | None
    area_error_rel: MeanSD | None


@dataclass(frozen=True, slots=True)
class PersonMetrics:
    """One person's frames.

    Parameters
    ----------
    person : str
    part : int
        In which part of the split they were held out, from 0.
    lowest_dice : float
    metrics : Metrics
        The intervals mean nothing for one person.
    """

    person: str
    part: int
    lowest_dice: float
    metrics: Metrics


def metrics_of(frames: Sequence[TestedFrame]) -> Metrics:
    """Reduce one frame or more."""

    def mean_sd(values: Sequence[float | None]) -> MeanSD | None:
        there = [(value, one.score.group) for value, one in zip(values, frames, strict=True) if value is not None]
        if not there:
            return None
        numbers = [value for value, _ in there]
        interval = group_bootstrap_interval(numbers, [person for _, person in there])
        return MeanSD(float(np.mean(numbers)), float(np.std(numbers)), *interval)

    scores = [one.score for one in frames]
    iou, dice = mean_sd([one.iou for one in scores]), mean_sd([one.dice for one in scores])
    if iou is None or dice is None:
        raise ValueError("expected at least one frame")
    return Metrics(
        len(frames),
        len({one.group for one in scores}),
        iou,
        dice,
        mean_sd([one.hd95_px for one in scores]),
        mean_sd([one.assd_px for one in scores]),
        mean_sd([one.area_error_rel for one in scores]),
    )


def by_site(frames: Sequence[TestedFrame]) -> dict[tuple[Nerve, Site] | None, tuple[TestedFrame, ...]]:
    """Sort frames by nerve and site; None for those of which they are not known."""
    found: defaultdict[tuple[Nerve, Site] | None, list[TestedFrame]] = defaultdict(list)
    for one in frames:
        found[None if one.view is None else (one.view.nerve, one.view.site)].append(one)
    return {site: tuple(ones) for site, ones in found.items()}


def by_person(frames: Sequence[TestedFrame]) -> list[PersonMetrics]:
    """Give every person's metrics in every part, the worst first."""
    found: defaultdict[tuple[str, int], list[TestedFrame]] = defaultdict(list)
    for one in frames:
        found[one.score.group, one.part].append(one)
    rows = [
        PersonMetrics(person, part, min(one.score.dice for one in ones), metrics_of(ones))
        for (person, part), ones in found.items()
    ]
    return sorted(rows, key=lambda row: row.metrics.dice.mean)


def worst(frames: Sequence[TestedFrame], count: int) -> list[TestedFrame]:
    """Give the frames of lowest Dice, the lowest first."""
    return sorted(frames, key=lambda one: one.score.dice)[:count]


def area_differences(frames: Sequence[TestedFrame]) -> list[tuple[float, float]]:
    """Give the area of each frame that is outlined and traced (mean of both, px²) and their difference.

    The difference is outlined minus traced, in percent of that mean: frames differ in scale, so that px² of one are
    not those of another.
    """
    pairs = [(one.score.area_px, one.score.traced_px) for one in with_both(frames)]
    return [((area + traced) / 2, 200 * (area - traced) / (area + traced)) for area, traced in pairs]


def area_agreement(frames: Sequence[TestedFrame]) -> BlandAltman | None:
    """Give the limits of agreement of the areas, in percent; None for too few frames."""
    differences = [difference for _, difference in area_differences(frames)]
    people = [one.score.group for one in with_both(frames)]
    return bland_altman(differences, [0.0] * len(differences), people) if len(differences) >= FEWEST_PAIRS else None


def area_intervals_in_words(frames: Sequence[TestedFrame], limits: BlandAltman) -> str:
    """Say where the intervals of `area_agreement` come from, and whether they hold."""
    people = [one.score.group for one in with_both(frames)]
    return intervals_in_words(limits, independent=len(set(people)) == len(people))


def with_both(frames: Sequence[TestedFrame]) -> list[TestedFrame]:
    """Give the frames that are outlined and traced: where one sees no nerve, that is no difference of size."""
    return [one for one in frames if min(one.score.area_px, one.score.traced_px) > 0]
