"""Frames in, outlines out: the network between its two resizings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nerveapp.analysis.outline import keep_main_components, nerves_in
from nerveapp.analysis.reliability import expected_dice
from nerveapp.analysis.transforms import FloatMap, Letterbox, to_grey
from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.network.stage import Stage
from nerveapp.network.tracker import RefinementTracker

UNSURE = 0.5
"""Below this certainty the first network did not really find the nerve: on 117 held-out images of three folds it was
0.6 or more but for two, where it saw nothing or a speck; both times its highest probability lay inside the nerve."""

FAINT = 0.1
"""A lower highest probability is no reason to look: on a clip of other nerves nine of ten frames stay below 0.02."""

GUESSES = 3
PEAKS_APART = 12
"""Places looked at are a twelfth of the frame's shorter side apart."""


@dataclass(frozen=True, slots=True)
class UNetSegmenter:
    """Outlines nerves with a model's networks (the `Segmenter` port).

    Parameters
    ----------
    network : Stage
        Sees the whole frame.
    refinement : Stage or None
        Looks closely at what the first one found, and draws the outline.
    flip : bool
        Average with the mirrored frame: twice the time, steadier rims.
    """

    network: Stage
    refinement: Stage | None = None
    flip: bool = False

    @property
    def card(self) -> ModelCard:
        """The model."""
        return self.network.card

    @property
    def engine(self) -> str:
        """What computes, for provenance."""
        return self.network.engine.name + (", mirrored average" if self.flip else "")

    @property
    def batch_size(self) -> int:
        """Frames per call that suit the device."""
        return self.network.engine.batch_size

    @property
    def workers(self) -> int:
        """Calls at a time that suit the device."""
        return self.network.engine.workers

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        """Outline the nerve in each (H, W) or (H, W, 3) frame, on the frame's own grid."""
        whole = self._whole(images)
        first = [self.network.outline(probabilities) for probabilities in whole]
        found = first
        if self.refinement is not None:
            found = [
                self._outlined_anew(image, one, self.refinement.card)
                if self._sure(one)
                else self._guessed(image, probabilities) or one
                for image, probabilities, one in zip(images, whole, first, strict=True)
            ]
        knots = self.card.confidence_knots
        return [replace(one, confidence=expected_dice(one.confidence, knots)) for one in found]

    @property
    def tracker(self) -> RefinementTracker:
        """What follows and is pointed with: the refinement stage, or the only network."""
        return RefinementTracker(self.refinement or self.network, self.flip, self.card.followed_knots)

    def _sure(self, found: PredictedMask) -> bool:
        """Say whether the first network found something worth a close look.

        One that may see several nerves is rarely sure of all of them, and the close look tells.
        """
        return found.components > 0 and (self.card.max_gap is None or found.confidence >= UNSURE)

    def _whole(self, images: Sequence[Image]) -> list[FloatMap]:
        card = self.card
        boxes = [Letterbox(image.shape[0], image.shape[1], card.input_height, card.input_width) for image in images]
        placed = [box.place(to_grey(image)) for box, image in zip(boxes, images, strict=True)]
        probabilities = self.network.probabilities(placed, flip=self.flip)
        return [box.restore(values) for box, values in zip(boxes, probabilities, strict=True)]

    def _guessed(self, image: Image, probabilities: FloatMap) -> PredictedMask | None:
        """Look closely at the places where the first network saw most, although that was too little to be sure.

        It is asked again with the frame mirrored. Of what is found at the highest places, that one is taken inside
        which it saw most on average: a nerve holds faint signs all over, a slip of the network is a speck.
        """
        mirrored = self._whole([np.ascontiguousarray(image[:, ::-1])])[0][:, ::-1]
        seen = np.asarray((probabilities + mirrored) / 2, np.float32)
        left = seen.copy()
        around = min(seen.shape) // PEAKS_APART
        candidates: list[tuple[float, PredictedMask]] = []
        for _ in range(GUESSES):
            row, column = (int(at) for at in np.unravel_index(int(left.argmax()), left.shape))
            peak = float(left[row, column])
            if peak < FAINT:
                break
            left[max(0, row - around) : row + around, max(0, column - around) : column + around] = 0
            proposed = self.tracker.guess(image, column + 0.5, row + 0.5)
            if proposed is not None:
                confidence = UNSURE * peak / 2
                candidates.append((float(seen[proposed.mask].mean()), replace(proposed, confidence=confidence)))
        return max(candidates, key=lambda one: one[0])[1] if candidates else None

    def _outlined_anew(self, image: Image, found: PredictedMask, close: ModelCard) -> PredictedMask:
        """Outline anew each nerve that was found; where none is seen again, the first outline stays, and is not sure.

        It is as sure as the first network was, times how well the outlines of a nerve agree.
        """
        drawn = np.zeros_like(found.mask)
        seen: list[PredictedMask] = []
        for nerve in nerves_in(found.mask, apart=close.max_gap is None):
            one = self.tracker.outline_anew(image, nerve)
            if one is not None:
                drawn |= one.mask
                seen.append(one)
        mask, components = keep_main_components(drawn, max_components=close.max_components, max_gap=close.max_gap)
        if not components:
            return replace(found, confidence=0.0)
        areas = [np.count_nonzero(one.mask & mask) for one in seen]
        agreement = np.average([one.confidence for one in seen], weights=areas)
        return PredictedMask(mask, found.confidence * float(agreement), components)
