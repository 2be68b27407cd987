"""The nerve in pictures that come one after another: it is followed, and beside that found again and again.

Finding takes many times as long as following. It is done on another thread, in the picture that is newest when it
begins, while the nerve is followed on: the running picture never waits. When the answer is there it is compared with
what was followed to that picture.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace

import numpy as np

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.outline import nerves_in
from nerveapp.analysis.tracking import Track
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Image
from nerveapp.domain.live import LiveFrame, LiveMeasurement
from nerveapp.domain.segmentation import Mask, PackedMask, PredictedMask
from nerveapp.domain.tracking import How, NerveOutline
from nerveapp.ports import Segmenter, Tracker
from nerveapp.workflows.following.joined_runs import SAME_NERVE

FIND_EVERY_S = 1.0
"""So often the nerve that is followed is found again."""

UNSURE_EVERY_S = 0.3
"""So often it is where the outline is unsure."""

SHARE_FOR_FINDING = 0.25
"""So much of the time at most is spent on finding a nerve that is followed: a slow computer is to follow first."""


@dataclass(frozen=True, slots=True)
class _Followed:
    """The nerve up to one picture, and the Dice to expect where it was found, the surest time it was."""

    track: Track
    found_with: float

    @property
    def mask(self) -> Mask:
        return self.track.outline.mask

    def outline(self, how: How = How.FOLLOWED) -> NerveOutline:
        return NerveOutline(0, self.track.outline, how, found_with=self.found_with)

    def into(self, image: Image, tracker: Tracker) -> _Followed | None:
        """Follow it into the next picture; None where it is lost."""
        track = tracker.follow(self.track, image)
        return None if track is None else replace(self, track=track)


@dataclass(frozen=True, slots=True)
class _Search:
    """A search under way, which gives None where nothing is found, and what was followed to its picture."""

    found: Future[_Followed | None]
    index: int
    followed: _Followed | None


class LiveOutlining:
    """Outlines one nerve in pictures as they come; called from one thread.

    Parameters
    ----------
    segmenter : Segmenter
        A model that cannot follow is asked anew for every picture.
    executor : Executor
        One thread of it finds, beside the caller's.
    calibration : Calibration or None
        None measures in pixels only; it may be changed at any time.
    clock : callable
        The clock of the pictures' coming, s.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        executor: Executor,
        *,
        calibration: Calibration | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._segmenter = segmenter
        self._executor = executor
        self.calibration = calibration
        self._clock = clock
        self._several = segmenter.card.max_gap is None
        self._flag_below = segmenter.card.flag_below
        self._followed: _Followed | None = None
        self._search: _Search | None = None
        self._searched_s, self._search_took_s = -np.inf, 0.0

    def outline(self, live: LiveFrame) -> LiveMeasurement:
        """Outline the nerve in the next picture."""
        tracker, image = self._segmenter.tracker, live.frame.image
        if tracker is None:
            predicted = self._segmenter.segment([image])[0]
            return self._measured(live, NerveOutline(0, predicted, How.FOUND if predicted.components else How.LOST))
        how = How.FOLLOWED
        if self._followed is not None:
            self._followed = self._followed.into(image, tracker)
        if self._takes_what_was_found(tracker, live):
            how = How.FOUND
        lost = NerveOutline(0, PredictedMask(np.zeros(image.shape[:2], np.bool_), 0.0, 0), How.LOST)
        done = self._measured(live, lost if self._followed is None else self._followed.outline(how))
        self._search_when_due(tracker, live)
        return done

    def forget(self) -> None:
        """Look for the nerve anew, as after a pause."""
        self._followed = self._search = None
        self._searched_s = -np.inf

    def _takes_what_was_found(self, tracker: Tracker, live: LiveFrame) -> bool:
        """Take what was found meanwhile, where nothing is followed or something else that is less sure.

        Where the same is followed, only how surely it was found may be taken.
        """
        search = self._search
        if search is None or not search.found.done():
            return False
        self._search, self._search_took_s = None, live.captured_s - self._searched_s
        found, now = search.found.result(), self._followed
        if found is None:
            if now is not None and self._unsure(now):
                self._followed = None
            return False
        if now is not None and search.followed is not None:
            if dice(found.mask, search.followed.mask) >= SAME_NERVE:
                self._followed = replace(now, found_with=max(now.found_with, found.found_with))
                return False
            if self._confidence(found) <= self._confidence(search.followed):
                return False
        here = found if search.index == live.frame.index else found.into(live.frame.image, tracker)
        if here is None:
            return False
        self._followed = here
        return True

    def _search_when_due(self, tracker: Tracker, live: LiveFrame) -> None:
        if self._search is not None:
            return
        followed = self._followed
        pause_s = 0.0
        if followed is not None:
            usual_s = UNSURE_EVERY_S if self._unsure(followed) else FIND_EVERY_S
            pause_s = max(usual_s, self._search_took_s / SHARE_FOR_FINDING)
        if live.captured_s - self._searched_s < pause_s:
            return
        near = followed.mask if followed is not None else None
        searching = self._executor.submit(self._searched, tracker, live.frame.image, near)
        self._search, self._searched_s = _Search(searching, live.frame.index, followed), live.captured_s

    def _searched(self, tracker: Tracker, image: Image, near: Mask | None) -> _Followed | None:
        """Find the nerve in a picture; of several the one that is followed, else the largest."""
        found = self._segmenter.segment([image])[0]
        parts = nerves_in(found.mask, apart=self._several)
        if not parts:
            return None
        chosen = max(parts, key=lambda part: (0.0 if near is None else dice(part, near), np.count_nonzero(part)))
        track = tracker.begin(image, chosen)
        return None if track is None else _Followed(track, found.confidence)

    def _confidence(self, followed: _Followed) -> float:
        return followed.outline().confidence(flag_below=self._flag_below)

    def _unsure(self, followed: _Followed) -> bool:
        return self._confidence(followed) < self._flag_below

    def _measured(self, live: LiveFrame, outline: NerveOutline) -> LiveMeasurement:
        mask = outline.predicted.mask
        area, confidence = int(np.count_nonzero(mask)), outline.confidence(flag_below=self._flag_below)
        return LiveMeasurement(
            live,
            PackedMask.pack(mask),
            outline.how,
            confidence,
            unsure=area > 0 and confidence < self._flag_below,
            area_px=area,
            area_mm2=_area_mm2(mask, self.calibration),
            latency_s=self._clock() - live.captured_s,
        )


def recalibrated(outline: LiveMeasurement, calibration: Calibration | None) -> LiveMeasurement:
    """Measure an outline anew with another calibration."""
    return replace(outline, area_mm2=_area_mm2(outline.mask.unpack(), calibration))


def _area_mm2(mask: Mask, calibration: Calibration | None) -> float | None:
    return None if calibration is None or not mask.any() else calibration.area_mm2(mask)
