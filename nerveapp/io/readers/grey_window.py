"""Grey values of more than 8 bits brought to 0..255 with one scale for the whole clip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nerveapp.domain.clip import Image

RawImage: TypeAlias = npt.NDArray[Any]
"""(H, W) or (H, W, 3) of any integer or float type, as stored."""


_BLOCK_VALUES = 1 << 20
_LARGEST = 1e300  # beyond it the width of a window is no number


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
        if not (np.isfinite(self.high - self.low) and self.low < self.high):
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
        if image.dtype.kind in "ui" and image.dtype.itemsize <= 2:
            native = image.astype(image.dtype.newbyteorder("="), copy=False)
            return np.asarray(_table(self, native.dtype)[native.view(f"u{native.dtype.itemsize}")], np.uint8)
        displayed = np.empty(image.shape, np.uint8)
        rows = max(1, _BLOCK_VALUES // max(1, image[:1].size))
        for top in range(0, len(image), rows):  # as a whole, the wider type would take eight times the image
            displayed[top : top + rows] = _scaled(self, image[top : top + rows])
        return displayed

    @property
    def note(self) -> str:
        """A remark for the user."""
        return f"Stored grey values from {self.low:g} to {self.high:g} are displayed as 0 to 255."


def window_between(low: object, high: object) -> GreyWindow | None:
    """Make a window of what a file says of its display; None where that is no range."""
    try:
        return GreyWindow(float(str(low)), float(str(high)))
    except ValueError:
        return None


@lru_cache(maxsize=8)
def _table(window: GreyWindow, dtype: np.dtype[Any]) -> Image:
    """Give what each stored value of 8 or 16 bits is shown as, in the order of their bits."""
    bits = np.arange(2 ** (8 * dtype.itemsize), dtype=f"u{dtype.itemsize}")
    return _scaled(window, bits.view(dtype))


def _scaled(window: GreyWindow, values: RawImage) -> Image:
    wide = np.nan_to_num(values.astype(np.float64), nan=window.low, posinf=window.high, neginf=window.low)
    np.clip(wide, window.low, window.high, out=wide)
    wide -= window.low
    wide *= 255.0 / (window.high - window.low)
    return np.rint(wide, out=wide).astype(np.uint8)


def full_window(images: Iterable[RawImage]) -> GreyWindow:
    """Return the window from the smallest to the largest finite value of all images, read one at a time."""
    low, high = np.inf, -np.inf
    for image in images:
        finite = image[np.isfinite(image)] if image.dtype.kind == "f" else image
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if not low <= high:
        return GreyWindow(0.0, 1.0)
    low, high = (min(max(end, -_LARGEST), _LARGEST) for end in (low, high))
    return GreyWindow(low, high if high > low else max(low + 1.0, float(np.nextafter(low, np.inf))))
