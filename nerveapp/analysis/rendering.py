"""Drawing an outline onto a frame, for videos and pictures."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.analysis.outline import contours
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import Mask

OUTLINE_RGB = (255, 176, 0)
"""Amber: distinguished from grey, blue and magenta by colour-blind readers too (IBM's colour-blind safe palette)."""

ADDED_RGB, REMOVED_RGB = (0, 158, 115), (220, 38, 127)
"""Green and magenta of the same palettes."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_LINE_HEIGHT = 16
_MARGIN_PX = 30


def draw_outline(image: Image, mask: Mask) -> npt.NDArray[np.uint8]:
    """Draw a mask's border onto a copy of a frame.

    Parameters
    ----------
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
    mask : ndarray of bool, (H, W)

    Returns
    -------
    ndarray of uint8, (H, W, 3) RGB
    """
    return draw_polygons(image, [np.asarray(contour).reshape(-1, 2) for contour in contours(mask)], OUTLINE_RGB)


def draw_polygons(
    image: Image, polygons: Sequence[npt.ArrayLike], colour: tuple[int, int, int]
) -> npt.NDArray[np.uint8]:
    """Draw closed polygons, (N, 2) points (x, y) each, onto an RGB copy of a frame."""
    drawn = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image.copy()
    # One pixel wide and unsmoothed: OpenCV 5 draws thicker lines than asked for.
    cv2.drawContours(drawn, [np.asarray(one, np.int32).reshape(-1, 1, 2) for one in polygons], -1, colour, 1)
    return np.asarray(drawn, np.uint8)


def draw_difference(image: Image, predicted: Mask, corrected: Mask) -> npt.NDArray[np.uint8]:
    """Tint what a correction added, took away and left, on a copy of a frame.

    Parameters
    ----------
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
    predicted, corrected : ndarray of bool, (H, W)

    Returns
    -------
    ndarray of uint8, (H, W, 3) RGB
    """
    drawn = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image.copy()
    parts = (
        (corrected & ~predicted, ADDED_RGB, 0.55),
        (predicted & ~corrected, REMOVED_RGB, 0.55),
        (predicted & corrected, OUTLINE_RGB, 0.15),
    )
    for part, colour, share in parts:
        drawn[part] = (drawn[part] * (1 - share) + np.array(colour) * share).astype(np.uint8)
    return np.asarray(drawn, np.uint8)


def close_up(image: npt.NDArray[np.uint8], mask: Mask) -> npt.NDArray[np.uint8]:
    """Cut an (H, W, 3) picture to the neighbourhood of a mask, three times enlarged; all of it where there is none."""
    if not mask.any():
        return image
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    top, left = max(0, rows[0] - _MARGIN_PX), max(0, columns[0] - _MARGIN_PX)
    part = image[top : rows[-1] + _MARGIN_PX, left : columns[-1] + _MARGIN_PX]
    return np.asarray(cv2.resize(part, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST), np.uint8)


def add_caption(image: npt.NDArray[np.uint8], lines: list[str]) -> npt.NDArray[np.uint8]:
    """Add a dark strip below a frame with text, wrapped to its width.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3) RGB
    lines : list of str
        ASCII text; other signs are written as "?".

    Returns
    -------
    ndarray of uint8, (H + strip, W, 3) RGB
        The strip's height depends on the width and the lines only.
    """
    width = image.shape[1]
    wrapped = [part for line in lines for part in _wrap(line, width - 12)]
    strip = np.full((_LINE_HEIGHT * len(wrapped) + 8, width, 3), 24, np.uint8)
    for number, text in enumerate(wrapped):
        baseline = (6, _LINE_HEIGHT * (number + 1))
        cv2.putText(strip, text, baseline, _FONT, 0.4, (230, 230, 230), 1, cv2.LINE_AA)
    return np.vstack([image, strip])


def _wrap(line: str, width: int) -> list[str]:
    wrapped = [""]
    for word in line.encode("ascii", "replace").decode().split():
        longer = f"{wrapped[-1]} {word}".strip()
        if wrapped[-1] and cv2.getTextSize(longer, _FONT, 0.4, 1)[0][0] > width:
            wrapped.append(word)
        else:
            wrapped[-1] = longer
    return wrapped
