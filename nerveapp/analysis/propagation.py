"""Keeping a correction while its nerve is followed through the clip.

A tracker draws the nerve by its own idea, and loses what a person corrected. So the correction is moved along twice
with the tissue: as it is, and as the difference it made, added to what the tracker outlines in the new frame. The first
drifts from frame to frame, the second inherits the tracker's slips; their mean does less of both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from nerveapp.analysis.boundaries import signed_distance
from nerveapp.analysis.outline import keep_main_components
from nerveapp.analysis.tracking import moved, next_window, reframed
from nerveapp.analysis.transforms import FloatMap, Grey, Window
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import Mask

WINDOW_HEIGHT, WINDOW_WIDTH = 160, 240

REACH = 4.2
"""Width of the window in square roots of the outline's area: a flat nerve, and as much beside it."""

MOST_COMPONENTS = 4


@dataclass(frozen=True, slots=True)
class Correction:
    """An outline that somebody corrected, moved along up to one frame.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        The outline, on the source grid.
    made : ndarray of float32, (height, width)
        In the window, how much farther the correction's boundary lies outward than the tracker's, in px of the source
        grid; below 0 where the correction took away.
    window : Window
        Around the outline.
    seen : ndarray of uint8, (height, width)
        The frame in that window.
    """

    mask: Mask
    made: FloatMap
    window: Window
    seen: Grey

    @classmethod
    def of(cls, mask: Mask, outlined: Mask, image: Image) -> Self:
        """Start where the outline was corrected.

        Parameters
        ----------
        mask : ndarray of bool, (H, W)
            The correction, not empty.
        outlined : ndarray of bool, (H, W)
            What the tracker outlines there.
        image : ndarray of uint8, (H, W) or (H, W, 3)
            The frame.
        """
        window = Window.around(mask, reach=REACH, height=WINDOW_HEIGHT, width=WINDOW_WIDTH)
        box = window.box(*image.shape[:2], margin=1)
        made = window.place_part(signed_distance(box.of(mask)) - signed_distance(box.of(outlined)), box)
        return cls(mask, made, window, window.place(image))

    def moved_to(self, outlined: Mask, image: Image) -> Self | None:
        """Move on to a neighbouring frame.

        Parameters
        ----------
        outlined : ndarray of bool, (H, W)
            What the tracker outlines there.
        image : ndarray of uint8, (H, W) or (H, W, 3)
            The frame.

        Returns
        -------
        Correction or None
            None where nothing is left of it.
        """
        box = self.window.box(*image.shape[:2], margin=1)
        here = self.window.place_part(signed_distance(box.of(self.mask)), box)
        seen = self.window.place(image)
        fields = moved(np.dstack([here, self.made]), self.seen, seen)
        inside = fields[..., 0] > 0
        if not inside.any():
            return None
        window = next_window(self.window, inside, reach=REACH)
        if window != self.window:
            fields, seen = reframed(fields, self.window, window), window.place(image)
        box = window.box(*image.shape[:2], margin=1)
        along, made = (window.restore_in(np.ascontiguousarray(fields[..., one]), box) for one in (0, 1))
        part, components = keep_main_components(
            along + signed_distance(box.of(outlined)) + made > 0, max_components=MOST_COMPONENTS
        )
        if not components:
            return None
        mask = np.zeros(image.shape[:2], np.bool_)
        box.of(mask)[...] = part
        return replace(self, mask=mask, made=np.ascontiguousarray(fields[..., 1]), window=window, seen=seen)
