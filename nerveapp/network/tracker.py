"""Following and pointing with a model's refinement stage: it draws well wherever it is shown the nerve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.outline import certainty, keep_main_components
from nerveapp.analysis.reliability import expected_dice
from nerveapp.analysis.tracking import SMOOTHING, Track, appearance, moved, next_window, reframed, same_nerve
from nerveapp.analysis.transforms import FloatMap, Grey, Window
from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import Pointed
from nerveapp.network.pointing import (
    CLICK_SLACK,
    LARGEST_GAP,
    MOST_COMPONENTS,
    FirstOutline,
    Look,
    Meant,
    Target,
    agreed,
    agreement,
    by_size,
)
from nerveapp.network.stage import Stage

WHOLE_FRAME_REACH = 7.0
"""A network that was shown whole frames saw windows of about so many square roots of the nerve's area."""

CLICK_SIZES = (0.045, 0.3)
"""Sizes of nerves tried about a click: the square root of the area, as a share of the frame's shorter side."""

CLICK_SIZES_TRIED, GUESS_SIZES_TRIED, PREVIEW_SIZES_TRIED = 13, 7, 5

LEAST_KEPT, WIDER = 0.6, 1.4
"""What is drawn anew and is this much smaller, by the root of its area, is a piece: of 230 nerves found out of fold
(usgra-nerves) four were so. Windows so many times wider are looked at then."""

BOX_SIZES = (0.6, 0.8, 1.0, 1.25, 1.6)
"""Sizes of nerves tried in a box: of one that fills it."""

LEAST_CERTAIN = 0.08
"""A followed outline of a lower certainty is none."""


