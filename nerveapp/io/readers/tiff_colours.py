"""A TIFF page as a picture: colours, bit depths, transparency and orientation as a viewer shows them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import tifffile

from nerveapp.io.readers.grey_window import RawImage
from nerveapp.io.readers.upright import upright_by_tag

SIDES_SWAPPED = 5  # of the orientations, this one and those beyond
MINISWHITE, _PALETTE, _YCBCR, _JPEG_CODES = 0, 3, 6, (6, 7)
_LUMA = (0.299, 0.587, 0.114)
_BLACK_AND_WHITE = (0.0, 255.0, 128.0, 255.0, 128.0, 255.0)
KNOWN_COLOURS = frozenset({0, 1, 2, 3, 6, 32803})
"""Values of PhotometricInterpretation that can be shown: grey both ways, RGB, palette, YCbCr, sensor data."""


def picture(stored: RawImage, page: tifffile.TiffPage) -> RawImage:
    """Bring a page to what is shown.

    Parameters
    ----------
    stored : ndarray
        As tifffile gives the page: with one, three or more samples, planes apart or not.
    page : TiffPage
        Its header.

    Returns
    -------
    ndarray, (H, W) or (H, W, 3)
        uint8 where a sample has 8 bits or fewer, else the stored type; low is dark, upright, without transparency.
    """
    if "S" in page.axes:
        stored = np.moveaxis(stored, page.axes.index("S"), -1)
    plane = stored.reshape(page.imagelength, page.imagewidth, -1)
    return upright_by_tag(_coloured(plane, page), orientation_of(page))


def inverted(values: RawImage) -> RawImage:
    """Give stored values, of which 0 is white, so that small ones are dark."""
    return np.asarray(np.iinfo(values.dtype).max - values if values.dtype.kind == "u" else -values)


def orientation_of(page: tifffile.TiffPage) -> int:
    """Give the Orientation (TIFF 6.0, section 8), 1 to 8: from `SIDES_SWAPPED` on rows are shown as columns."""
    return _tag(page, "Orientation", 1)


def _coloured(plane: RawImage, page: tifffile.TiffPage) -> RawImage:
    photometric = int(page.photometric)
    if photometric == _PALETTE and page.colormap is not None:
        return np.asarray(colours_of_map(page.colormap)[plane[..., 0]], np.uint8)
    if photometric == _YCBCR and int(page.compression) not in _JPEG_CODES and plane.shape[2] >= 3:
        luma = _rationals(page, "YCbCrCoefficients", _LUMA)
        return _rgb_of(plane[..., :3], luma, _rationals(page, "ReferenceBlackWhite", _BLACK_AND_WHITE))
    image = plane[..., :3] if plane.shape[2] >= 3 else plane[..., 0]
    bits = int(np.max(page.bitspersample))
    if image.dtype == np.bool_:
        image = image.astype(np.uint8) * np.uint8(255)
    elif bits < 8 and image.dtype.kind == "u":
        image = np.rint(image.astype(np.float32) * (255 / (2**bits - 1))).astype(np.uint8)
    if photometric == MINISWHITE:
        image = inverted(image)
    return np.ascontiguousarray(image)


def colours_of_map(colormap: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Give the 8-bit colours of a ColorMap, (N, 3); some programs write these as they are into its 16-bit entries."""
    colours = np.asarray(colormap, np.uint16).T
    return np.asarray(colours if int(colours.max(initial=0)) <= 255 else colours >> 8, np.uint8)


def _rgb_of(ycbcr: RawImage, luma: tuple[float, ...], black_and_white: tuple[float, ...]) -> RawImage:
    """Turn YCbCr into RGB (TIFF 6.0, section 21)."""
    red, green, blue = luma
    black, white = np.array(black_and_white[::2], np.float32), np.array(black_and_white[1::2], np.float32)
    y, cb, cr = np.moveaxis((ycbcr.astype(np.float32) - black) * np.array([255, 127, 127]) / (white - black), -1, 0)
    r, b = y + cr * (2 - 2 * red), y + cb * (2 - 2 * blue)
    g = (y - blue * b - red * r) / green
    return np.asarray(np.rint(np.clip(np.stack([r, g, b], axis=-1), 0, 255)), np.uint8)


def _rationals(page: tifffile.TiffPage, name: str, default: tuple[float, ...]) -> tuple[float, ...]:
    """Read a tag of fractions; the default where it is missing or impossible."""
    tag = page.tags.get(name)
    try:
        values = np.array([] if tag is None else tag.value, np.float64).ravel()
        pairs = values.reshape(-1, 2) if len(values) == 2 * len(default) else values.reshape(-1, 1)
        numbers = pairs[:, 0] / (pairs[:, 1] if pairs.shape[1] == 2 else 1.0)
    except (TypeError, ValueError):
        return default
    return tuple(numbers) if len(numbers) == len(default) and np.isfinite(numbers).all() else default


def _tag(page: tifffile.TiffPage, name: str, default: int) -> int:
    tag = page.tags.get(name)
    try:
        return default if tag is None else int(tag.value)
    except (TypeError, ValueError):
        return default
