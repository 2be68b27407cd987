"""TIFF stacks and images, read page by page."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import BinaryIO, TypeAlias

import numpy as np
import tifffile

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Affine
from nerveapp.errors import ClipError
from nerveapp.io.readers.grey_window import GreyWindow, RawImage
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.tiff_colours import KNOWN_COLOURS, MINISWHITE, SIDES_SWAPPED, inverted, orientation_of, picture
from nerveapp.io.readers.tiff_metadata import PLAYBACK_NOTE, StackMetadata, read_metadata
from nerveapp.io.readers.tiff_ome import ome_image
from nerveapp.io.readers.tiff_pages import Pages, find_pages

TIFF_ERRORS = (
    tifffile.TiffFileError, OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, RuntimeError,
    ArithmeticError, MemoryError, AssertionError, SyntaxError, struct.error, zlib.error,
)  # fmt: skip
"""What tifffile and its decoders raise for damaged files; they have no common base class."""

_HINT = "Save it again, for example with ImageJ/Fiji, as an uncompressed TIFF stack of grey or RGB images."
_COLOURS_OF_A_PICTURE = 3
_RESOLUTION = (282, 283, 296)
"""Tags: pixels per unit across and down, and the unit."""

_MOST_LOOKED_AT = 500

OpenFile: TypeAlias = Callable[[], AbstractContextManager[BinaryIO]]
"""A way to a file's bytes, whether it lies in a folder or in a ZIP."""


@dataclass(frozen=True, slots=True)
class TiffStack:
    """What a TIFF's headers say of its frames; see `nerveapp.io.readers.stack.StackDescription`.

    `images` pictures are stored for each frame: 3 where the channels of a colour picture lie apart.
    """

    open: OpenFile
    format: str
    frame_count: int
    step_s: float | None
    calibration: Calibration | None
    notes: tuple[str, ...]
    pages: Pages
    images: int
    display: GreyWindow | None = None
    times_s: tuple[float, ...] = ()
    suggestion: Calibration | None = field(default=None, init=False)
    affine: Affine | None = field(default=None, init=False)

    def planes(self) -> Iterator[RawImage]:
        """Read frame after frame.

        Yields
        ------
        ndarray, (H, W) or (H, W, 3), of the stored type, or uint8 for fewer bits

        Raises
        ------
        ClipError
            Where a page cannot be read.
        """
        try:
            with self.open() as file, tifffile.TiffFile(file) as tif:
                pictures = _pictures(tif, self.pages, self.frame_count * self.images)
                yield from pictures if self.images == 1 else _composed(pictures)
            if self.pages.chain_broken:
                raise ClipError("The TIFF is cut off.", _HINT)
        except TIFF_ERRORS as error:
            raise ClipError("A page of the TIFF is damaged, cut off or in an unknown code.", _HINT) from error


def describe_tiff(open_file: OpenFile, limits: ReadLimits) -> TiffStack:
    """Read the headers of a TIFF.

    Parameters
    ----------
    open_file : callable
        Opens it; called anew each time that its frames are read.
    limits : ReadLimits

    Raises
    ------
    ClipError
        If they are damaged or describe something that is no stack of images.
    """
    try:
        with open_file() as file, tifffile.TiffFile(file) as tif:
            image = ome_image(tif)
            pages = find_pages(file, () if image is None else image.pages)
            if pages is None:
                raise ClipError("The TIFF holds no image.", _HINT)
            limits.check_frame(pages.kind.width, pages.kind.height)
            first = _page(tif, pages.offsets[0])
            described = _described(open_file, pages, first, read_metadata(tif, first))
            if described.calibration is not None and not _of_one_resolution(tif, pages):
                notes = (*described.notes, "Its pages announce different sizes of a pixel: none of them is used.")
                described = replace(described, calibration=None, notes=notes)
            return described
    except TIFF_ERRORS as error:
        raise ClipError("The TIFF file is damaged.", _HINT) from error


