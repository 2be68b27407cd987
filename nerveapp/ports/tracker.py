"""What follows a nerve from frame to frame, and outlines the one that somebody points at."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from nerveapp.analysis.tracking import Track
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import Pointed


class Tracker(Protocol):
    """Follows one nerve. It keeps nothing: a track is a frozen value. Safe to call from several threads at once."""

    def point(self, image: Image, x: float, y: float, *, extent: tuple[float, float] | None = None) -> Pointed | None:
        """Outline what lies around a point, or in a box.

        Parameters
        ----------
        image : ndarray of uint8, (H, W) or (H, W, 3)
        x, y : float
            The point, or the middle of the box, px from the top left corner.
        extent : tuple of float, optional
            Width and height of the box, px.

        Returns
        -------
        Pointed or None
            At the point, which may lie a little beside it, or in the box for the most part; with smaller and larger
            ones that may be meant too. None where nothing like a nerve is.
        """
        ...

    def preview(self, image: Image, x: float, y: float) -> PredictedMask | None:
        """Outline roughly what `point` would, in a fraction of its time: while a pointer moves over the picture.

        Parameters
        ----------
        image : ndarray of uint8, (H, W) or (H, W, 3)
        x, y : float
            Px from the top left corner.

        Returns
        -------
        PredictedMask or None
            As the one that `point` takes to be meant.
        """
        ...

    def begin(self, image: Image, mask: Mask) -> Track | None:
        """Look at a nerve whose outline is known in a frame.

        Parameters
        ----------
        image : ndarray of uint8, (H, W) or (H, W, 3)
        mask : ndarray of bool, (H, W)
            One nerve, not empty.

        Returns
        -------
        Track or None
            None where the network sees no nerve there.
        """
        ...

    def follow(self, track: Track, image: Image) -> Track | None:
        """Follow a nerve into a neighbouring frame, earlier or later.

        Parameters
        ----------
        track : Track
            Of the frame beside it.
        image : ndarray of uint8, (H, W) or (H, W, 3)

        Returns
        -------
        Track or None
            None where it is lost: left the frame, shadowed, or what is seen there is something else. The confidence of
            its outline is the Dice to expect.
        """
        ...


@runtime_checkable
class StudiedTracker(Tracker, Protocol):
    """A tracker whose calibration and smoothing can be left out, to study what they do."""

    def uncalibrated(self) -> StudiedTracker:
        """Give one whose confidence is the network's own certainty instead of the Dice to expect."""
        ...

    def unsmoothed(self) -> StudiedTracker:
        """Give one that does not smooth outlines over time."""
        ...
