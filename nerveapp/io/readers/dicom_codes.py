"""One compressed DICOM frame decoded. Its code is recognised by its own first bytes, not by the transfer syntax."""

from __future__ import annotations

from collections.abc import Iterator

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import as_pixel_options
from pydicom.uid import UID, JPEGBaseline8Bit, RLELossless

from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_header import DAMAGED_HINT
from nerveapp.io.readers.dicom_samples import as_rgb, meant
from nerveapp.io.readers.grey_window import RawImage
from nerveapp.io.readers.limits import ReadLimits

_JPEG, _JPEG_2000, _JP2 = b"\xff\xd8", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  "
_SIZE_MARKER, _JPEG_END = b"\xff\x51", b"\xff\xd9"
_PADDING_BYTES = 64
_LOSSLESS, _LS = 0xC3, 0xF7
_APP0, _APP14, _COLOURS = 0xE0, 0xEE, 3
_FRAME_MARKERS = frozenset({0xC0, 0xC1, 0xC2, _LOSSLESS, _LS})


def decode(code: bytes, header: Dataset, syntax: UID, limits: ReadLimits) -> RawImage:
    """Decode the code of one frame.

    Parameters
    ----------
    code : bytes
        Of JPEG (8 bits, 12 bits, lossless), JPEG-LS, JPEG 2000 (HTJ2K too) or RLE.
    header : Dataset
    syntax : UID
    limits : ReadLimits

    Returns
    -------
    ndarray, (H, W) or (H, W, 3), of the stored integer type; colours are RGB

    Raises
    ------
    ClipError
        If the code's own size is not that of the header.
    NotImplementedError
        If it is none of these codes.
    Exception
        One of `DICOM_ERRORS`, if it is damaged.
    """
    if code.startswith(_JPEG):
        marker, bits, width, height, components = _jpeg_frame(code)
        _check_size(header, width, height, limits)
        if marker == _LS:
            return _finished(imagecodecs.jpegls_decode(code), header, bits)
        deep = marker == _LOSSLESS or bits > 8
        whole = _JPEG_END in code.rstrip(b"\0")[-_PADDING_BYTES:]
        if deep and not whole:
            raise ValueError("expected the end of the code")  # the decoder would fill up what is missing
        if deep or (whole and components == _COLOURS):
            colours = "YCBCR" if components == _COLOURS else None  # one and the same: nothing is converted on the way
            samples = imagecodecs.jpeg8_decode(code, colorspace=colours, outcolorspace=colours)
            return _finished(samples, header, bits, photometric=None if deep else _coded_colours(code))
        # Planar Configuration is of samples that are not coded: some files have it of before they were.
        return _by_pydicom(code, header, JPEGBaseline8Bit, "pillow", planar_configuration=0)
    if code.startswith((_JPEG_2000, _JP2)):
        width, height, bits = _jpeg_2000_frame(code)
        _check_size(header, width, height, limits)
        return _finished(imagecodecs.jpeg2k_decode(code), header, bits)
    if syntax == RLELossless:
        # As if all bits were stored: pydicom would drop those above Bits Stored, wherever the stored ones lie.
        samples = _by_pydicom(code, header, RLELossless, "pydicom", bits_stored=int(header.BitsAllocated))
        return meant(samples, header, high_bit=header.get("HighBit"))
    raise NotImplementedError(str(syntax))


def _finished(samples: RawImage, header: Dataset, bits: int, photometric: str | None = None) -> RawImage:
    """Give what the samples mean; a code of more bits than are stored has them where High Bit says.

    Colours are the header's, unless the code tells them by itself.
    """
    image = np.asarray(samples)
    image = image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image
    high_bit = header.get("HighBit") if bits > int(header.get("BitsStored") or bits) else None
    return as_rgb(meant(image, header, high_bit=high_bit), header, photometric)


def _coded_colours(code: bytes) -> str | None:
    """Tell by a JPEG itself whether its three components are YCbCr or RGB; None where it does not say.

    Adobe's segment says it (APP14, transform); JFIF means YCbCr (ITU-T T.871), and so do components that are not all
    of one resolution; the identifiers R, G and B are what libjpeg gives to RGB.
    """
    found: str | None = None
    for marker, at in _segments(code):
        if marker == _APP14 and code[at + 2 : at + 7] == b"Adobe" and at + 13 < len(code):
            return "YBR_FULL" if code[at + 13] else "RGB"
        if marker == _APP0 and code[at + 2 : at + 6] == b"JFIF":
            found = "YBR_FULL"
        if marker in _FRAME_MARKERS:
            parts = [code[at + 8 + 3 * number : at + 11 + 3 * number] for number in range(_COLOURS)]
            if len({part[1] for part in parts}) > 1:
                found = found or "YBR_FULL"
            elif bytes(part[0] for part in parts) == b"RGB":
                found = found or "RGB"
    return found


def _by_pydicom(code: bytes, header: Dataset, syntax: UID, plugin: str, **more: int) -> RawImage:
    options = as_pixel_options(header) | {"number_of_frames": 1, "transfer_syntax_uid": syntax}
    options |= {"pixel_keyword": "PixelData", "pixel_vr": "OB", **more}
    options.pop("extended_offsets", None)
    image, _ = get_decoder(syntax).as_array(
        encapsulate([code], has_bot=False), index=0, decoding_plugin=plugin, **options
    )
    return image


def _jpeg_frame(code: bytes) -> tuple[int, int, int, int, int]:
    """Find the start of frame (ITU-T T.81, B.2.2); gives its marker, bits of a sample, width, height and components."""
    for marker, at in _segments(code):
        if marker in _FRAME_MARKERS and at + 8 <= len(code):
            height, width = (int.from_bytes(code[i : i + 2], "big") for i in (at + 3, at + 5))
            return marker, code[at + 2], width, height, code[at + 7]
    raise ValueError("expected a start of frame")


def _segments(code: bytes) -> Iterator[tuple[int, int]]:
    """Yield marker and position of each segment of a JPEG code, up to the entropy-coded data."""
    at = 2
    while at + 4 <= len(code) and code[at] == 0xFF:
        if code[at + 1] == 0xFF:  # a fill byte
            at += 1
            continue
        yield code[at + 1], at + 2
        at += 2 + int.from_bytes(code[at + 2 : at + 4], "big")


def _jpeg_2000_frame(code: bytes) -> tuple[int, int, int]:
    """Read width, height and bits of a sample from the SIZ segment (ITU-T T.800, A.5.1)."""
    at = code.index(_SIZE_MARKER)
    right, bottom, left, top = (int.from_bytes(code[i : i + 4], "big") for i in range(at + 6, at + 22, 4))
    return right - left, bottom - top, (code[at + 40] & 0x7F) + 1


def _check_size(header: Dataset, width: int, height: int, limits: ReadLimits) -> None:
    # Before anything is decoded: a damaged size would make the decoder ask for any amount of memory.
    limits.check_frame(width, height)
    if (width, height) != (int(header.Columns), int(header.Rows)):
        raise ClipError(
            f"The header says {header.Columns} x {header.Rows} px, but the picture has {width} x {height} px.",
            DAMAGED_HINT,
        )
