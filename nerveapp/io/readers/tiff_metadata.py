"""Pixel spacing and frame times from a TIFF's ImageJ description and resolution tags."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import tifffile

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.errors import CalibrationError

_MM_PER_UNIT = {
    "m": 1000.0, "meter": 1000.0, "cm": 10.0, "centimeter": 10.0, "mm": 1.0, "millimeter": 1.0, "millimetre": 1.0,
    "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "micron": 1e-3, "microns": 1e-3, "micrometer": 1e-3, "micrometre": 1e-3,
    "\\u00b5m": 1e-3,
}  # fmt: skip
_SECONDS_PER_UNIT = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "min": 60.0}
_RESOLUTION_UNIT_CM = 3


def spacing(page: tifffile.TiffPage, imagej: Mapping[str, Any] | None) -> Calibration | None:
    """Read the pixel spacing.

    ImageJ's own unit decides where there is one; else the resolution tags count only in centimetres. Resolution in
    inches is what programs write when they know nothing (72 dpi), and is ignored.

    Returns
    -------
    Calibration or None
        None too where the spacing is outside 0.001 to 5 mm per pixel.
    """
    column_density, row_density = _density(page, "XResolution"), _density(page, "YResolution")
    if column_density is None or row_density is None:
        return None
    if imagej:
        unit = str(imagej.get("unit", "")).strip()
        mm, detail = _MM_PER_UNIT.get(unit.lower()), f"ImageJ metadata, unit {unit}"
    else:
        tag = page.tags.get("ResolutionUnit")
        mm, detail = (
            (10.0, "TIFF resolution per centimetre") if tag and int(tag.value) == _RESOLUTION_UNIT_CM else (None, "")
        )
    if mm is None:
        return None
    try:
        return Calibration(mm / row_density, mm / column_density, CalibrationOrigin.FILE_METADATA, detail)
    except CalibrationError:
        return None


def seconds_per_frame(imagej: Mapping[str, Any]) -> tuple[float | None, str]:
    """Read ImageJ's frame interval, or else its frame rate.

    Returns
    -------
    step_s : float or None
        Seconds between frames, None where ImageJ does not say.
    note : str
        A remark for the user, empty where there is none.
    """
    interval = _positive(imagej.get("finterval"))
    if interval is not None:
        unit = str(imagej.get("tunit", "s")).strip().lower()
        return interval * _SECONDS_PER_UNIT.get(unit, 1.0), ""
    rate = _positive(imagej.get("fps"))
    if rate is not None:
        return 1 / rate, "Times are from ImageJ's playback rate, which may differ from the rate of acquisition."
    return None, ""


def announced_images(page: tifffile.TiffPage, imagej: Mapping[str, Any]) -> int:
    """Return how many images ImageJ or tifffile noted in the first page; a cut-off file has fewer pages.

    1 where there is no such note.
    """
    try:
        shape = json.loads(page.description).get("shape", [])
        shaped = math.prod(int(n) for n in shape) // math.prod(page.shape)
    except (ValueError, TypeError, AttributeError, ZeroDivisionError):
        shaped = 1
    try:
        return max(int(imagej.get("images", 1)), shaped, 1)
    except (ValueError, TypeError):
        return max(shaped, 1)


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
