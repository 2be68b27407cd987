"""The pages of a TIFF file, read one at a time."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from nerveapp.domain.calibration import Calibration
from nerveapp.errors import ClipError
from nerveapp.io.readers.grey_window import RawImage
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.tiff_chain import is_chain_broken
from nerveapp.io.readers.tiff_metadata import announced_images, seconds_per_frame, spacing

TIFF_ERRORS = (
    tifffile.TiffFileError, OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, RuntimeError,
    ArithmeticError, MemoryError, AssertionError, struct.error, zlib.error,
)  # fmt: skip
"""What tifffile and its decoders raise for damaged files; they have no common base class."""

_HINT = "Save it again, for example with ImageJ/Fiji, as an uncompressed TIFF stack of grey or RGB images."
_PALETTE, _MINISWHITE, _KNOWN_COLOURS = 3, 0, {0, 1, 2, 3, 6, 32803}


@dataclass(frozen=True, slots=True)
class TiffStack:
    """What a TIFF's headers say of its first image series; see `nerveapp.io.readers.stack.StackDescription`."""

    path: Path
    format: str
    frame_count: int
    step_s: float | None
    calibration: Calibration | None
    notes: tuple[str, ...]
    inverted: bool

    def planes(self) -> Iterator[RawImage]:
        """Read page after page.

        Yields
        ------
        ndarray, (H, W) or (H, W, 3), of the stored type

        Raises
        ------
        ClipError
            Where a page cannot be read.
        """
        try:
            with _opened(self.path) as tif:
                yield from _planes(tif, self.frame_count)
            if is_chain_broken(self.path):
                raise ClipError("The TIFF is cut off.", _HINT)
        except TIFF_ERRORS as error:
            raise ClipError("A page of the TIFF is damaged, cut off or in an unknown code.", _HINT) from error


def describe_tiff(path: Path, limits: ReadLimits) -> TiffStack:
    """Read the headers of a TIFF.

    Raises
    ------
    ClipError
        If they are damaged or describe something that is no stack of images.
    """
    try:
        with _opened(path) as tif:
            return _described(path, tif, limits)
    except TIFF_ERRORS as error:
        raise ClipError("The TIFF file is damaged.", _HINT) from error


def _opened(path: Path) -> tifffile.TiffFile:
    # tifffile's own shape note would make every page that was written by itself a series of its own.
    return tifffile.TiffFile(path, is_shaped=False)


def _described(path: Path, tif: tifffile.TiffFile, limits: ReadLimits) -> TiffStack:
    if not tif.series:
        raise ClipError("The TIFF holds no image.", _HINT)
    series, page = tif.series[0], tif.series[0].keyframe
    limits.check_frame(int(page.imagewidth), int(page.imagelength))
    if int(page.photometric) not in _KNOWN_COLOURS or page.imagedepth != 1 or series.dtype.kind not in "uifb":
        raise ClipError("The TIFF holds colours or values that are no grey or RGB image.", _HINT)
    frame_count = max(_frame_count(series), announced_images(page, tif.imagej_metadata or {}))
    notes = []
    if len(tif.series) > 1:
        notes.append(f"The TIFF holds {len(tif.series)} image series; the first is used ({frame_count} frames).")
    if frame_count > 1 and "C" in series.axes and series.shape[series.axes.index("C")] == frame_count:
        notes.append(f"The {frame_count} channels of the TIFF are read as frames.")
    step_s, time_note = seconds_per_frame(tif.imagej_metadata or {})
    notes.extend([time_note] if time_note and frame_count > 1 else [])
    return TiffStack(
        path,
        "ImageJ TIFF" if tif.is_imagej else "TIFF stack" if frame_count > 1 else "TIFF image",
        frame_count,
        step_s if frame_count > 1 else None,
        spacing(page, tif.imagej_metadata),
        tuple(notes),
        inverted=int(page.photometric) == _MINISWHITE,
    )


def _frame_count(series: tifffile.TiffPageSeries) -> int:
    """Multiply the axes before the picture's own; only one of them may be longer than 1."""
    axes = [
        (axis, length)
        for axis, length in zip(series.axes, series.shape, strict=True)
        if axis not in "YXS" and length > 1
    ]
    if len(axes) > 1:
        sizes = " x ".join(f"{length} ({axis})" for axis, length in axes)
        raise ClipError(
            f"The TIFF has more than one kind of frames: {sizes}.",
            "Save one channel and one time series of it as a stack (in ImageJ: Image > Duplicate).",
        )
    return math.prod(length for _, length in axes)


def _planes(tif: tifffile.TiffFile, frame_count: int) -> Iterator[RawImage]:
    series = tif.series[0]
    page = series.keyframe
    if len(series.pages) < frame_count and page.is_contiguous and page.compression == 1:
        yield from _contiguous_planes(tif, page, frame_count)
        return
    for one in series.pages:
        if one is None:
            raise ClipError("A page of the TIFF is missing.", _HINT)
        yield _picture(one.asarray(maxworkers=1), page)


def _contiguous_planes(tif: tifffile.TiffFile, page: tifffile.TiffPage, frame_count: int) -> Iterator[RawImage]:
    """Read an ImageJ stack that has one header and all pictures one after the other."""
    dtype = np.dtype(page.dtype).newbyteorder(tif.byteorder)
    size = math.prod(page.shape) * dtype.itemsize
    start = int(page.dataoffsets[0])
    for index in range(frame_count):
        tif.filehandle.seek(start + index * size)
        data = tif.filehandle.read(size)
        if len(data) < size:
            raise ClipError("The TIFF is cut off.", _HINT)
        plane = np.frombuffer(data, dtype=dtype).reshape(page.shape)
        yield _picture(plane.astype(dtype.newbyteorder("=")), page)


def _picture(plane: RawImage, page: tifffile.TiffPage) -> RawImage:
    """Bring a page to (H, W) or (H, W, 3), with its colour table applied and without transparency."""
    if "S" in page.axes:
        plane = np.moveaxis(plane, page.axes.index("S"), -1)
    plane = plane.reshape(page.imagelength, page.imagewidth, -1)
    if int(page.photometric) == _PALETTE and page.colormap is not None:
        return np.asarray(np.moveaxis(page.colormap, 0, -1)[plane[..., 0]] >> 8).astype(np.uint8)
    if plane.dtype == np.bool_:
        plane = plane.astype(np.uint8) * np.uint8(255)
    return np.ascontiguousarray(plane[..., :3] if plane.shape[2] >= 3 else plane[..., 0])
