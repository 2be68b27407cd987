"""Frames of a DICOM file, decoded one at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import Decoder, get_decoder
from pydicom.pixels.utils import as_pixel_options
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, JPEGExtended12Bit

from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_fragments import encoded_frames
from nerveapp.io.readers.dicom_header import (
    DAMAGED_HINT,
    DICOM_ERRORS,
    TAGS,
    announced_frames,
    check_inflated_size,
    read_up_to_pixels,
)
from nerveapp.io.readers.grey_window import RawImage
from nerveapp.io.readers.limits import ReadLimits

_PLUGINS = ("pydicom", "pylibjpeg", "pillow", "pyjpegls", "gdcm")
_PIXEL_TAGS = {
    (0x7FE0, 0x0010): "PixelData",
    (0x7FE0, 0x0008): "FloatPixelData",
    (0x7FE0, 0x0009): "DoubleFloatPixelData",
}


def decoded_frames(path: Path, limits: ReadLimits) -> Iterator[RawImage]:
    """Decode frame after frame; YCbCr becomes RGB, palette indices stay indices.

    Yields
    ------
    ndarray, (H, W) or (H, W, 3), of the stored integer or float type

    Raises
    ------
    ClipError
        Where a frame cannot be decoded.
    """
    try:
        with path.open("rb") as file:
            for image in _frames(path, file, limits):
                limits.check_frame(image.shape[1], image.shape[0])
                yield image
    except NotImplementedError as error:
        raise ClipError(
            "The pixels of this DICOM file are in a code this version cannot decode.",
            "Export it with JPEG or without compression, or as MP4.",
        ) from error
    except DICOM_ERRORS as error:
        raise ClipError("The pixel data are missing, damaged or cut off.", DAMAGED_HINT) from error


def _frames(path: Path, file: BinaryIO, limits: ReadLimits) -> Iterator[RawImage]:
    check_inflated_size(path, limits)
    header, syntax = read_up_to_pixels(file)
    decoder = get_decoder(syntax)
    if syntax == DeflatedExplicitVRLittleEndian:
        whole = pydicom.dcmread(path, specific_tags=[*TAGS, *_PIXEL_TAGS.values()])
        yield from (image for image, _ in decoder.iter_array(whole))
        return
    options, length = _pixel_options(file, header, syntax)
    if not syntax.is_encapsulated:
        options["number_of_frames"] = min(options["number_of_frames"], _complete_native_frames(file, options, length))
        if options["number_of_frames"] < 1:
            raise ClipError("The pixel data hold no complete frame.", DAMAGED_HINT)
        yield from (image for image, _ in decoder.iter_array(file, **options))
        return
    plugin = _plugin(decoder, int(options.get("bits_stored") or 8))
    tables = tuple(options.pop("extended_offsets", ()))
    for code in encoded_frames(file, int(options.pop("number_of_frames")), tables[0] if tables else b""):
        one = options | {"number_of_frames": 1}
        image, _ = decoder.as_array(encapsulate([code], has_bot=False), index=0, decoding_plugin=plugin, **one)
        yield image


def _plugin(decoder: Decoder, bits_stored: int) -> str:
    """Choose the decoder: GDCM only where no other can, since damaged data can make it end the whole process."""
    names = [name for name in _PLUGINS if name in decoder.available_plugins]
    if bits_stored > 8 and JPEGExtended12Bit == decoder.UID:
        names = [name for name in names if name != "pillow"]  # it reads 8 bits only
    if not names:
        raise NotImplementedError(decoder.UID.name)
    return names[0]


def _pixel_options(file: BinaryIO, header: Dataset, syntax: UID) -> tuple[dict[str, Any], int]:
    """Read the tag of the pixel data; return pydicom's options and the length in bytes that the tag announces."""
    order = "<" if syntax.is_little_endian else ">"
    head = file.read(8)
    if len(head) < 8:
        raise ClipError("The DICOM file has no pixel data.", "Choose the image or clip, not a report or a directory.")
    group, element, length = struct.unpack(f"{order}HHL", head)
    options: dict[str, Any] = as_pixel_options(header)
    options |= {"number_of_frames": announced_frames(header), "transfer_syntax_uid": syntax}
    options |= {"pixel_keyword": _PIXEL_TAGS[group, element], "pixel_vr": "OW"}
    if not syntax.is_implicit_VR:
        options["pixel_vr"] = head[4:6].decode("ascii")
        (length,) = struct.unpack(f"{order}L", file.read(4))
    return options, int(length)


def _complete_native_frames(file: BinaryIO, options: dict[str, Any], length: int) -> int:
    """Count the frames that fit into the rest of the file and into the announced length."""
    start = file.tell()
    present = min(file.seek(0, 2) - start, length)
    file.seek(start)
    bits = int(options["rows"] * options["columns"] * options["samples_per_pixel"] * options["bits_allocated"])
    if options["photometric_interpretation"] == "YBR_FULL_422":
        bits = bits * 2 // 3  # two of three samples are stored
    return present * 8 // bits
