"""Following and pointing with a model's refinement stage: it draws well wherever it is shown the nerve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.outline import certainty, deepest_point, keep_main_components
from nerveapp.analysis.reliability import expected_dice
from nerveapp.analysis.tracking import SMOOTHING, Track, appearance, moved, next_window, reframed, same_nerve
from nerveapp.analysis.transforms import Box, FloatMap, Grey, Window
from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.network.prompting import click_prompt
from nerveapp.network.stage import Stage

WHOLE_FRAME_REACH = 7.0
"""A network that was shown whole frames saw windows of about so many square roots of the nerve's area."""

MOST_COMPONENTS, LARGEST_GAP = 2, 0.5
"""One nerve, bifid perhaps."""

CLICK_SIZES = (0.045, 0.3)
"""Sizes of nerves tried about a click: the square root of the area, as a share of the frame's shorter side."""

CLICK_WINDOWS = 7

BOX_SIZES = (0.6, 0.8, 1.0, 1.25, 1.6)
"""Sizes of nerves tried in a box: of one that fills it."""

LEAST_INSIDE = 0.5
"""An outline is of the nerve in a box if so much of it lies there."""

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
        factors = self.card.crop_size_factors
        return float(np.mean(factors)) if factors else WHOLE_FRAME_REACH

    def uncalibrated(self) -> RefinementTracker:
        """Give one that tells the network's own certainty; see the port."""
        return replace(self, knots=())

    def unsmoothed(self) -> RefinementTracker:
        """Give one that draws each frame for itself; see the port."""
        return replace(self, smoothing=0.0)

    def point(
        self, image: Image, x: float, y: float, *, extent: tuple[float, float] | None = None
    ) -> PredictedMask | None:
        """Outline what lies around a click, or in a box; see the port.

        Windows of several sizes are looked at around the click, or as the box's size tells. About a click the outline
        that agrees best with those of the other windows is taken (on 51 held-out nerves a mean Dice of 0.73, where the
        one that fits its own window best reaches 0.56), and drawn anew in a window around it. In a box the one that
        fills it best is taken (on 26 nerves of another machine, by the network of the wrist, a mean Dice of 0.64, where
        agreement gives 0.60 and a click 0.56), drawn anew or not.
        """
        card = self.card
        if extent is None:
            sizes = np.geomspace(*CLICK_SIZES, CLICK_WINDOWS) * min(image.shape[:2])
        else:
            sizes = np.array(BOX_SIZES) * np.sqrt(np.pi / 4 * extent[0] * extent[1])  # as of an ellipse that fills it
        windows = [Window(x, y, self.reach * float(size), card.input_height, card.input_width) for size in sizes]
        clicked = click_prompt(card.input_height, card.input_width, card.input_width / 2, card.input_height / 2)
        seen = [window.place(image) for window in windows]
        answers = self.stage.probabilities(seen, flip=self.flip, prompts=[clicked] * len(seen))
        drawn = [
            self._drawn(answer, part, window, image)
            for answer, window in zip(answers, windows, strict=True)
            if (part := self._part(answer, _about_the_middle(window, extent))).any()
        ]
        there = [one for one in drawn if one is not None and _is_meant(one.mask, x, y, extent)]
        if not there:
            return None
        fits = [
            sum(dice(one.mask, other.mask) for other in there) if extent is None else _fills(one.mask, x, y, extent)
            for one in there
        ]
        best = there[int(np.argmax(fits))]
        track = self.begin(image, best.mask)
        again = None if track is None or not _is_meant(track.outline.mask, x, y, extent) else track.outline
        if again is None or (extent is not None and _fills(again.mask, x, y, extent) < max(fits)):
            return best
        return again

    def begin(self, image: Image, mask: Mask) -> Track | None:
        """Look at a nerve that is known; see the port."""
        card = self.card
        window = Window.around(mask, reach=self.reach, height=card.input_height, width=card.input_width)
        seen = window.place(image)
        known = window.place(mask.astype(np.uint8) * 255) >= 128
        if not known.any():
            return None
        probabilities = self._asked(seen, known)
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
        fresh = self._asked(seen, there)
        steady = np.asarray(self.smoothing * expected + (1 - self.smoothing) * fresh, np.float32)
        inside, alone = self._part(steady, there), self._part(fresh, there)
        if not (inside.any() and alone.any()):
            return None
        if not same_nerve(track.start, appearance(seen, inside, zoom=window.zoom), expected=there, seen=alone):
            return None
        outline = self._drawn(steady, inside, window, image, agreement=dice(there, alone))
        return None if outline is None else Track(outline, window, seen, steady, track.start)

    def _asked(self, seen: Grey, nerve: Mask) -> FloatMap:
        """Ask for the nerve that lies about there, told by a click on its middle."""
        prompt = click_prompt(*_size(nerve), *deepest_point(nerve))
        return np.asarray(self.stage.probabilities([seen], flip=self.flip, prompts=[prompt])[0], np.float32)

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


def _about_the_middle(window: Window, extent: tuple[float, float] | None) -> Mask:
    """Say where in a window the nerve must be met: where it was clicked, or in the middle half of a box around it."""
    across, down = (0.0, 0.0) if extent is None else (side / 4 * window.zoom for side in extent)
    row, column = window.height // 2, window.width // 2
    here = np.zeros((window.height, window.width), np.bool_)
    here[max(0, row - int(down)) : row + int(down) + 1, max(0, column - int(across)) : column + int(across) + 1] = True
    return here


def _is_meant(mask: Mask, x: float, y: float, extent: tuple[float, float] | None) -> bool:
    """Say whether an outline holds a click, or lies in a box for the most part."""
    height, width = mask.shape
    if extent is None:
        return bool(mask[min(int(y), height - 1), min(int(x), width - 1)])
    inside = np.count_nonzero(_box(x, y, extent).of(mask))
    return bool(inside >= LEAST_INSIDE * np.count_nonzero(mask))


def _fills(mask: Mask, x: float, y: float, extent: tuple[float, float]) -> float:
    """Say how well an outline fills a box: overlap by union of that box and the one around the outline."""
    around = Box.around(mask)
    if around is None:
        return 0.0
    box = _box(x, y, extent)
    across = min(around.right, box.right) - max(around.left, box.left)
    down = min(around.bottom, box.bottom) - max(around.top, box.top)
    common = max(0, across) * max(0, down)
    return common / (around.width * around.height + box.width * box.height - common)


def _box(x: float, y: float, extent: tuple[float, float]) -> Box:
    across, down = extent
    left, top = max(0, int(x - across / 2)), max(0, int(y - down / 2))
    return Box(left, top, int(np.ceil(x + across / 2)), int(np.ceil(y + down / 2)))


def _size(values: Mask) -> tuple[int, int]:
    height, width = values.shape
    return height, width
