"""Grey values of more than 8 bits brought to 0..255 with one scale for the whole clip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nerveapp.domain.clip import Image

RawImage: TypeAlias = npt.NDArray[Any]
"""(H, W) or (H, W, 3) of any integer or float type, as stored."""


@dataclass(frozen=True, slots=True)
class GreyWindow:
    """The stored values shown as black and as white.

    Parameters
    ----------
    low, high : float
        Stored value that becomes 0, and stored value that becomes 255; `high` is above `low`.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"expected finite low < high, got {self.low} and {self.high}")

    def show(self, image: RawImage) -> Image:
        """Scale an image; values outside the window are clipped, and values that are no numbers become black.

        Parameters
        ----------
        image : ndarray, (H, W) or (H, W, 3), any integer or float type

        Returns
        -------
        ndarray of uint8, same shape
        """
        wide = np.nan_to_num(image.astype(np.float64), nan=self.low, posinf=self.high, neginf=self.low)
        wide -= self.low
        wide *= 255.0 / (self.high - self.low)
        np.clip(wide, 0.0, 255.0, out=wide)
        return np.rint(wide, out=wide).astype(np.uint8)

    @property
    def note(self) -> str:
        """A remark for the user."""
        return f"Stored grey values from {self.low:g} to {self.high:g} are shown as 0 to 255."


def full_window(images: Iterable[RawImage]) -> GreyWindow:
    """Return the window from the smallest to the largest finite value of all images, read one at a time."""
    low, high = np.inf, -np.inf
    for image in images:
        finite = image[np.isfinite(image)] if image.dtype.kind == "f" else image
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if not np.isfinite(low):
        return GreyWindow(0.0, 1.0)
    return GreyWindow(low, high if high > low else low + 1.0)
