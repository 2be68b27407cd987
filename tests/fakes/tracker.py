"""Stand-in for the port of this name."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from nerveapp.analysis.tracking import NerveAppearance, Track
from nerveapp.analysis.transforms import Window
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import Pointed


@dataclass(frozen=True)
class FakeTracker:
    """Sees what is as bright as the threshold and connected to where it looks; sure of all of it.

    A click may mean the same without its border, too.

    Whatever does not overlap with where the nerve was in the frame before is another thing: the nerve is lost.
    """

    threshold: int = 128
    always: Mask | None = None
    """Seen in every frame, in place of what is bright."""

    def uncalibrated(self) -> "FakeTracker":
        return self

    def unsmoothed(self) -> "FakeTracker":
        return self

    def point(self, image: Image, x: float, y: float, *, extent: tuple[float, float] | None = None) -> Pointed | None:
        at = np.zeros(image.shape[:2], np.bool_)
        across, down = extent or (0, 0)
        at[int(y - down / 2) : int(y + down / 2) + 1, int(x - across / 2) : int(x + across / 2) + 1] = True
        seen = self._seen(image, at)
        if seen is None or extent:
            return None if seen is None else Pointed((seen,))
        inner = cv2.erode(seen.mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
        return Pointed((replace(seen, mask=inner), seen), 1) if inner.any() else Pointed((seen,))

    def preview(self, image: Image, x: float, y: float) -> PredictedMask | None:
        found = self.point(image, x, y)
        return None if found is None else found.outline

    def begin(self, image: Image, mask: Mask) -> Track | None:
        seen = self._seen(image, mask) if self.always is None else PredictedMask(self.always, 0.9, 1)
        if seen is None:
            return None
        nothing = np.zeros((1, 1), np.float32)
        window = Window(0, 0, 1, 1, 1)
        return Track(seen, window, nothing.astype(np.uint8), nothing, NerveAppearance(float(seen.mask.sum()), 0.0))

    def follow(self, track: Track, image: Image) -> Track | None:
        return self.begin(image, track.outline.mask)

    def _seen(self, image: Image, near: Mask) -> PredictedMask | None:
        grey = image if image.ndim == 2 else image[..., 0]
        _, labels = cv2.connectedComponents((grey >= self.threshold).astype(np.uint8))
        met = np.unique(labels[near])
        mask = np.isin(labels, met[met > 0])
        return PredictedMask(mask, 0.9, 1) if mask.any() else None


@dataclass(frozen=True)
class ClickedTracker(FakeTracker):
    """Remembers the points it was shown."""

    clicks: list[tuple[float, float]] = field(default_factory=list)

    def point(self, image: Image, x: float, y: float, *, extent: tuple[float, float] | None = None) -> Pointed | None:
        self.clicks.append((x, y))
        return super().point(image, x, y, extent=extent)
