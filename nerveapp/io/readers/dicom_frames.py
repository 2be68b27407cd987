"""The frames of a DICOM file: found by the bytes that are there, decoded one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_codes import decode
from nerveapp.io.readers.dicom_fragments import Fragment, Fragments, is_code_start, read_fragments
from nerveapp.io.readers.dicom_header import DAMAGED_HINT, DICOM_ERRORS, announced_frames
from nerveapp.io.readers.dicom_native import Layout, Stretches, layout_of
from nerveapp.io.readers.dicom_samples import as_rgb, meant
from nerveapp.io.readers.dicom_source import DicomSource, PixelElement
from nerveapp.io.readers.grey_window import RawImage
from nerveapp.io.readers.limits import ReadLimits


@dataclass(frozen=True, slots=True)
class PixelFrames:
    """The frames that the pixel data hold.

    Parameters
    ----------
    count : int
        Those that are there in full.
    cut_off : bool
        Whether the file ends before its pixel data do.
    read : callable
        Reads a frame's stored samples by its index; only while the file is open.
    """

    count: int
    cut_off: bool
    read: Callable[[int], RawImage]


def find_frames(source: DicomSource, limits: ReadLimits) -> PixelFrames:
    """Find the frames, by the bytes that are there.

    Raises
    ------
    ClipError
        If there is none in full, or the header describes pixels that cannot be.
    """
    pixels = pixel_element(source)
    with translated():
        if pixels.length is None:
            return _in_items(source, pixels, limits)
        present = max(min(source.file.seek(0, 2) - pixels.start, pixels.length), 0)
        if source.encapsulated and is_code_start(_head(source.file, pixels.start)):
            # A single code that is not in items, as it should be.
            code = (Fragment(0, pixels.start, present),)
            return PixelFrames(1, present < pixels.length, lambda _: _decoded(source, code, limits))
        return _native(source, pixels, Stretches([(pixels.start, present)]), cut_off=present < pixels.length)


def pixel_element(source: DicomSource) -> PixelElement:
    """Give the pixel data's place; raises ClipError where there are none."""
    if source.pixels is None:
        raise ClipError("The DICOM file has no pixel data.", "Choose the image or clip, not a report or a directory.")
    return source.pixels


def fragments_of(source: DicomSource) -> Fragments:
    """Find the items of encapsulated pixel data; raises ClipError where there are none."""
    extended = source.header.get("ExtendedOffsetTable") or b""
    return read_fragments(source.file, pixel_element(source).start, extended)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what pydicom and the decoders raise into words.

    Raises
    ------
    ClipError
    """
    try:
        yield
    except NotImplementedError as error:
        raise ClipError(
            "The pixels of this DICOM file are in a code this version cannot decode.",
            "Export it with JPEG or without compression, or as MP4.",
        ) from error
    except DICOM_ERRORS as error:
        raise ClipError("The pixel data are missing, damaged or cut off.", DAMAGED_HINT) from error


def _in_items(source: DicomSource, pixels: PixelElement, limits: ReadLimits) -> PixelFrames:
    fragments = fragments_of(source)
    if not source.encapsulated and not is_code_start(_head(source.file, fragments.items[0].start)):
        data = Stretches([(item.start, item.length) for item in fragments.items])
        return _native(source, pixels, data, cut_off=not fragments.complete)
    frames = fragments.frames(source.file, announced_frames(source.header))
    if not frames:
        raise ClipError("The pixel data are damaged or cut off.", DAMAGED_HINT)
    return PixelFrames(len(frames), not fragments.complete, lambda index: _decoded(source, frames[index], limits))


def _native(source: DicomSource, pixels: PixelElement, data: Stretches, *, cut_off: bool) -> PixelFrames:
    if source.encapsulated:
        raise NotImplementedError(str(source.syntax))
    announced = announced_frames(source.header)
    layout = layout_of(source.header, pixels, data, announced)
    count, rest = divmod(data.length * 8, layout.frame_bits)
    if count < 1:
        raise ClipError("The pixel data hold no complete frame.", DAMAGED_HINT)
    if announced is None and rest >= 16:
        count = 1  # no whole number of frames: what follows the first is something else
    return PixelFrames(count, cut_off, lambda index: _stored(layout, data, source, index))


def _stored(layout: Layout, data: Stretches, source: DicomSource, index: int) -> RawImage:
    with translated():
        high_bit = source.header.get("HighBit")
        image = meant(layout.frame(data, source.file, index), source.header, high_bit=high_bit)
        return as_rgb(image, source.header)


def _decoded(source: DicomSource, group: tuple[Fragment, ...], limits: ReadLimits) -> RawImage:
    with translated():
        code = b"".join(fragment.read(source.file) for fragment in group)
        return decode(code, source.header, source.syntax, limits)


def _head(file: BinaryIO, start: int) -> bytes:
    file.seek(start)
    return file.read(8)
