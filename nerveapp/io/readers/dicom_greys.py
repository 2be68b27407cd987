"""Stored DICOM pixels to 8-bit grey or RGB, with one scale for the whole clip."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut

from nerveapp.domain.clip import Image
from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_header import DAMAGED_HINT, DICOM_ERRORS
from nerveapp.io.readers.grey_window import GreyWindow, RawImage, full_window

_COLOUR_TABLES = tuple(f"{name}PaletteColorLookupTableDescriptor" for name in ("Red", "Green", "Blue"))


def to_display(
    header: Dataset, stored: Callable[[], Iterable[RawImage]]
) -> tuple[Callable[[RawImage], Image], tuple[str, ...]]:
    """Choose how stored pixels become what is shown.

    Parameters
    ----------
    header : Dataset
        The image's elements.
    stored : callable
        Starts reading the stored frames; read through once for more than 8 bits without a window, to find its range.

    Returns
    -------
    show : callable
        Turns a stored image into uint8, (H, W) or (H, W, 3).
    notes : tuple of str
        Remarks for the user.
    """
    try:
        photometric = str(header.get("PhotometricInterpretation", "")).strip()
        if photometric == "PALETTE COLOR":
            return _palette(header), ()
        if not photometric.startswith("MONOCHROME"):
            return _colours(header), ()
        return _greys(header, stored, inverted=photometric == "MONOCHROME1")
    except DICOM_ERRORS as error:
        raise ClipError("The DICOM file describes its pixels in an impossible way.", DAMAGED_HINT) from error


def _palette(header: Dataset) -> Callable[[RawImage], Image]:
    entries_bits = max(int(header[keyword].value[2]) for keyword in _COLOUR_TABLES)
    # Some devices announce 16-bit entries but fill only the low byte.
    entry_values = np.arange(int(header[_COLOUR_TABLES[0]].value[0]) or 65536, dtype=np.uint16)
    first = int(header[_COLOUR_TABLES[0]].value[1])
    colours = apply_color_lut(entry_values + np.uint16(max(first, 0)), header)
    low_byte_only = entries_bits <= 8 or int(colours.max(initial=0)) <= 255

    def show(image: RawImage) -> Image:
        try:
            rgb = apply_color_lut(image, header)
        except DICOM_ERRORS as error:
            raise ClipError("The colour table of the DICOM file is damaged.", DAMAGED_HINT) from error
        return np.asarray(rgb if low_byte_only else rgb >> 8, dtype=np.uint8)

    return show


def _colours(header: Dataset) -> Callable[[RawImage], Image]:
    bits = int(header.get("BitsStored") or 8)
    if bits <= 8:
        return lambda image: np.asarray(image, dtype=np.uint8)
    return GreyWindow(0.0, float(2**bits - 1)).show


def _greys(
    header: Dataset, stored: Callable[[], Iterable[RawImage]], *, inverted: bool
) -> tuple[Callable[[RawImage], Image], tuple[str, ...]]:
    window, notes = _window(header, stored)
    if (_first_number(header, "RescaleSlope") or 1.0) < 0:
        inverted = not inverted  # the larger the stored value, the smaller what it means

    def show(image: RawImage) -> Image:
        grey = np.asarray(image, dtype=np.uint8) if window is None else window.show(image)
        return np.asarray(255 - grey if inverted else grey, dtype=np.uint8)

    return show, notes


def _window(header: Dataset, stored: Callable[[], Iterable[RawImage]]) -> tuple[GreyWindow | None, tuple[str, ...]]:
    bits = int(header.get("BitsStored") or header.get("BitsAllocated") or 8)
    signed = bool(header.get("PixelRepresentation", 0))
    if bits == 8 and not signed:
        return None, ()
    if bits < 8 and not signed:
        return GreyWindow(0.0, float(2**bits - 1)), ()
    window = _voi_window(header) or _readable_range(stored)
    return window, (window.note,)


def _voi_window(header: Dataset) -> GreyWindow | None:
    """Return the file's own window (PS3.3, C.11.2.1.2, LINEAR), undone of the rescaling that precedes it."""
    centre, width = _first_number(header, "WindowCenter"), _first_number(header, "WindowWidth")
    slope, intercept = _first_number(header, "RescaleSlope") or 1.0, _first_number(header, "RescaleIntercept") or 0.0
    if centre is None or width is None or width <= 1:
        return None
    low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    return GreyWindow(*sorted(((low - intercept) / slope, (high - intercept) / slope)))


def _readable_range(stored: Callable[[], Iterable[RawImage]]) -> GreyWindow:
    def until_damaged() -> Iterable[RawImage]:
        count = 0
        try:
            for image in stored():
                yield image
                count += 1
        except ClipError:
            if count == 0:
                raise

    return full_window(until_damaged())


def _first_number(header: Dataset, keyword: str) -> float | None:
    value = header.get(keyword)
    value = value[0] if isinstance(value, MultiValue | list) and len(value) else value
    try:
        return None if value is None or value == "" else float(value)
    except (TypeError, ValueError):
        return None
