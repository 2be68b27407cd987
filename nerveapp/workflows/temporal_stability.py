"""How much outlined areas change from frame to frame over phantom clips, whose true areas are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nerveapp.analysis.temporal_stability import jitter, smoothed
from nerveapp.domain.experiments.results import ClipStability, TemporalStability
from nerveapp.domain.view import Nerve, Site
from nerveapp.phantom import phantom_frames, phantom_spec
from nerveapp.ports import Segmenter

FIRST_SUBJECT = 100
"""Subjects from here on were used neither for the demo clip nor, being clips, for training."""


SHIPPED = (("median-wrist", Site.WRIST), ("peripheral-nerve", Site.FOREARM))
"""The shipped models, and the site of the median nerve that each is asked for."""


def stability_of_shipped(
    load: Callable[[str], Segmenter], versions: tuple[tuple[str, str], ...], *, subjects: int = 8, frames: int = 100
) -> TemporalStability:
    """Measure each shipped model; `load` gives its segmenter by its name."""
    rows = [
        row
        for model, site in SHIPPED
        for row in measure_stability(load(model), nerve=Nerve.MEDIAN, site=site, subjects=subjects, frames=frames)
    ]
    return TemporalStability(tuple(rows), versions)


def measure_stability(
    segmenter: Segmenter, *, nerve: Nerve, site: Site, subjects: int, frames: int
) -> list[ClipStability]:
    """Outline a clip of each of some phantom subjects.

    Parameters
    ----------
    segmenter : Segmenter
    nerve, site : Nerve, Site
        What the clips show.
    subjects, frames : int
        How many clips, and of how many frames each.
    """
    return [
        _one_clip(segmenter, nerve, site, subject, frames) for subject in range(FIRST_SUBJECT, FIRST_SUBJECT + subjects)
    ]


def _one_clip(segmenter: Segmenter, nerve: Nerve, site: Site, subject: int, frames: int) -> ClipStability:
    truth, found = [], []
    for frame in phantom_frames(phantom_spec(seed=1, subject=subject, nerve=nerve, site=site, frames=frames)):
        truth.append(float(frame.mask.sum()))
        found.append(float(segmenter.segment([frame.image])[0].mask.sum()))
    smooth = smoothed(found).tolist()
    return ClipStability(
        model=segmenter.card.name,
        site=f"{nerve.value} {site.value}",
        subject=subject,
        frames=frames,
        truth=jitter(truth),
        outlined=_jitter_if_found(found),
        smoothed=_jitter_if_found(smooth),
        error_outlined=_error(found, truth),
        error_smoothed=_error(smooth, truth),
    )


def _jitter_if_found(areas: Sequence[float]) -> float:
    return jitter(areas) if any(areas) else 0.0


def _error(areas: Sequence[float], truth: Sequence[float]) -> float:
    return float(np.mean(np.abs(np.subtract(areas, truth)) / np.asarray(truth)))
