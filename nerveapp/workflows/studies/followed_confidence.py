"""The Dice to expect of followed outlines, fitted on phantom clips: no real clip has a traced nerve in every frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.reliability import fit_expected_dice
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.tracking import How, OutlinedFrame
from nerveapp.errors import DataError
from nerveapp.ports import ModelStore, Segmenter, StudiedTracker
from nerveapp.workflows.following.follow import Following
from nerveapp.workflows.studies.phantom_clips import FIRST_SUBJECT_OF_FIT, MEANT_FOR, phantom_clip

FEWEST = 50
"""Fewer followed outlines say too little."""

Outline = tuple[float, float]
"""Confidence and Dice of one outline."""


def fit_followed_confidence(
    model: str,
    *,
    segmenter: Segmenter,
    store: ModelStore,
    subjects: int,
    frames: int,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> ModelCard:
    """Fit `ModelCard.followed_knots` of a shipped model and keep them on its card; its identity stays the same.

    Parameters
    ----------
    model : str
        One of `MEANT_FOR`.
    segmenter : Segmenter
        Of that model.
    store : ModelStore
        Holds it.
    subjects, frames : int
        Clips of each site, from `FIRST_SUBJECT_OF_FIT` on, and their frames.
    on_progress : callable
        Called with clips done and clips in all.

    Raises
    ------
    DataError
        If the model follows no nerve, or hardly an outline was followed.
    """
    tracker = segmenter.tracker
    if not isinstance(tracker, StudiedTracker):
        raise DataError(f"{model} does not tell its own certainty.", "Fit a model that follows nerves.")
    clips = [(view, FIRST_SUBJECT_OF_FIT + one) for one in range(subjects) for view in MEANT_FOR[model]]
    outlines: list[Outline] = []
    for done, ((nerve, site), subject) in enumerate(clips, start=1):
        clip = phantom_clip(nerve, site, subject=subject, frames=frames)
        with ThreadPoolExecutor(max(1, segmenter.workers)) as executor:
            following = Following(segmenter, tracker.uncalibrated(), executor)
            outlines += followed_outlines(following.frames(clip.frames()), clip.truth)
        on_progress(done, len(clips))
    if len(outlines) < FEWEST:
        raise DataError(
            f"{model} followed a nerve into {len(outlines)} frames only; {FEWEST} are needed.",
            "Use more subjects or longer clips.",
        )
    knots = fit_expected_dice([certainty for certainty, _ in outlines], [found for _, found in outlines])
    return store.save(replace(store.card(model), followed_knots=knots), store.weights(model))


def followed_outlines(outlined: Iterable[OutlinedFrame], truth: tuple[Mask, ...]) -> list[Outline]:
    """Give confidence and Dice of every followed outline, of whatever nerve; one that is none earns a Dice of 0."""
    return [
        (one.predicted.confidence, dice(one.predicted.mask, truth[frame.frame.index]))
        for frame in outlined
        for one in frame.nerves
        if one.how is How.FOLLOWED
    ]
