"""What a TIFF says of its frames beside the pixels: in ImageJ's description, in OME-XML, in its resolution tags."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tifffile

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.errors import CalibrationError, ClipError
from nerveapp.io.readers.grey_window import GreyWindow, window_between
from nerveapp.io.readers.print_resolution import print_dpi
from nerveapp.io.readers.tiff_ome import OmeImage, ome_image, plane_times
from nerveapp.io.readers.tiff_units import MM_PER_UNIT, SECONDS_PER_UNIT, positive_number, whole_number

_RESOLUTION_UNIT_CM = 3
_KNOWN_TO_NOBODY_MM = {1.0, 1e-3}
PLAYBACK_NOTE = "Times are from ImageJ's playback rate, which may differ from the rate of acquisition."


@dataclass(frozen=True, slots=True)
class StackMetadata:
    """What is said of a stack.

    Parameters
    ----------
    calibration : Calibration or None
    step_s : float or None
        Seconds between frames.
    times_s : tuple of float
        Seconds of each frame from the first, where the file has them one by one; else empty.
    axes : tuple of (str, int)
        Axes of frames longer than 1: "C", "Z", "T".
    own_colours : bool
        Whether ImageJ shows the first three channels otherwise than as plain red, green and blue.
    only : bool
        Whether the file holds further images, whose pages are no frames of this one.
    samples : str
        How channels are shown: "grayscale", "composite" or "color"; "" where that is not said.
    images : int
        Number of pictures announced, 1 where there is no such note.
    display : GreyWindow or None
        Values that ImageJ shows as black and as white.
    notes : tuple of str
        Remarks for the user.
    """

    calibration: Calibration | None
    step_s: float | None
    axes: tuple[tuple[str, int], ...]
    samples: str
    images: int
    notes: tuple[str, ...] = ()
    display: GreyWindow | None = None
    only: bool = False
    own_colours: bool = False
    times_s: tuple[float, ...] = ()


def read_metadata(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> StackMetadata:
    """Read what a TIFF says of its frames; `page` is the header of its first frame."""
    if (image := ome_image(tif)) is not None:
        if image.is_out_of_order:
            raise ClipError(
                "The OME-TIFF holds its pages in another order than it shows them.", "Save it again in their order."
            )
        return _of_ome(image, page)
    imagej = tif.imagej_metadata or {}
    calibration, spacing_notes = _resolution(page, imagej)
    step_s, time_notes = _imagej_step(imagej)
    lengths = {"C": "channels", "Z": "slices", "T": "frames"}
    axes = tuple((axis, length) for axis, name in lengths.items() if (length := whole_number(imagej.get(name))) > 1)
    if step_s is not None and [axis for axis, _ in axes] == ["Z"] and "spacing" not in imagej:
        axes = (("T", axes[0][1]),)  # ImageJ makes slices of the frames of a video; slices of a volume have a distance
    planes = whole_number((tif.stk_metadata or {}).get("NumberPlanes")) if tif.is_stk else 1
    images = max(whole_number(imagej.get("images")), _shaped_images(page), planes)
    mode = str(imagej.get("mode", ""))
    notes = (*spacing_notes, *time_notes)
    own_colours, display = _has_own_colours(imagej), window_between(imagej.get("min"), imagej.get("max"))
    return StackMetadata(calibration, step_s, axes, mode, images, notes, display, own_colours=own_colours)


def _has_own_colours(imagej: Mapping[str, Any]) -> bool:
    tables, ranges = imagej.get("LUTs"), imagej.get("Ranges") or ()
    tables = () if tables is None else [tables] if isinstance(tables, np.ndarray) else tables
    plain = [np.eye(3, dtype=np.int64)[channel][:, None] * np.arange(256) for channel in range(3)]
    as_plain = all(np.array_equal(table, one) for table, one in zip(tables, plain, strict=False))
    return not as_plain or any(tuple(ranges[at : at + 2]) != (0.0, 255.0) for at in range(0, min(len(ranges), 6), 2))


def _of_ome(image: OmeImage, page: tifffile.TiffPage) -> StackMetadata:
    pixels = image.pixels
    lengths = {axis: whole_number(pixels.get(f"Size{axis}")) for axis in "CZT"}
    lengths["C"] = max(lengths["C"] // page.samplesperpixel, 1)  # the colours of a page are channels, too
    notes: tuple[str, ...] = ()
    images = math.prod(lengths.values())
    if image.elsewhere and (images := sum(map(len, image.pages))):
        lengths = {axis: min(length, images) for axis, length in lengths.items()}
        notes = ("The file is one of several of its recording; the frames in the others are not read.",)
    unit = str(pixels.get("TimeIncrementUnit", "s")).lower()
    step = positive_number(pixels.get("TimeIncrement"))
    calibration, size_notes = _physical_size(pixels)
    notes = (*notes, *size_notes)
    by_tags, _ = _resolution(page, {})
    if calibration is None:
        calibration = by_tags
    elif (
        by_tags is not None and abs(calibration.row_spacing_mm - by_tags.row_spacing_mm) > 1e-3 * by_tags.row_spacing_mm
    ):
        used, other = (f"{one.detail}, {one.row_spacing_mm:.5g} mm" for one in (calibration, by_tags))
        notes = (*notes, f"The file contradicts itself: {used}, is used; the other gives {other}.")
    return StackMetadata(
        calibration,
        step * SECONDS_PER_UNIT[unit] if step is not None and unit in SECONDS_PER_UNIT else None,
        tuple((axis, length) for axis, length in lengths.items() if length > 1),
        "grayscale",
        images,
        notes if not image.several else (*notes, "The file holds several images; the first is read."),
        only=image.several,
        times_s=() if image.elsewhere else plane_times(pixels, lengths["T"]),
    )


def _physical_size(pixels: Mapping[str, Any]) -> tuple[Calibration | None, tuple[str, ...]]:
    sizes = []
    for axis in "YX":
        size = positive_number(pixels.get(f"PhysicalSize{axis}"))
        unit = str(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        if size is None or unit.lower() not in MM_PER_UNIT:
            return None, ()
        # The decimals beyond float32 are noise of the multiplication.
        sizes.append(float(f"{size * MM_PER_UNIT[unit.lower()]:.7g}"))
    return _checked(sizes[0], sizes[1], "OME-XML PhysicalSize")


def _resolution(page: tifffile.TiffPage, imagej: Mapping[str, Any]) -> tuple[Calibration | None, tuple[str, ...]]:
    """Read the resolution tags: in ImageJ's own units where there are any, else in centimetres alone.

    Resolution in inches is what programs write when they know nothing (72 dpi), and is ignored.
    """
    across, down = _density(page, "XResolution"), _density(page, "YResolution")
    if across is None or down is None:
        return None, ()
    if imagej:
        unit = str(imagej.get("unit", "")).strip()
        unit_down = str(imagej.get("yunit", "")).strip() or unit
        mm, mm_down = MM_PER_UNIT.get(unit.lower()), MM_PER_UNIT.get(unit_down.lower())
        detail = f"ImageJ metadata, unit {unit}" + (f", along y {unit_down}" if unit_down != unit else "")
    else:
        tag = page.tags.get("ResolutionUnit")
        mm = mm_down = 10.0 if tag and int(tag.value) == _RESOLUTION_UNIT_CM else None
        detail = "TIFF resolution per centimetre"
    if mm is None or mm_down is None:
        return None, ()
    return _checked(mm_down / down, mm / across, detail)


def _checked(row_mm: float, column_mm: float, detail: str) -> tuple[Calibration | None, tuple[str, ...]]:
    """Make a calibration of a spacing, unless it is one for print or impossible."""
    if {row_mm, column_mm} <= _KNOWN_TO_NOBODY_MM:
        return None, (f"{detail}: {column_mm:g} mm a pixel is what programs write that know none, and was not used.",)
    dpi = print_dpi(row_mm, column_mm)
    if dpi is not None:
        return None, (f"{detail}: {dpi} dots per inch is a resolution for print and was not used.",)
    try:
        return Calibration(row_mm, column_mm, CalibrationOrigin.FILE_METADATA, detail), ()
    except CalibrationError:
        return None, ()


def _imagej_step(imagej: Mapping[str, Any]) -> tuple[float | None, tuple[str, ...]]:
    """Read ImageJ's frame interval, or else its frame rate; gives seconds between frames."""
    interval = positive_number(imagej.get("finterval"))
    if interval is not None:
        unit = str(imagej.get("tunit", "s")).strip().lower()
        if unit not in SECONDS_PER_UNIT:
            return None, (f"The unit of the frame interval, {unit[:20]!r}, is unknown: it was not used.",)
        return interval * SECONDS_PER_UNIT[unit], ()
    rate = positive_number(imagej.get("fps"))
    if rate is not None and math.isfinite(1 / rate):
        return 1 / rate, (PLAYBACK_NOTE,)
    return None, ()


def _shaped_images(page: tifffile.TiffPage) -> int:
    """Count the pictures that tifffile noted in the first page; a cut-off file has fewer."""
    try:
        shape = json.loads(page.description).get("shape", [])
        return max(math.prod(int(n) for n in shape) // math.prod(page.shape), 1)
    except (ValueError, TypeError, AttributeError, ZeroDivisionError, RecursionError):
        return 1


def _density(page: tifffile.TiffPage, name: str) -> float | None:
    """Return pixels per unit from a rational tag."""
    tag = page.tags.get(name)
    if tag is None or not isinstance(tag.value, tuple) or len(tag.value) != 2:  # no fraction: what it means is open
        return None
    numerator, denominator = tag.value
    return float(numerator) / float(denominator) if numerator > 0 and denominator > 0 else None
