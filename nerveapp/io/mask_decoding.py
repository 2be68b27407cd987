"""The pixels of one picture that holds a mask, as a viewer shows them: PNG, TIFF, BMP or JPEG."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import imagecodecs
import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image as PillowImage
from PIL import ImageOps

from nerveapp.errors import ClipError
from nerveapp.io.readers.content import HEAD_BYTES, Kind, recognise_head
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.picture import FORMATS, MOVING, PILLOW_ERRORS, has_deep_colours
from nerveapp.io.readers.tiff import TIFF_ERRORS, TiffStack, describe_tiff
from nerveapp.io.readers.tiff_colours import SIDES_SWAPPED, colours_of_map, orientation_of
from nerveapp.io.readers.upright import upright_by_tag

Plane: TypeAlias = npt.NDArray[np.integer[Any]]

_MOST_SAMPLES = 5  # per pixel


class MaskError(Exception):
    """A picture that is no mask, in words that follow its name; its reader tells it as its own kind of error."""


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture as a viewer shows it, beside what is stored.

    Parameters
    ----------
    values : ndarray of integers, (H, W) or (H, W, 3) RGB
        As shown, not below 0.
    alpha : ndarray of integers, (H, W), or None
        Opacity, 0 is transparent.
    labels : ndarray of integers, (H, W), or None
        The indices into the palette, where there is one.
    inverts : bool
        Whether small stored values are shown bright: ImageJ's inverting look-up table.
    """

    values: Plane
    alpha: Plane | None = None
    labels: Plane | None = None
    inverts: bool = False


def is_picture(head: bytes) -> bool:
    """Tell from a file's first bytes whether it is a picture that may hold a mask."""
    return recognise_head(head[:HEAD_BYTES]) in (Kind.STILL, Kind.TIFF)


def size_of(data: bytes) -> tuple[int, int]:
    """Read width and height in px from the header alone.

    Raises
    ------
    MaskError
        If it is damaged or no picture.
    """
    try:
        if recognise_head(data[:HEAD_BYTES]) is Kind.TIFF:
            with tifffile.TiffFile(io.BytesIO(data)) as file:
                page: Any = file.pages[0]
                size = (int(page.imagewidth), int(page.imagelength))
                return size[::-1] if orientation_of(page) >= SIDES_SWAPPED else size
        with PillowImage.open(io.BytesIO(data), formats=FORMATS) as picture:
            size = picture.size
            return size if picture.getexif().get(0x0112, 1) < 5 else size[::-1]
    except (*PILLOW_ERRORS, *TIFF_ERRORS) as error:
        raise MaskError("is damaged") from error


def decode(data: bytes) -> ShownPicture:
    """Decode a picture; its size is to be checked before.

    Raises
    ------
    MaskError
        If it is damaged, or no single picture of whole numbers.
    """
    try:
        if recognise_head(data[:HEAD_BYTES]) is Kind.TIFF:
            return _tiff(data)
        # Pillow cuts colours of 16 bits down to 8, which makes 0 of 1.
        if has_deep_colours(data):
            return _deep_colours(data)
        with PillowImage.open(io.BytesIO(data), formats=FORMATS) as picture:
            if getattr(picture, "n_frames", 1) > 1 and picture.format in MOVING:
                raise MaskError("is animated; a mask is one picture")
            picture.load()
            return _pillow(ImageOps.exif_transpose(picture))
    except (*PILLOW_ERRORS, *TIFF_ERRORS) as error:
        raise MaskError("is damaged") from error


def _pillow(picture: PillowImage.Image) -> ShownPicture:
    if picture.mode.startswith("I"):
        return ShownPicture(_whole(np.asarray(picture)))
    if picture.mode == "1":
        return ShownPicture(np.asarray(picture.convert("L")))
    is_grey = picture.mode in ("L", "LA", "La")
    see_through = picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info
    pixels = np.asarray(picture.convert(("LA" if is_grey else "RGBA") if see_through else "L" if is_grey else "RGB"))
    values, alpha = (pixels[..., :-1], pixels[..., -1]) if see_through else (pixels, None)
    if picture.mode == "P":
        palette = np.array(picture.getpalette("RGB"), np.uint8).reshape(-1, 3)
        return _of_palette(values, alpha, np.asarray(picture), palette)
    return ShownPicture(values[..., 0] if values.ndim == 3 and values.shape[-1] == 1 else values, alpha)


def _of_palette(values: Plane, alpha: Plane | None, labels: Plane, palette: Plane) -> ShownPicture:
    """Find out whether a palette of greys turns the order of the stored values round."""
    used = np.unique(labels)
    ends = palette[[int(used[0]), int(used[-1])] if len(used) > 1 else [0, -1]].astype(np.int64)
    is_grey = not (values != values[..., :1]).any()
    return ShownPicture(values, alpha, labels, inverts=is_grey and bool((ends[0] > ends[1]).all()))


