"""How well nerves are followed through phantom clips, whose true outlines are known, beside frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.outline import deepest_point, nerves_in
from nerveapp.analysis.temporal_stability import jitter
from nerveapp.domain.experiments.tracking import PhantomTracking, TrackedClip, Way
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.domain.tracking import How, NerveOutline, OutlinedFrame, Point
from nerveapp.domain.view import Nerve, Site
from nerveapp.errors import AnalysisError, DataError
from nerveapp.ports import Segmenter, StudiedTracker, Tracker
from nerveapp.workflows.following.follow import Following
from nerveapp.workflows.following.point import pointed_frames
from nerveapp.workflows.following.steadying import steadied_frames
from nerveapp.workflows.studies.followed_confidence import followed_outlines
from nerveapp.workflows.studies.phantom_clips import FIRST_SUBJECT, MEANT_FOR, PhantomClip, phantom_clip, site_name

_SHOWN = (Way.FOLLOWED, Way.POINTED)
"""What users see of following: its confidence is judged."""


def measure_tracking(
    load: Callable[[str], Segmenter],
    *,
    sites: Sequence[str] = (),
    subjects: int = 8,
    frames: int = 100,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Iterator[TrackedClip]:
    """Outline clips of unseen subjects at every site a shipped model is meant for, in every way.

    Parameters
    ----------
    load : callable
        Gives a shipped model's segmenter by its name.
    sites : sequence of str
        Such as "median wrist"; all where none is named.
    subjects, frames : int
        How many clips of each site, and of how many frames each.
    on_progress : callable
        Called with clips done and clips in all.

    Raises
    ------
    DataError
        If no model is meant for a site.
    """
    known = [site_name(nerve, site) for views in MEANT_FOR.values() for nerve, site in views]
    for unknown in set(sites).difference(known):
        raise DataError(f'No model is meant for "{unknown}".', f"Choose among: {', '.join(known)}.")
    clips = [
        (model, nerve, site, subject)
        for model, views in MEANT_FOR.items()
        for nerve, site in views
        if not sites or site_name(nerve, site) in sites
        for subject in range(FIRST_SUBJECT, FIRST_SUBJECT + subjects)
    ]
    for done, (model, nerve, site, subject) in enumerate(clips, start=1):
        yield from track_clip(load(model), nerve, site, subject=subject, frames=frames)
        on_progress(done, len(clips))


def track_clip(segmenter: Segmenter, nerve: Nerve, site: Site, *, subject: int, frames: int) -> Iterator[TrackedClip]:
    """Outline one clip in every way that the model has.

    Parameters
    ----------
    segmenter : Segmenter
    nerve, site : Nerve, Site
    subject, frames : int
    """
    clip = phantom_clip(nerve, site, subject=subject, frames=frames)
    ways = {Way.FRAME_BY_FRAME: _frame_by_frame(clip, segmenter)}
    tracker = segmenter.tracker
    if tracker is not None:
        ways[Way.FOLLOWED] = _followed(clip, segmenter, tracker)
        ways[Way.POINTED] = _pointed(clip, segmenter, tracker)
    if isinstance(tracker, StudiedTracker):
        ways[Way.UNSMOOTHED] = _followed(clip, segmenter, tracker.unsmoothed(), steady=False)
    for way, outlined in ways.items():
        yield _scored(clip, outlined, model=segmenter.card.name, way=way)


def with_clip(
    measured: PhantomTracking | None, clip: TrackedClip, versions: tuple[tuple[str, str], ...]
) -> PhantomTracking:
    """Add a clip to what was measured before; one of the same site, subject and way, or of other frames, gives way."""
    before = () if measured is None else measured.clips
    kept = [one for one in before if _case(one) != _case(clip) and (one.site != clip.site or one.frames == clip.frames)]
    return PhantomTracking((*kept, clip), versions)


def _case(clip: TrackedClip) -> tuple[str, int, Way]:
    return clip.site, clip.subject, clip.way


def _frame_by_frame(clip: PhantomClip, segmenter: Segmenter) -> list[OutlinedFrame]:
    """Find the nerve in each frame anew; of several the one that overlaps the truth most, which favours this way."""
    outlined = []
    for frame, truth in zip(clip.recorded, clip.truth, strict=True):
        found = segmenter.segment([frame.image])[0]
        parts = nerves_in(found.mask, apart=segmenter.card.max_gap is None)
        best = max(parts, key=lambda part: dice(part, truth), default=found.mask)
        one = NerveOutline(0, PredictedMask(best, found.confidence, int(best.any())), How.FOUND)
        outlined.append(OutlinedFrame(frame, (one,)))
    return outlined


def _followed(clip: PhantomClip, segmenter: Segmenter, tracker: Tracker, *, steady: bool = True) -> list[OutlinedFrame]:
    with ThreadPoolExecutor(max(1, segmenter.workers)) as executor:
        followed = Following(segmenter, tracker, executor).frames(clip.frames())
        return list(steadied_frames(followed) if steady else followed)


def _pointed(clip: PhantomClip, segmenter: Segmenter, tracker: Tracker) -> list[OutlinedFrame]:
    """Follow from one click, on the middle of the true nerve in the clip's middle frame."""
    middle = len(clip.recorded) // 2
    point = Point(middle, *deepest_point(clip.truth[middle]))
    try:
        pointed = pointed_frames(clip, segmenter, tracker, [point], room=len(clip.recorded))
        return list(steadied_frames(pointed))
    except AnalysisError:
        return [OutlinedFrame(frame, ()) for frame in clip.recorded]


def _scored(clip: PhantomClip, outlined: Sequence[OutlinedFrame], *, model: str, way: Way) -> TrackedClip:
    """Score the one nerve that overlaps the truth most over the clip."""
    truth = clip.truth
    dices: dict[int, dict[int, float]] = {}
    masks: dict[tuple[int, int], NerveOutline] = {}
    for index, frame in enumerate(outlined):
        for one in frame.nerves:
            if one.predicted.components:
                dices.setdefault(one.nerve, {})[index] = dice(one.predicted.mask, truth[index])
                masks[one.nerve, index] = one
    nerve = max(dices, key=lambda number: sum(dices[number].values()), default=-1)
    there = dices.get(nerve, {})
    areas, true_areas = (np.full(len(truth), np.nan) for _ in range(2))
    for index in there:
        areas[index] = masks[nerve, index].predicted.mask.sum()
        true_areas[index] = truth[index].sum()
    followed = sum(masks[nerve, index].how is How.FOLLOWED for index in there)
    judged = followed_outlines(outlined, truth) if way in _SHOWN else []
    return TrackedClip(
        model=model,
        site=clip.site,
        subject=clip.subject,
        frames=len(truth),
        way=way,
        dice=sum(there.values()) / len(truth),
        dice_outlined=float(np.mean(list(there.values()))) if there else None,
        bias=float(np.nansum(areas) / np.nansum(true_areas) - 1) if there else None,
        jitter=_known(jitter(areas.tolist())),
        jitter_truth=_known(jitter(true_areas.tolist())),
        found=len(there) - followed,
        followed=followed,
        confidences=tuple((round(stated, 3), round(earned, 3)) for stated, earned in judged),
    )


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
