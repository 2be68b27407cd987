"""What a page shows of a clip while it is analysed and plays afterwards: pictures that a browser takes quickly."""

from __future__ import annotations

import cv2
import numpy as np

from nerveapp.analysis.outline import contours
from nerveapp.analysis.rendering import draw_outline
from nerveapp.domain.clip import ClipInfo, Image
from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.domain.segmentation import PackedMask

PREVIEW_FRAME_RATE = 25.0
"""The video the player gets shows one decoded frame per video frame; the true times travel beside it."""

_LIVE_TOLERANCE_PX = 0.75
_LARGEST_PX = 960
_LONG_CLIP_FRAMES = 2000
_LONG_CLIP_PX = 640
_RUNNING_QUALITY = 85


def preview_scale(info: ClipInfo) -> float:
    """Give by how much the preview of a clip is smaller than it, at most 1; always the same for the same clip."""
    long = (info.frame_count or 0) > _LONG_CLIP_FRAMES
    return min(1.0, (_LONG_CLIP_PX if long else _LARGEST_PX) / max(info.width, info.height))


def preview_size(info: ClipInfo) -> tuple[int, int]:
    """Give width and height of a clip's preview, px."""
    scale = preview_scale(info)
    return max(1, round(info.width * scale)), max(1, round(info.height * scale))


def preview_frame(image: Image, width: int, height: int) -> Image:
    """Bring a frame to a preview's size.

    Parameters
    ----------
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
    width, height : int
        px.

    Returns
    -------
    ndarray of uint8, (height, width) or (height, width, 3)
    """
    if image.shape[:2] == (height, width):
        return image
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def early_picture(image: Image, mask: PackedMask) -> bytes:
    """Draw an outline onto a frame, as JPEG."""
    drawn = draw_outline(image, mask.unpack())
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
    return jpeg.tobytes()


def running_jpeg(image: Image, mask: PackedMask | None) -> bytes:
    """Make the running picture of a live examination: small enough to be sent many times a second.

    Parameters
    ----------
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
    mask : PackedMask or None
        Outlined where it is given.

    Returns
    -------
    bytes
        JPEG, 960 px wide and high at most.
    """
    scale = min(1.0, _LARGEST_PX / max(image.shape[:2]))
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = preview_frame(image, *size)
    if mask is not None:
        inside = cv2.resize(mask.unpack().astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        small = draw_outline(small, inside)
    shown = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, _RUNNING_QUALITY])
    return jpeg.tobytes()


def early_outline(time_s: float, area_px: float | None, mask: PackedMask) -> EarlyOutline:
    """Reduce a frame to what is drawn of it meanwhile: few corners, sent to a page several times a second.

    Parameters
    ----------
    time_s : float
        Presentation time from the first frame.
    area_px : float or None
        Of the nerve measured, px²; None where none was found.
    mask : PackedMask
        Of all nerves in it.
    """
    parts = (cv2.approxPolyDP(part, _LIVE_TOLERANCE_PX, closed=True) for part in contours(mask.unpack()))
    return EarlyOutline(
        time_s,
        area_px,
        tuple(tuple(int(value) for value in part.ravel()) for part in parts),
    )