def _deep_colours(data: bytes) -> ShownPicture:
    pixels = _whole(np.asarray(imagecodecs.png_decode(data)))
    if pixels.ndim != 3:
        raise MaskError("is damaged")
    has_alpha = pixels.shape[-1] in (2, 4)
    values, alpha = (pixels[..., :-1], pixels[..., -1]) if has_alpha else (pixels, None)
    return ShownPicture(values[..., 0] if values.shape[-1] == 1 else values, alpha)


def count_of(data: bytes, most: int) -> int:
    """Count the pictures in a file, as far as `most`: a damaged chain of pages may have no end; raises MaskError."""
    if recognise_head(data[:HEAD_BYTES]) is not Kind.TIFF:
        return 1
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            headers = next((at for at in range(most) if not _has_page(file, at)), most)
    except TIFF_ERRORS as error:
        raise MaskError("is damaged") from error
    behind_one = _behind_one_header(data) if headers == 1 else None
    return headers if behind_one is None else min(behind_one.frame_count, most)


def decode_stack(data: bytes, count: int) -> Iterator[ShownPicture]:
    """Decode the first pages of a TIFF, one after the other; raises MaskError as `decode` does."""
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            behind_one = _behind_one_header(data) if count > 1 and not _has_page(file, 1) else None
            if behind_one is not None:
                first: Any = file.pages[0]
                inverts = first.photometric == tifffile.PHOTOMETRIC.MINISWHITE
                for plane in islice(behind_one.planes(), count):
                    yield ShownPicture(_whole(plane), inverts=inverts)
                return
            for at in range(count):
                yield _tiff_page(file.pages[at])
    except (*TIFF_ERRORS, ClipError) as error:
        raise MaskError("is damaged") from error


def _behind_one_header(data: bytes) -> TiffStack | None:
    """Give the stack of a TIFF whose pictures lie behind one header, as ImageJ and tifffile may write; None else."""
    try:
        stack = describe_tiff(lambda: io.BytesIO(data), ReadLimits())
    except ClipError:
        return None  # its one picture may be a mask in colours that no clip has
    return stack if stack.frame_count > 1 and stack.images == 1 else None


def _tiff(data: bytes) -> ShownPicture:
    if count_of(data, 2) > 1:
        raise MaskError("holds several pictures; a mask is one")
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        return _tiff_page(file.pages[0])


def _tiff_page(page: Any) -> ShownPicture:
    if page.size > _MOST_SAMPLES * page.imagewidth * page.imagelength:
        raise MaskError("is no single picture")
    pixels = np.asarray(page.asarray())
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    return _tiff_shown(upright_by_tag(pixels, orientation_of(page)), page)


def _has_page(file: tifffile.TiffFile, at: int) -> bool:
    try:
        return file.pages[at] is not None
    except IndexError:
        return False


def _tiff_shown(pixels: npt.NDArray[Any], page: Any) -> ShownPicture:
    whole = _whole(pixels)
    alpha = None
    if whole.ndim == 3 and page.extrasamples:
        whole, alpha = whole[..., : -len(page.extrasamples)], whole[..., -len(page.extrasamples)]
    if whole.ndim == 3 and whole.shape[-1] == 1:
        whole = whole[..., 0]
    if whole.ndim not in (2, 3) or (whole.ndim == 3 and whole.shape[-1] != 3):
        raise MaskError("has layers that are neither grey nor red, green and blue")
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE and page.colormap is not None:
        palette = colours_of_map(page.colormap)
        return _of_palette(palette[whole], alpha, whole, palette)
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        return ShownPicture(int(whole.max()) - whole, alpha, inverts=True)
    return ShownPicture(whole, alpha)


def _whole(pixels: npt.NDArray[Any]) -> Plane:
    """Give whole numbers from 0 up; a bit counts as 255, as it is shown."""
    if pixels.dtype.kind == "b":
        return pixels.astype(np.uint8) * np.uint8(255)
    if pixels.dtype.kind not in "uif" or (pixels.dtype.kind == "f" and not np.isfinite(pixels).all()):
        raise MaskError("holds no whole numbers")
    if (pixels.dtype.kind == "f" and (pixels != np.round(pixels)).any()) or pixels.min() < 0 or pixels.max() >= 2**31:
        raise MaskError("holds values that are no whole numbers from 0 up")
    return pixels.astype(np.int64) if pixels.dtype.kind == "f" else pixels
