"""Stored DICOM pixels to 8-bit grey or RGB, with one scale for the whole clip."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut

from nerveapp.domain.clip import Image
from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_header import DAMAGED_HINT, DICOM_ERRORS, functional_groups
from nerveapp.io.readers.dicom_tables import LookUpTable, sigmoid
from nerveapp.io.readers.grey_window import GreyWindow, RawImage, full_window

_BY_TABLE = "Grey values are displayed by the file's own table or curve."
_FUNCTIONAL = dict.fromkeys(("WindowCenter", "WindowWidth", "VOILUTFunction"), "FrameVOILUTSequence") | dict.fromkeys(
    ("RescaleSlope", "RescaleIntercept"), "PixelValueTransformationSequence"
)
"""Elements that enhanced objects have in functional groups, by the sequences they stand in."""

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
    """Go the way of PS3.3, C.7.6.3.1.2 and C.11: what values mean, what of it is shown, and whether it is inverted.

    A window is for more than 8 bits: machines write any into pictures of 8, which are shown as they are by all.
    """
    inverted = inverted or str(header.get("PresentationLUTShape", "")).strip() == "INVERSE"
    meaning, values_of_interest = (LookUpTable.of(header, f"{kind}LUTSequence") for kind in ("Modality", "VOI"))
    curve = _sigmoid(header)
    grey: Callable[[RawImage], Image]
    notes: tuple[str, ...] = (_BY_TABLE,)
    if values_of_interest is not None or curve is not None:
        grey = _shown_by(values_of_interest, curve, _meant_by(meaning, header))
    elif meaning is not None:
        window = _voi_window(header) or _range_of(meaning, stored)
        grey = lambda image: window.show(meaning.of_values(image))  # noqa: E731
    else:
        grey, notes = _windowed(header, stored)
        if _rescaling(header)[0] < 0:
            inverted = not inverted  # the larger the stored value, the smaller what it means
    padding = _padding(header)

    def show(image: RawImage) -> Image:
        shown = grey(image)
        shown = np.asarray(255 - shown if inverted else shown, np.uint8)
        return shown if padding is None else np.where(_within(image, padding), np.uint8(0), shown)

    return show, notes


def _meant_by(table: LookUpTable | None, header: Dataset) -> Callable[[RawImage], RawImage]:
    """Give what turns stored values into what they mean: a table, or the line of Rescale Slope and Intercept."""
    if table is not None:
        return table.of_values
    slope, intercept = _rescaling(header)
    return lambda image: image.astype(np.float64) * slope + intercept


def _rescaling(header: Dataset) -> tuple[float, float]:
    """Give Rescale Slope and Intercept; 1 and 0 where there is none."""
    return _first_number(header, "RescaleSlope") or 1.0, _first_number(header, "RescaleIntercept") or 0.0


def _shown_by(
    table: LookUpTable | None, curve: tuple[float, float] | None, meaning: Callable[[RawImage], RawImage]
) -> Callable[[RawImage], Image]:
    if table is not None:
        return lambda image: GreyWindow(0.0, table.highest).show(table.of_values(meaning(image)))
    centre, width = curve or (0.0, 1.0)
    return lambda image: np.rint(sigmoid(meaning(image), centre, width)).astype(np.uint8)


def _sigmoid(header: Dataset) -> tuple[float, float] | None:
    """Give centre and width of a sigmoid window; None where it is of another shape."""
    if str(_of_interest(header, "VOILUTFunction") or "").strip() != "SIGMOID":
        return None
    centre, width = (_first_number(header, name) for name in ("WindowCenter", "WindowWidth"))
    return None if centre is None or width is None or width <= 0 else (centre, width)


def _range_of(table: LookUpTable, stored: Callable[[], Iterable[RawImage]]) -> GreyWindow:
    if table.bits <= 8:
        return GreyWindow(0.0, table.highest)
    return _readable_range(lambda: (table.of_values(image) for image in stored()))


def _windowed(
    header: Dataset, stored: Callable[[], Iterable[RawImage]]
) -> tuple[Callable[[RawImage], Image], tuple[str, ...]]:
    bits = int(header.get("BitsStored") or header.get("BitsAllocated") or 8)
    signed = bool(header.get("PixelRepresentation", 0))
    if bits == 8 and not signed:
        return (lambda image: np.asarray(image, dtype=np.uint8)), ()
    if bits < 8 and not signed:
        return GreyWindow(0.0, float(2**bits - 1)).show, ()
    window, padding = _voi_window(header), _padding(header)
    if window is None or not any(_shows(window, image) for image in stored()):  # as a rule the first frame tells
        window = _readable_range(lambda: (_without(image, padding) for image in stored()))
    return window.show, (window.note,)


def _shows(window: GreyWindow, image: RawImage) -> bool:
    """Whether anything can be seen of a frame: in another picture's window, all of all frames is black or white."""
    return bool((image > window.low).any() and (image < window.high).any())  # of floats some may be no number


def _padding(header: Dataset) -> tuple[float, float] | None:
    """Give the values that are no picture, from lowest to highest (PS3.3, C.7.5.1.1.2); None of 8 bits and fewer."""
    bits = int(header.get("BitsStored") or header.get("BitsAllocated") or 8)
    value = _first_number(header, "PixelPaddingValue")
    if value is None or bits <= 8:
        return None
    other = _first_number(header, "PixelPaddingRangeLimit")
    ends = [value, value if other is None else other]
    if header.get("PixelRepresentation") == 1:
        ends = [end - 2**16 if end >= 2**15 else end for end in ends]
    return min(ends), max(ends)


def _within(image: RawImage, padding: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return np.asarray((image >= padding[0]) & (image <= padding[1]))


def _without(image: RawImage, padding: tuple[float, float] | None) -> RawImage:
    return image if padding is None else np.asarray(image[~_within(image, padding)])


def _voi_window(header: Dataset) -> GreyWindow | None:
    """Return the file's own window (PS3.3, C.11.2.1.2), undone of the rescaling that precedes it."""
    centre, width = _first_number(header, "WindowCenter"), _first_number(header, "WindowWidth")
    if centre is None or width is None:
        return None
    if str(_of_interest(header, "VOILUTFunction") or "").strip() == "LINEAR_EXACT":
        low, high = centre - width / 2, centre + width / 2
    else:
        low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    if not low < high:
        return None
    if header.get("ModalityLUTSequence"):
        return GreyWindow(low, high)
    slope, intercept = _rescaling(header)
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
    value = _of_interest(header, keyword)
    value = value[0] if isinstance(value, MultiValue | list) and len(value) else value
    try:
        return None if value is None or value == "" else float(str(value))
    except (TypeError, ValueError):
        return None


def _of_interest(header: Dataset, keyword: str) -> object:
    """Give an element of a picture, or of the functional groups of an enhanced one, where all of these say the same."""
    if keyword not in _FUNCTIONAL or header.get(keyword) is not None:
        return header.get(keyword)
    items = [item for group in functional_groups(header) for item in group.get(_FUNCTIONAL[keyword]) or []]
    values = [item.get(keyword) for item in items]
    return values[0] if values and all(value == values[0] for value in values) else None