@dataclass(frozen=True, slots=True)
class RefinementTracker:
    """Follows one nerve in windows around it (the `Tracker` port).

    Parameters
    ----------
    stage : Stage
        The refinement stage, or the only network of a model without one.
    flip : bool
        Test-time flip.
    knots : sequence of (float, float)
        The certainty of followed outlines and the Dice it earned, see `ModelCard.followed_knots`.
    smoothing : float
        Weight of the probabilities of the frame before, 0 to below 1.
    """

    stage: Stage
    flip: bool = False
    knots: Sequence[tuple[float, float]] = ()
    smoothing: float = SMOOTHING

    @property
    def card(self) -> ModelCard:
        """Of the network that is asked."""
        return self.stage.card

    @property
    def reach(self) -> float:
        """Width of its windows in square roots of a nerve's area."""
        card = self.card
        if card.crop_size_factor is not None:
            return card.crop_size_factor
        # Cards of earlier versions tell the widths of two windows alone, which lay about that of the training.
        return float(np.mean(card.crop_size_factors)) if card.crop_size_factors else WHOLE_FRAME_REACH

    def uncalibrated(self) -> RefinementTracker:
        """Give one that tells the network's own certainty; see the port."""
        return replace(self, knots=())

    def unsmoothed(self) -> RefinementTracker:
        """Give one that draws each frame for itself; see the port."""
        return replace(self, smoothing=0.0)

    def point(self, image: Image, x: float, y: float, *, extent: tuple[float, float] | None = None) -> Pointed | None:
        """Outline what lies around a click, or in a box; see the port.

        Windows of several sizes are looked at around the click, mirrored too, or as the box's size tells. About a
        click the outlines drawn in them are brought to one on which most agree, and to one each of other sizes.
        Clicks on the middle of 115 held-out nerves (usgra-nerves, folds 1 and 2) reach a mean Dice of 0.767 so, 0.750
        without mirrored windows, 0.747 with seven of those, and 0.726 by the one outline that agrees best with the
        others, drawn anew; the one that fits its own window best reaches 0.56. In a box the one that fills it best is
        taken (on 26 nerves of another machine, by the network of the wrist, a mean Dice of 0.64, where agreement
        gives 0.60 and a click 0.56), drawn anew or not.
        """
        target = Target(x, y, extent, CLICK_SLACK)
        if extent is None:
            looks = [Look(size, side) for size in _sizes(image, CLICK_SIZES_TRIED) for side in (False, True)]
            seen = self._seen(target, image, looks)
            return by_size(seen, target) if seen else None
        filling = np.sqrt(np.pi / 4 * extent[0] * extent[1])  # the size of an ellipse that fills it
        there = self._outlines_of(target, image, [Look(share * filling) for share in BOX_SIZES])
        fits = [target.filled_by(one.mask) for one in there]
        again = self._drawn_anew(target, image, there, fits)
        if again is None:
            return None
        return Pointed((there[int(np.argmax(fits))] if target.filled_by(again.mask) < max(fits) else again,))

    def preview(self, image: Image, x: float, y: float) -> PredictedMask | None:
        """Outline roughly what a click would outline, in fewer windows; see the port."""
        looks = [Look(size, bool(number % 2)) for number, size in enumerate(_sizes(image, PREVIEW_SIZES_TRIED))]
        target = Target(x, y, slack=CLICK_SLACK)
        seen = self._outlines_of(target, image, looks)
        return agreed(seen, target) if seen else None

    def outline_anew(self, image: Image, nerve: Mask) -> PredictedMask | None:
        """Outline a nerve that another network outlined, (H, W) and not empty: on what most windows agree.

        Windows of the card's sizes are looked at around it, mirrored too; wider ones if they show a piece of it alone,
        as where the first outline was a piece of the nerve. What is drawn in a window keeps to its size, and a first
        network's sizes are off: looks of one size hand that on, looks of several settle for what is there.
        Out of fold (usgra-nerves, five folds) the mean area error of what is found is 31 % so, its median bias +7 %;
        by the mean of two looks of about the first outline's size they are 37 % and +17 %.

        Returns
        -------
        PredictedMask or None
            None where no window shows more than a piece of it. Its confidence is how well the outlines agree:
            their mean Dice with each other, squared. Beside the first network's certainty, that follows the Dice with
            tracings as closely (Spearman 0.50 on median-wrist, 0.47 on usgra-nerves) as the agreement of two looks did.
        """
        first = FirstOutline.of(nerve)
        widths = self.card.crop_size_factors or (self.reach,)
        for wider in (1.0, WIDER):
            sizes = [first.size * wider * width / self.reach for width in widths]
            seen = self._outlines_of(first, image, [Look(size, side) for size in sizes for side in (False, True)])
            if seen:
                drawn = agreed(seen, first)
                if np.sqrt(np.count_nonzero(drawn.mask)) >= LEAST_KEPT * first.size:
                    return replace(drawn, confidence=agreement(seen) ** 2)
        return None

    def guess(self, image: Image, x: float, y: float) -> PredictedMask | None:
        """Outline what lies where a first network saw a little: the outline that agrees best with others, drawn anew.

        Nobody clicked there. The scores of the models were measured with this rule.
        """
        target = Target(x, y)
        there = self._outlines_of(target, image, [Look(size) for size in _sizes(image, GUESS_SIZES_TRIED)])
        fits = [sum(dice(one.mask, other.mask) for other in there) for one in there]
        return self._drawn_anew(target, image, there, fits)

    def _outlines_of(self, target: Meant, image: Image, looks: Sequence[Look]) -> list[PredictedMask]:
        return [outline for _, outline in self._seen(target, image, looks)]

    def _seen(self, target: Meant, image: Image, looks: Sequence[Look]) -> list[tuple[Look, PredictedMask]]:
        """Outline what is meant, once for each look at it that shows it."""
        card = self.card
        windows = [
            Window(target.x, target.y, self.reach * look.size, card.input_height, card.input_width) for look in looks
        ]
        seen = [look.turned(window.place(image)) for look, window in zip(looks, windows, strict=True)]
        answers = self.stage.probabilities(seen, flip=self.flip)
        drawn = [
            (look, self._drawn(likely, part, window, image))
            for answer, look, window in zip(answers, looks, windows, strict=True)
            if (part := self._part(likely := look.turned(answer), target.in_window(window))).any()
        ]
        return [(look, one) for look, one in drawn if one is not None and target.is_meant(one.mask)]

    def _drawn_anew(
        self, target: Target, image: Image, outlines: Sequence[PredictedMask], fits: Sequence[float]
    ) -> PredictedMask | None:
        """Take the outline that fits best, and draw it anew in a window around it, unless that misses what is meant."""
        if not outlines:
            return None
        best = outlines[int(np.argmax(fits))]
        track = self.begin(image, best.mask)
        return best if track is None or not target.is_meant(track.outline.mask) else track.outline

    def begin(self, image: Image, mask: Mask) -> Track | None:
        """Look at a nerve that is known; see the port."""
        card = self.card
        window = Window.around(mask, reach=self.reach, height=card.input_height, width=card.input_width)
        seen = window.place(image)
        known = window.place_mask(mask)
        if not known.any():
            return None
        probabilities = self._asked(seen)
        inside = self._part(probabilities, known)
        if not inside.any():
            return None
        outline = self._drawn(probabilities, inside, window, image, agreement=dice(known, inside))
        if outline is None:
            return None
        return Track(outline, window, seen, probabilities, appearance(seen, inside, zoom=window.zoom))

    def follow(self, track: Track, image: Image) -> Track | None:
        """Look for the nerve in the next frame; see the port."""
        threshold = self.card.threshold
        seen = track.window.place(image)
        expected = moved(track.probabilities, track.seen, seen)
        if not (expected >= threshold).any():
            return None
        window = next_window(track.window, expected >= threshold, reach=self.reach)
        if window != track.window:
            seen, expected = window.place(image), reframed(expected, track.window, window)
        there = expected >= threshold
        fresh = self._asked(seen)
        steady = np.asarray(self.smoothing * expected + (1 - self.smoothing) * fresh, np.float32)
        inside, alone = self._part(steady, there), self._part(fresh, there)
        if not (inside.any() and alone.any()):
            return None
        if not same_nerve(track.start, appearance(seen, inside, zoom=window.zoom), expected=there, seen=alone):
            return None
        outline = self._drawn(steady, inside, window, image, agreement=dice(there, alone))
        return None if outline is None else Track(outline, window, seen, steady, track.start)

    def _asked(self, seen: Grey) -> FloatMap:
        return np.asarray(self.stage.probabilities([seen], flip=self.flip)[0], np.float32)

    def _part(self, probabilities: FloatMap, expected: Mask) -> Mask:
        """Give the nerve's part of what is likely: the components that meet where it is expected."""
        likely = (probabilities >= self.card.threshold).astype(np.uint8)
        count, labels = cv2.connectedComponents(likely, connectivity=8)
        if count > 2:
            met = np.unique(labels[expected])
            likely = np.isin(labels, met[met > 0]).astype(np.uint8)
        elif count == 2 and not (likely.astype(np.bool_) & expected).any():
            likely[...] = 0
        return likely.astype(np.bool_)

    def _drawn(
        self, probabilities: FloatMap, inside: Mask, window: Window, image: Image, *, agreement: float = 1.0
    ) -> PredictedMask | None:
        """Draw the outline on the source grid; None where nothing is left of it there.

        The network's certainty, times the agreement with what was expected, says how good it is.
        """
        height, width = image.shape[:2]
        box = window.box(height, width, margin=1)
        near = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        values = window.restore_in(np.where(near, probabilities, np.float32(0)), box)
        part, components = keep_main_components(
            values >= self.card.threshold, max_components=MOST_COMPONENTS, max_gap=LARGEST_GAP
        )
        if not components:
            return None
        sure = agreement * certainty(window.restore_in(probabilities, box), part, longer_side=max(height, width))
        if sure < LEAST_CERTAIN:
            return None
        mask = np.zeros((height, width), np.bool_)
        box.of(mask)[...] = part
        return PredictedMask(mask, expected_dice(sure, self.knots), components)


def _sizes(image: Image, count: int) -> list[float]:
    return [float(size) for size in np.geomspace(*CLICK_SIZES, count) * min(image.shape[:2])]