def _of_one_resolution(tif: tifffile.TiffFile, pages: Pages) -> bool:
    """Whether all pages announce the same resolution; of long stacks, as many as are looked at."""
    offsets = pages.offsets[:: max(len(pages.offsets) // _MOST_LOOKED_AT, 1)]
    found = {tuple(_page(tif, at).tags.valueof(tag) for tag in _RESOLUTION) for at in offsets}
    return len(found) <= 1


def _page(tif: tifffile.TiffFile, offset: int) -> tifffile.TiffPage:
    """Read one header by itself: kept together, ten thousand of them would take their share of memory."""
    tif.filehandle.seek(offset)
    return tifffile.TiffPage(tif, 0)


def _described(open_file: OpenFile, pages: Pages, first: tifffile.TiffPage, metadata: StackMetadata) -> TiffStack:
    if int(first.photometric) not in KNOWN_COLOURS or first.imagedepth != 1 or first.dtype is None:
        raise ClipError("The TIFF holds colours or values that are no grey or RGB image.", _HINT)
    if np.dtype(first.dtype).kind not in "uifb":
        raise ClipError("The TIFF holds colours or values that are no grey or RGB image.", _HINT)
    count = metadata.images if metadata.only else max(len(pages.offsets), metadata.images)
    axes, images, notes = _axes(metadata, first, count)
    notes = (*metadata.notes, *notes)
    if pages.left_out:
        notes = (*notes, f"Pages of another size or kind, such as previews, were left out: {pages.left_out}.")
    count //= images
    label = "ImageJ TIFF" if first.parent.is_imagej else "TIFF stack" if count > 1 else "TIFF image"
    over_time = count > 1 and axes not in (("Z",), ("C",))
    step_s = metadata.step_s if over_time else None
    if step_s is None:
        notes = tuple(note for note in notes if note != PLAYBACK_NOTE)
    calibration = metadata.calibration
    if calibration is not None and orientation_of(first) >= SIDES_SWAPPED:  # the tags are of the page as it is stored
        row_mm, column_mm = calibration.column_spacing_mm, calibration.row_spacing_mm
        calibration = replace(calibration, row_spacing_mm=row_mm, column_spacing_mm=column_mm)
    times_s = metadata.times_s if over_time and len(metadata.times_s) == count else ()
    display = _inverted(metadata.display, first) if int(first.photometric) == MINISWHITE else metadata.display
    return TiffStack(open_file, label, count, step_s, calibration, notes, pages, images, display, times_s)


def _inverted(display: GreyWindow | None, page: tifffile.TiffPage) -> GreyWindow | None:
    """Give the window of inverted values: ImageJ says it of what is stored, of which its table shows 0 as white."""
    if display is None:
        return None
    white = float(inverted(np.zeros(1, page.dtype))[0])
    return GreyWindow(white - display.high, white - display.low)


def _axes(
    metadata: StackMetadata, first: tifffile.TiffPage, count: int
) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    """Find the axes of frames, how many pictures make a frame, and remarks."""
    axes = dict(metadata.axes)
    # The first channels of a composite are shown as red, green and blue: together they are one colour picture.
    in_colour = metadata.samples in ("composite", "color") and axes.get("C") == _COLOURS_OF_A_PICTURE
    if in_colour:
        if np.dtype(first.dtype) != np.uint8 or metadata.own_colours:
            raise ClipError(
                "The TIFF holds three channels of more than 8 bits, or with colours or ranges of their own.",
                "Save it as RGB (in ImageJ: Image > Type > RGB).",
            )
        del axes["C"]
    if len(axes) > 1:
        sizes = " x ".join(f"{length} ({axis})" for axis, length in axes.items())
        raise ClipError(
            f"The TIFF has more than one kind of frames: {sizes}.",
            "Save one channel and one time series of it as a stack (in ImageJ: Image > Duplicate).",
        )
    if in_colour:
        return tuple(axes), _COLOURS_OF_A_PICTURE, ("Its three channels are displayed as red, green and blue.",)
    channels = axes.get("C")
    notes = (f"The {channels} channels of the TIFF are read as frames.",) if channels == count and count > 1 else ()
    return tuple(axes), 1, notes


def _pictures(tif: tifffile.TiffFile, pages: Pages, count: int) -> Iterator[RawImage]:
    first = _page(tif, pages.offsets[0])
    if len(pages.offsets) < count and _lie_together(first, count, pages):
        yield from _contiguous_pictures(tif, first, count)
        return
    for offset in pages.offsets[:count]:
        page = _page(tif, offset)
        ends = map(sum, zip(page.dataoffsets, page.databytecounts, strict=True))
        if max(ends, default=0) > tif.filehandle.size:  # some decoders would fill up what is missing
            raise ClipError("The TIFF is cut off.", _HINT)
        yield picture(page.asarray(maxworkers=1), page)


def _lie_together(first: tifffile.TiffPage, count: int, pages: Pages) -> bool:
    """Whether so many pictures may lie behind one header: where another header lies among them, they do not."""
    if not first.is_contiguous or first.compression != 1:
        return False
    start = int(first.dataoffsets[0])
    end = start + count * math.prod(first.shape) * np.dtype(first.dtype).itemsize
    return not any(start <= offset < end for offset in pages.headers)


def _contiguous_pictures(tif: tifffile.TiffFile, page: tifffile.TiffPage, count: int) -> Iterator[RawImage]:
    """Read a stack that has one header and all pictures one after the other, as ImageJ and MetaMorph write."""
    dtype = np.dtype(page.dtype).newbyteorder(tif.byteorder)
    size = math.prod(page.shape) * dtype.itemsize
    start = int(page.dataoffsets[0])
    for index in range(count):
        tif.filehandle.seek(start + index * size)
        data = tif.filehandle.read(size)
        if len(data) < size:
            raise ClipError("The TIFF is cut off.", _HINT)
        plane = np.frombuffer(data, dtype=dtype).reshape(page.shape)
        yield picture(plane.astype(dtype.newbyteorder("=")), page)


def _composed(pictures: Iterator[RawImage]) -> Iterator[RawImage]:
    """Put every three pictures together as red, green and blue."""
    for red in pictures:
        green, blue = next(pictures, None), next(pictures, None)
        if green is None or blue is None:
            raise ClipError("The TIFF is cut off.", _HINT)
        yield np.stack([red, green, blue], axis=-1)
