"""The elements of a DICOM file that the app needs, and none that names a person, place or day."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_file_meta_info
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from nerveapp.errors import ClipError
from nerveapp.io.readers.limits import GIB, ReadLimits

MAX_INFLATED_BYTES = 2 * GIB
"""A deflated data set has to be held in memory as a whole."""

DAMAGED_HINT = "Export it again from the machine or the archive, as DICOM or as MP4."

DICOM_ERRORS = (
    InvalidDicomError, OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, RuntimeError,
    ArithmeticError, MemoryError, AssertionError, BytesLengthException, struct.error, zlib.error,
)  # fmt: skip
"""What pydicom and its decoders raise for damaged files; they have no common base class."""

TAGS = (
    "SOPClassUID", "NumberOfFrames", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation",
    "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData", "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData", "SegmentedRedPaletteColorLookupTableData",
    "SegmentedGreenPaletteColorLookupTableData", "SegmentedBluePaletteColorLookupTableData",
    "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept",
    "FrameIncrementPointer", "FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate",
    "SequenceOfUltrasoundRegions", "PixelSpacing", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
)  # fmt: skip

_OPTIONAL = frozenset(
    {"FrameIncrementPointer", "FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate"}
    | {"SequenceOfUltrasoundRegions", "PixelSpacing", "WindowCenter", "WindowWidth"}
)


def read_header(path: Path, limits: ReadLimits) -> Dataset:
    """Read the needed elements before the pixel data.

    Raises
    ------
    ClipError
        If the file is damaged, or its frames have no size or are too large.
    """
    try:
        check_inflated_size(path, limits)
        with path.open("rb") as file:
            header, _ = read_up_to_pixels(file)
        _drop_unreadable(header)
        if "Rows" not in header or "Columns" not in header:
            raise ClipError(
                "The DICOM file holds no picture.", "Choose the image or clip, not a report or a directory."
            )
        limits.check_frame(int(header.Columns or 0), int(header.Rows or 0))
        announced_frames(header)
    except DICOM_ERRORS as error:
        raise ClipError("The DICOM file is damaged.", DAMAGED_HINT) from error
    return header


def _drop_unreadable(header: Dataset) -> None:
    """Convert every element now, so that damage shows here; a clip can do without its times and spacing."""
    for tag in list(header.keys()):
        try:
            header[tag]
        except DICOM_ERRORS:
            if keyword_for_tag(tag) not in _OPTIONAL:
                raise
            del header[tag]


def read_up_to_pixels(file: BinaryIO) -> tuple[Dataset, UID]:
    """Read the header and its transfer syntax; the file is left at the tag of the pixel data, or at its end."""
    header = pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=list(TAGS))
    syntax = header.file_meta.get("TransferSyntaxUID")
    if syntax is None:  # a file without preamble: the encoding was guessed from its first element
        implicit, little = header.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        syntax = ImplicitVRLittleEndian if implicit else explicit
    return header, UID(syntax)


def announced_frames(header: Dataset) -> int:
    """Return the Number of Frames (0028,0008), 1 where there is none.

    Raises
    ------
    ClipError
        If the file announces 0 frames or fewer.
    """
    text = header.get("NumberOfFrames")
    count = 1 if text is None or text == "" else int(text)
    if count < 1:
        raise ClipError(f"The DICOM file announces {count} frames.", DAMAGED_HINT)
    return count


def check_inflated_size(path: Path, limits: ReadLimits) -> None:
    """Refuse a deflated file that unpacks to too much; it is inflated piece by piece and nothing is kept."""
    try:
        meta = read_file_meta_info(path)
    except InvalidDicomError:
        return  # without preamble there is no transfer syntax that could say "deflated"
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    limit = min(MAX_INFLATED_BYTES, limits.max_unpacked_bytes)
    with path.open("rb") as file:
        file.seek(128 + 4 + 12 + int(meta.FileMetaInformationGroupLength))  # PS3.10, 7.1
        if _inflated_size(file, limit) > limit:
            raise ClipError(
                f"The deflated DICOM file unpacks to more than {limit / GIB:.1f} GiB.",
                "Export it with JPEG or without compression.",
            )


def _inflated_size(file: BinaryIO, limit: int) -> int:
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    size = 0
    while chunk := file.read(65536):
        while chunk and size <= limit:
            size += len(inflater.decompress(chunk, 1 << 20))
            chunk = inflater.unconsumed_tail
        if size > limit:
            break
    return size
