"""A nerve followed in one direction, and both directions joined so that no seam shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.boundaries import Lead, in_between
from nerveapp.analysis.tracking import Track
from nerveapp.domain.clip import Frame
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import How, NerveOutline
from nerveapp.ports import Tracker

SAME_NERVE = 0.6
"""Dice of two outlines in one frame from which they are of one nerve."""


@dataclass(slots=True)
class Seen:
    """A nerve in a key frame; its number is given once it is clear which nerve it is.

    `found_with` is the Dice to expect where it was found, in this frame or in one that it was followed from.
    """

    outline: PredictedMask
    track: Track | None
    frame: int
    found_with: float
    nerve: int = -1
    how: How = How.FOUND
    source: int | None = None


@dataclass(slots=True)
class Run:
    """A nerve followed from a key frame in one direction."""

    start: Seen
    tracks: dict[int, Track] = field(default_factory=dict)
    last: Track | None = None

    def into(self, frames: Iterable[Frame], tracker: Tracker) -> Run:
        """Follow it into the next frames, until it is lost."""
        for frame in frames:
            if self.last is None:
                break
            self.last = tracker.follow(self.last, frame.image)
            if self.last is not None:
                self.tracks[frame.index] = self.last
        return self

    def meets(self, other: Run) -> float:
        """Give the mean Dice over the frames that both reached; 0 where they reached none."""
        common = self.tracks.keys() & other.tracks.keys()
        if not common:
            return 0.0
        return float(np.mean([dice(self.mask(index), other.mask(index)) for index in common]))

    def mask(self, index: int) -> Mask:
        """Give the outline in a frame that was reached, (H, W)."""
        return self.tracks[index].outline.mask

    @property
    def source(self) -> int:
        """Where it was followed from, which may have been followed itself."""
        return self.start.frame if self.start.source is None else self.start.source


def drawn_as_followed(outline: PredictedMask, track: Track | None) -> PredictedMask:
    """Draw an outline as those that are followed from it: one drawn otherwise would be a jump of the area.

    Parameters
    ----------
    outline : PredictedMask
        Found, or pointed at.
    track : Track or None
        What following begins with there.
    """
    if track is None or dice(track.outline.mask, outline.mask) < SAME_NERVE:
        return outline
    return replace(outline, mask=track.outline.mask, components=track.outline.components)


class Joined:
    """What was followed into the frames between two key frames, from one side or from both.

    Both directions drift apart until they meet. Where they meet the outline halfway counts, and on the way there each
    is led over to it by and by: to change from one to the other at once would be a jump of the area.

    Parameters
    ----------
    nerve : int
    forth, back : Run or None
        Of this nerve, one at least.
    """

    def __init__(self, nerve: int, forth: Run | None, back: Run | None) -> None:
        self._nerve = nerve
        self._forth, self._back = forth, back
        self._met = {} if forth is None or back is None else _met(forth, back)
        self._leads: dict[int, Lead] = {}

    def outline(self, frame: Frame) -> NerveOutline:
        """Give the outline in a frame; nothing where the nerve was lost on both sides."""
        index = frame.index
        reached = [run for run in (self._forth, self._back) if run is not None and index in run.tracks]
        if not reached:
            return NerveOutline(self._nerve, PredictedMask(np.zeros(frame.image.shape[:2], np.bool_), 0.0, 0), How.LOST)
        surest = max(reached, key=lambda run: run.tracks[index].outline.confidence)
        outline = surest.tracks[index].outline
        if index in self._met:
            outline = replace(outline, mask=self._met[index])
        elif self._met and len(reached) == 1:
            meeting = min(self._met) if surest is self._forth else max(self._met)
            share = (index - surest.start.frame) / (meeting - surest.start.frame)
            side = surest.start.frame
            if side not in self._leads:
                self._leads[side] = Lead.between(surest.mask(meeting), self._met[meeting])
            outline = replace(outline, mask=self._leads[side].over(outline.mask, share))
        return NerveOutline(self._nerve, outline, How.FOLLOWED, surest.source, surest.start.found_with)


def _met(forth: Run, back: Run) -> dict[int, Mask]:
    """Give the outlines in frames that both reached: the nearer the key frame of one, the more like its own."""
    first, last = forth.start.frame, back.start.frame
    return {
        index: in_between(forth.mask(index), back.mask(index), share=(index - first) / (last - first))
        for index in forth.tracks.keys() & back.tracks.keys()
        if dice(forth.mask(index), back.mask(index)) >= SAME_NERVE
    }
