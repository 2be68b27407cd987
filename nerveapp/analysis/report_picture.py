"""The picture of a measured frame for a record: outline, scale bar, depth, side and caption."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp import NOTICE
from nerveapp.analysis.outline import contours
from nerveapp.analysis.picture_text import Ink, captioned, write
from nerveapp.analysis.rendering import OUTLINE_RGB
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.calibration import Calibration, Region
from nerveapp.domain.clip import Image
from nerveapp.domain.measurement import area_in_words
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.view import Side

Picture = npt.NDArray[np.uint8]
"""(H, W, 3) RGB."""

LEAST_WIDTH_PX, MOST_WIDTH_PX = 640, 1280
"""Narrower frames are enlarged and wider ones reduced, so that marks and caption stand in proportion to all."""

ROUND_MM = (1, 2, 5, 10, 20, 50)
_LONGEST_BAR = 0.3
_MOST_TICKS = 8
_SIDES = {Side.LEFT: "L", Side.RIGHT: "R"}


def report_picture(
    image: Image, mask: Mask, *, calibration: Calibration | None, side: Side, caption: Sequence[str]
) -> Picture:
    """Draw a frame as it goes into a record.

    A calibration that holds for a part of the frame alone cuts the picture to that part, as long as the outline lies in
    it: what a machine writes beside its image, names among it, stays out. Pixels that are not square are resampled to
    square ones.

    Parameters
    ----------
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
    mask : ndarray of bool, (H, W)
        Outlined; nothing is drawn of an empty one.
    calibration : Calibration or None
        Without one there are neither scale bar nor depth.
    side : Side
        "L" or "R" in the corner; nothing where it is not known.
    caption : sequence of str
        Paragraphs below the picture, wrapped to its width; none without any.

    Returns
    -------
    ndarray of uint8, (H', W', 3) RGB
        640 to 1,280 px wide.
    """
    box = shown_part(mask, calibration)
    if box is not None:
        image = image[box.top : box.bottom + 1, box.left : box.right + 1]
        mask = mask[box.top : box.bottom + 1, box.left : box.right + 1]
    width, height = picture_size(image.shape[1], image.shape[0], calibration)
    colour = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), np.uint8) if image.ndim == 2 else image
    drawn = _resized(colour, width, height)
    inside = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) >= 0.5
    cv2.polylines(drawn, contours(inside), True, OUTLINE_RGB, max(1, width // 640), cv2.LINE_AA)
    ink = Ink.for_width(width)
    if calibration is not None:
        mm_per_px = image.shape[1] * calibration.column_spacing_mm / width
        _draw_bar(drawn, mm_per_px, ink)
        _draw_depth(drawn, mm_per_px, ink)
    if side in _SIDES:
        write(drawn, _SIDES[side], (width - 2 * ink.size, 2 * ink.size), ink.larger(2.0))
    return captioned(drawn, caption, ink)


def shown_part(mask: Mask, calibration: Calibration | None) -> Region | None:
    """Give the part of a frame that is shown: where the calibration holds, if the outline lies in it; None is all."""
    box = None if calibration is None else calibration.box
    return (
        box
        if box is not None and box.bottom < mask.shape[0] and box.right < mask.shape[1] and box.holds(mask)
        else None
    )


def picture_size(width: int, height: int, calibration: Calibration | None) -> tuple[int, int]:
    """Give width and height, px, of a picture with square pixels.

    Parameters
    ----------
    width, height : int
        Of what is shown, in pixels of the source grid.
    calibration : Calibration or None
    """
    tall = 1.0 if calibration is None else calibration.row_spacing_mm / calibration.column_spacing_mm
    # The finer of both spacings is kept, so that nothing is lost where there is room.
    wide = max(1.0, 1 / tall) * width
    shown = min(MOST_WIDTH_PX, max(LEAST_WIDTH_PX, round(wide)))
    return shown, max(1, round(shown * height * tall / width))


def scale_bar_mm(width_mm: float) -> int:
    """Give the length of a scale bar: the largest round number of mm up to three tenths of a picture's width."""
    return max((one for one in ROUND_MM if one <= _LONGEST_BAR * width_mm), default=ROUND_MM[0])


def frame_caption(analysis: Analysis, frame: int, *, code: str, visit: str = "") -> tuple[str, ...]:
    """Say what a frame's picture shows, and that it is not for diagnosis.

    Parameters
    ----------
    analysis : Analysis
        With the corrections that count, in the calibration in force.
    frame : int
    code : str
        The patient's; "" where it is not known.
    visit : str
        Date or day; "" where it is not known.

    Returns
    -------
    tuple of str
        Paragraphs.
    """
    measured = analysis.frames[frame]
    if measured.px is None:
        area = "no nerve outlined"
    elif measured.mm is not None:
        area = f"area {area_in_words(measured.mm.area, 'mm²')}"
    elif analysis.calibration is None:
        area = f"area {area_in_words(measured.px.area, 'px²')} (not calibrated)"
    else:
        area = "outside of the calibrated region"
    whose = "outlined by hand" if measured.corrected else f"outlined by {analysis.model.name}"
    what = f"{analysis.view.short_words}: {area}, frame {frame}, {measured.time_s:.2f} s, {whose}"
    return tuple(filter(None, (", ".join(filter(None, (code, visit))), what, NOTICE)))


def _resized(image: Image, width: int, height: int) -> Picture:
    if image.shape[:2] == (height, width):
        return np.ascontiguousarray(image).copy()
    smaller = width * height < image.shape[0] * image.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=way), np.uint8)


def _draw_bar(drawn: Picture, mm_per_px: float, ink: Ink) -> None:
    """Draw the scale bar in the lower right corner, its length above it."""
    height, width = drawn.shape[:2]
    length_mm = scale_bar_mm(width * mm_per_px)
    length = round(length_mm / mm_per_px)
    right, bottom = width - ink.size, height - ink.size
    thick = max(3, ink.size // 4)
    for grown, colour in ((2, (0, 0, 0)), (0, (255, 255, 255))):
        cv2.rectangle(
            drawn, (right - length - grown, bottom - thick - grown), (right - 1 + grown, bottom - 1 + grown), colour, -1
        )
    write(drawn, f"{length_mm} mm", (right - length, bottom - thick - ink.size // 2), ink)


def _draw_depth(drawn: Picture, mm_per_px: float, ink: Ink) -> None:
    """Draw ticks along the left edge, as far apart as their numbers say: mm from the upper edge."""
    height_mm = drawn.shape[0] * mm_per_px
    step = next((one for one in ROUND_MM if height_mm / one <= _MOST_TICKS), ROUND_MM[-1])
    for depth_mm in range(step, int(height_mm) + 1, step):
        y = round(depth_mm / mm_per_px)
        if y > drawn.shape[0] - ink.size // 2:
            break
        cv2.rectangle(drawn, (0, y - 2), (ink.size // 2 + 1, y + 1), (0, 0, 0), -1)
        cv2.rectangle(drawn, (0, y - 1), (ink.size // 2, y), (255, 255, 255), -1)
        unit = " mm" if depth_mm == step else ""
        write(drawn, f"{depth_mm}{unit}", (ink.size * 3 // 4, y + ink.size // 3), ink)
