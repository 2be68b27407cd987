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


def thumbnail_of(image: Image, *, widest: int = 320) -> bytes:
    """Make a small JPEG of a frame for lists of clips.

    Parameters
    ----------
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
    widest : int
        Largest width and height, in px; smaller frames stay as they are.
    """
    scale = min(1.0, widest / max(image.shape[:2]))
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = image if scale == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(small if small.ndim == 2 else small[..., ::-1]))
    return data.tobytes()
