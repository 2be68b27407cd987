"""Following an outline that somebody drew or chose, as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from nerveapp.analysis.outline import component_sizes
from nerveapp.analysis.propagation import Correction
from nerveapp.analysis.tracking import NerveAppearance, Track
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.ports import Tracker

LOOKS = 3
"""So often the tracker looks at the nerve where it starts, each time in a window around what it outlined before: a
window around the drawing would make its outline too large or too small, and the correction seem to be less."""


@dataclass(frozen=True, slots=True)
class FollowedDrawing:
    """A drawn nerve in one frame: what the tracker outlines there, and how the drawing differs from that.

    Parameters
    ----------
    track : Track
    correction : Correction
    """

    track: Track
    correction: Correction

    @classmethod
    def begun(cls, tracker: Tracker, image: Image, drawn: Mask) -> Self | None:
        """Look at a nerve where it was drawn, (H, W), not empty; None where the tracker sees none there."""
        track, around = None, drawn
        for _ in range(LOOKS):
            again = tracker.begin(image, around)
            if again is None:
                break
            track, around = again, again.outline.mask
        return None if track is None else cls(track, Correction.of(drawn, around, image))

    @property
    def start(self) -> NerveAppearance:
        """What the nerve looks like where it was drawn."""
        return self.track.start

    @property
    def outline(self) -> PredictedMask:
        """The drawing in this frame, as sure as the tracker is of its own outline."""
        mask = self.correction.mask
        return replace(self.track.outline, mask=mask, components=len(component_sizes(mask)))

    def followed(self, tracker: Tracker, image: Image) -> Self | None:
        """Follow it into a neighbouring frame; None where it is lost."""
        track = tracker.follow(self.track, image)
        correction = None if track is None else self.correction.moved_to(track.outline.mask, image)
        return None if track is None or correction is None else type(self)(track, correction)
