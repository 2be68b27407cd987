"""What stored samples mean: which of their bits count, and their colours as RGB."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels.processing import convert_color_space

from nerveapp.io.readers.grey_window import RawImage

_PARTIAL_TO_RGB = np.array([[1.1644, 0.0, 1.5960], [1.1644, -0.3917, -0.8129], [1.1644, 2.0173, 0.0]])
"""ITU-R BT.601 with footroom and headroom, undone: from Y - 16, Cb - 128, Cr - 128."""


def meant(image: RawImage, header: Dataset, *, high_bit: int | None = None) -> RawImage:
    """Give the values of the bits that count, with their sign.

    Parameters
    ----------
    image : ndarray of any integer or float type
        As stored.
    header : Dataset
        Bits Stored and Pixel Representation are read.
    high_bit : int or None
        The highest of the bits that count; by default they are the lowest ones.

    Returns
    -------
    ndarray, of the same shape and number of bytes; signed where the header says so
    """
    allocated = image.dtype.itemsize * 8
    stored = int(header.get("BitsStored") or allocated)
    signed = header.get("PixelRepresentation") == 1
    if image.dtype.kind not in "iu" or not 0 < stored <= allocated or image.ndim > 2:
        return image
    unused_above = allocated - 1 - (stored - 1 if high_bit is None else high_bit)
    if not 0 <= unused_above <= allocated - stored:
        return image
    if stored == allocated:
        return np.asarray(image.view(f"{'i' if signed else 'u'}{image.dtype.itemsize}"))
    # Shifted to the top and down again, what lies above and below is gone and the sign stands where it belongs.
    width = image.dtype.itemsize
    raised = np.left_shift(image.view(f"u{width}"), unused_above, dtype=f"u{width}")
    return np.asarray(np.right_shift(raised.view(f"{'i' if signed else 'u'}{width}"), allocated - stored))


def as_rgb(image: RawImage, header: Dataset, photometric: str | None = None) -> RawImage:
    """Turn YCbCr samples into RGB; other pictures stay as they are.

    Parameters
    ----------
    image : ndarray, (H, W) or (H, W, 3)
    header : Dataset
        Its Photometric Interpretation is read.
    photometric : str or None
        What counts in place of the header's, where the samples' code tells it.
    """
    photometric = photometric or str(header.get("PhotometricInterpretation", "")).strip()
    if image.ndim != 3 or image.dtype != np.uint8 or image.shape[2] != 3:
        return image
    if photometric.startswith("YBR_FULL"):
        return np.asarray(convert_color_space(image, "YBR_FULL", "RGB"))
    if photometric.startswith("YBR_PARTIAL"):
        rgb = (image.astype(np.float32) - (16, 128, 128)) @ _PARTIAL_TO_RGB.T.astype(np.float32)
        return np.asarray(np.rint(np.clip(rgb, 0, 255)), np.uint8)
    return image
