"""Frames as PNG and back, without loss."""

from __future__ import annotations

import cv2
import numpy as np

from nerveapp.domain.clip import Image
from nerveapp.errors import DataError


def png_of(image: Image, *, fast: bool = False) -> bytes:
    """Write an image as PNG.

    Parameters
    ----------
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
    fast : bool
        Larger files in a fraction of the time, for what is kept for a session only.
    """
    stored = np.ascontiguousarray(image if image.ndim == 2 else image[..., ::-1])  # OpenCV stores BGR
    _, data = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 1] if fast else [])
    return data.tobytes()


def image_of(png: bytes) -> Image:
    """Read a PNG that `png_of` wrote; (H, W) or (H, W, 3) RGB.

    Raises
    ------
    DataError
        If it is damaged.
    """
    read = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED) if png else None
    if read is None:
        raise DataError("A stored frame is damaged and cannot be read.", "Open the clip again, or restore a backup.")
    decoded = np.asarray(read, np.uint8)
    return decoded if decoded.ndim == 2 else np.ascontiguousarray(decoded[..., ::-1])
