"""What a TIFF says of its frames beside the pixels: in ImageJ's description, in OME-XML, in its resolution tags."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import tifffile

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.errors import CalibrationError, ClipError
from nerveapp.io.readers.grey_window import GreyWindow, window_between
from nerveapp.io.readers.print_resolution import print_dpi

_MM_PER_UNIT = {
    "m": 1000.0, "meter": 1000.0, "metre": 1000.0, "inch": 25.4, "inches": 25.4, "in": 25.4,
    "cm": 10.0, "centimeter": 10.0, "centimetre": 10.0, "centimeters": 10.0, "centimetres": 10.0,
    "mm": 1.0, "millimeter": 1.0, "millimetre": 1.0, "millimeters": 1.0, "millimetres": 1.0,
    "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "micron": 1e-3, "microns": 1e-3, "micrometer": 1e-3, "micrometre": 1e-3,
    "micrometers": 1e-3, "micrometres": 1e-3, "\\u00b5m": 1e-3, "nm": 1e-6, "nanometer": 1e-6,
}  # fmt: skip
_SECONDS_PER_UNIT = {
    "": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3,
    "milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
    "ns": 1e-9, "nsec": 1e-9, "min": 60.0, "minute": 60.0, "minutes": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0,
    "hours": 3600.0,
}  # fmt: skip
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
    pixels = _ome_pixels(tif)
    if pixels is not None:
        if out_of_order(pixels):
            raise ClipError(
                "The OME-TIFF holds its pages in another order than it shows them.", "Save it again in their order."
            )
        return _of_ome(pixels, page)
    imagej = tif.imagej_metadata or {}
    calibration, spacing_notes = _resolution(page, imagej)
    step_s, time_notes = _imagej_step(imagej)
    lengths = {"C": "channels", "Z": "slices", "T": "frames"}
    axes = tuple((axis, length) for axis, name in lengths.items() if (length := _whole(imagej.get(name))) > 1)
    if step_s is not None and [axis for axis, _ in axes] == ["Z"] and "spacing" not in imagej:
        axes = (("T", axes[0][1]),)  # ImageJ makes slices of the frames of a video; slices of a volume have a distance
    images = max(_whole(imagej.get("images")), _shaped_images(page))
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


def _ome_pixels(tif: tifffile.TiffFile) -> Mapping[str, Any] | None:
    """Find the first image's Pixels in OME-XML; None where the file is no OME-TIFF."""
    if not tif.is_ome or tif.ome_metadata is None:
        return None
    try:
        image = tifffile.xml2dict(tif.ome_metadata)["OME"]["Image"]
        several = isinstance(image, list)
        pixels = (image[0] if several else image)["Pixels"]
    except (LookupError, TypeError, ValueError, SyntaxError):
        return None
    return {**pixels, "several": several} if isinstance(pixels, dict) else None


def _of_ome(pixels: Mapping[str, Any], page: tifffile.TiffPage) -> StackMetadata:
    lengths = {axis: _whole(pixels.get(f"Size{axis}")) for axis in "CZT"}
    channels = pixels.get("Channel")
    channel = channels[0] if isinstance(channels, list) and channels else channels
    samples = _whole(channel.get("SamplesPerPixel")) if isinstance(channel, dict) else 1
    lengths["C"] = max(lengths["C"] // samples, 1)
    unit = str(pixels.get("TimeIncrementUnit", "s")).lower()
    step = _positive(pixels.get("TimeIncrement"))
    calibration, notes = _physical_size(pixels)
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
        step * _SECONDS_PER_UNIT[unit] if step is not None and unit in _SECONDS_PER_UNIT else None,
        tuple((axis, length) for axis, length in lengths.items() if length > 1),
        "grayscale",
        math.prod(lengths.values()),
        notes if not pixels["several"] else (*notes, "The file holds several images; the first is read."),
        only=pixels["several"],
        times_s=_plane_times(pixels, lengths["T"]),
    )


def _plane_times(pixels: Mapping[str, Any], count: int) -> tuple[float, ...]:
    """Read when each moment was recorded (Plane, DeltaT); empty where that is not said of all, or they go back."""
    planes = pixels.get("Plane")
    seconds: dict[int, float] = {}
    try:
        for one in planes if isinstance(planes, list) else []:
            unit = _SECONDS_PER_UNIT[str(one.get("DeltaTUnit", "s")).strip().lower()]
            seconds.setdefault(int(one["TheT"]), float(one["DeltaT"]) * unit)
    except (AttributeError, LookupError, TypeError, ValueError):
        return ()
    times = [seconds.get(index, math.nan) for index in range(count)]
    if len(times) < 2 or not all(math.isfinite(one) for one in times) or any(b <= a for a, b in pairwise(times)):
        return ()
    return tuple(one - times[0] for one in times)


def out_of_order(pixels: Mapping[str, Any]) -> bool:
    """Return whether OME-XML gives the pages in another order than they lie in the file."""
    data = pixels.get("TiffData")
    places = []
    for one in data if isinstance(data, list) else []:
        keys = (f"First{axis}" for axis in str(pixels.get("DimensionOrder", "XYZCT"))[:1:-1])
        try:
            places.append((int(one.get("IFD", 0)), [int(one.get(key, 0)) for key in keys]))
        except (AttributeError, TypeError, ValueError):
            return True
    return [ifd for ifd, _ in sorted(places)] != [ifd for ifd, _ in sorted(places, key=lambda place: place[1])]


def _physical_size(pixels: Mapping[str, Any]) -> tuple[Calibration | None, tuple[str, ...]]:
    sizes = []
    for axis in "YX":
        size, unit = _positive(pixels.get(f"PhysicalSize{axis}")), str(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        if size is None or unit.lower() not in _MM_PER_UNIT:
            return None, ()
        # The decimals beyond float32 are noise of the multiplication.
        sizes.append(float(f"{size * _MM_PER_UNIT[unit.lower()]:.7g}"))
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
        mm, mm_down = _MM_PER_UNIT.get(unit.lower()), _MM_PER_UNIT.get(unit_down.lower())
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
    interval = _positive(imagej.get("finterval"))
    if interval is not None:
        unit = str(imagej.get("tunit", "s")).strip().lower()
        if unit not in _SECONDS_PER_UNIT:
            return None, (f"The unit of the frame interval, {unit[:20]!r}, is unknown: it was not used.",)
        return interval * _SECONDS_PER_UNIT[unit], ()
    rate = _positive(imagej.get("fps"))
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
    if tag is None:
        return None
    numerator, denominator = tag.value
    return float(numerator) / float(denominator) if numerator > 0 and denominator > 0 else None


def _positive(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def _whole(value: object) -> int:
    """Give a whole number from 1 up; 1 where the value is no such number."""
    number = _positive(value)
    return max(int(number), 1) if number is not None and number < 2**31 else 1
