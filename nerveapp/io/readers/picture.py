"""The pixels of one picture, or of one that moves (Pillow)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import imagecodecs
import numpy as np
from PIL import Image as PillowImage
from PIL import ImageOps

from nerveapp.domain.calibration import Calibration
from nerveapp.errors import ClipError
from nerveapp.io.readers.grey_window import GreyWindow, RawImage
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.upright import upright_by_tag

PILLOW_ERRORS = (
    OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError, AttributeError,
    RuntimeError, struct.error, zlib.error, PillowImage.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises for damaged pictures; its errors have no common base class."""

FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "JPEG2000", "PPM")  # the JPEG reader also opens MPO
MOVING = ("PNG", "WEBP")
_AT_ONCE_MS = {"PNG": 0, "WEBP": 10}
"""What is to be shown no longer than so is shown for `_DEFAULT_MS`, as browsers do; a PNG says 0 where it says nothing
(PNG, 11.3.4.2)."""
_DEFAULT_MS = 100
_ORIENTATION = 0x0112
_PNG, _PNG_HEAD = b"\x89PNG\r\n\x1a\n", 26
_NOT_GREY = (b"\2", b"\4", b"\6")  # colours, greys with transparency, colours with it
PillowImage.MAX_IMAGE_PIXELS = None  # sizes are checked against our own limits, and reported as such
_LABELS = {"MPO": "JPEG", "WEBP": "WebP", "JPEG2000": "JPEG 2000", "PPM": "PNM"}
_DEEP_MODES = ("I", "F")  # and "I;16" with its byte orders


@dataclass(frozen=True, slots=True)
class PictureHead:
    """What the header says: size in px once upright, format, whether of more than 8 bits, how many frames.

    Of a TIFF also the size of a pixel, the greys that its program shows, and remarks.
    """

    width: int
    height: int
    format: str
    deep: bool
    frames: int = 1
    calibration: Calibration | None = None
    display: GreyWindow | None = None
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height


def read_head(file: BinaryIO, name: str, limits: ReadLimits) -> PictureHead:
    """Read the header only.

    Raises
    ------
    ClipError
        If it is damaged, or the picture is too large.
    """
    try:
        with PillowImage.open(file, formats=FORMATS) as picture:
            width, height = picture.size
            if picture.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8):
                width, height = height, width
            limits.check_frame(width, height)
            frames = len(_moving(picture)) if picture.format in MOVING else 1
            label = _LABELS.get(str(picture.format), str(picture.format))
            return PictureHead(width, height, label, _is_deep(picture.mode) or _deep_colours(file), frames)
    except PILLOW_ERRORS as error:
        raise _damaged(name) from error


def read_pixels(file: BinaryIO, name: str) -> RawImage:
    """Decode a picture, upright by its EXIF orientation, without transparency.

    Returns
    -------
    ndarray, (H, W) or (H, W, 3)
        uint8, or the stored type for grey of more than 8 bits.

    Raises
    ------
    ClipError
        If it is damaged.
    """
    try:
        with PillowImage.open(file, formats=FORMATS) as picture:
            picture.load()
            if _deep_colours(file):
                return _read_deep(file, picture.getexif().get(_ORIENTATION, 1))
            return _upright(picture)
    except PILLOW_ERRORS as error:
        raise _damaged(name) from error


def read_moving(file: BinaryIO, name: str) -> Iterator[tuple[float, RawImage]]:
    """Decode the frames of a picture that moves, as `read_pixels` does, each with its time in s from the first.

    Raises
    ------
    ClipError
        Where it is damaged.
    """
    time_s = 0.0
    try:
        with PillowImage.open(file, formats=FORMATS) as picture:
            for index in _moving(picture):
                picture.seek(index)
                picture.load()
                yield time_s, _upright(picture)
                shown_ms = float(picture.info.get("duration", 0))
                time_s += (shown_ms if shown_ms > _AT_ONCE_MS[str(picture.format)] else _DEFAULT_MS) / 1000
    except PILLOW_ERRORS as error:
        raise _damaged(name) from error


def _moving(picture: PillowImage.Image) -> range:
    """Give the numbers of the frames; the picture of an animated PNG for programs that show none is no frame of it."""
    return range(int(getattr(picture, "default_image", False)), getattr(picture, "n_frames", 1))


def _upright(picture: PillowImage.Image) -> RawImage:
    upright = _on_black(ImageOps.exif_transpose(picture))
    if _is_deep(upright.mode):
        return np.asarray(upright)
    grey = upright.mode in ("1", "L", "LA", "La")
    return np.asarray(upright.convert("L" if grey else "RGB"))


def _on_black(picture: PillowImage.Image) -> PillowImage.Image:
    """Lay a picture that is one colour, and whose shape is in its transparency alone, on black."""
    if not picture.has_transparency_data or picture.mode not in ("RGBA", "LA", "P", "RGB", "L"):
        return picture
    seen = picture.convert("RGBA")
    values = np.asarray(seen).reshape(-1, 4)
    if (values[:, :3] != values[0, :3]).any() or (values[:, 3] == values[0, 3]).all():
        return picture
    return PillowImage.alpha_composite(PillowImage.new("RGBA", seen.size, "black"), seen)


def has_deep_colours(data: bytes) -> bool:
    """Whether bytes begin as a PNG of 16 bits with colours or transparency (PNG, 11.2.2): Pillow keeps 8 of them."""
    return data.startswith(_PNG) and data[12:16] == b"IHDR" and data[24:25] == b"\x10" and data[25:26] in _NOT_GREY


def _deep_colours(file: BinaryIO) -> bool:
    file.seek(0)
    return has_deep_colours(file.read(_PNG_HEAD))


def _read_deep(file: BinaryIO, orientation: int) -> RawImage:
    file.seek(0)
    samples = np.asarray(imagecodecs.png_decode(file.read()))
    colours = samples[..., :3] if samples.shape[2] >= 3 else samples[..., 0]
    return upright_by_tag(colours, orientation)


def _is_deep(mode: str) -> bool:
    return mode in _DEEP_MODES or mode.startswith("I;16")


def _damaged(name: str) -> ClipError:
    return ClipError(f"The picture {name} is damaged or cut off.", "Export it again, or leave it out.")
