"""The elements of a DICOM file that the app needs, and none that names a person, place or day."""

from __future__ import annotations

import struct
import zlib

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from nerveapp.errors import ClipError
from nerveapp.io.readers.limits import ReadLimits

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
    "WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence", "RescaleSlope", "RescaleIntercept",
    "ModalityLUTSequence", "PresentationLUTShape", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "FrameIncrementPointer", "FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate",
    "SequenceOfUltrasoundRegions", "PixelSpacing", "PixelAspectRatio",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
    "Manufacturer", "ManufacturerModelName", "DepthOfScanField",
)  # fmt: skip

_OPTIONAL = frozenset(
    {"FrameIncrementPointer", "FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate"}
    | {"SequenceOfUltrasoundRegions", "PixelSpacing", "PixelAspectRatio", "WindowCenter", "WindowWidth"}
    | {"SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "PixelPaddingRangeLimit"}
    | {"VOILUTFunction", "PresentationLUTShape", "PixelPaddingValue"}
    | {"Manufacturer", "ManufacturerModelName", "DepthOfScanField"}
)
"""A clip can do without these: its times, its spacing, what made it."""


def check_header(header: Dataset, limits: ReadLimits) -> tuple[str, ...]:
    """Convert every element now, so that damage shows here, and drop the damaged ones that a clip can do without.

    Returns
    -------
    tuple of str
        Keywords of what was dropped.

    Raises
    ------
    ClipError
        If its frames have no size or are too large.
    Exception
        One of `DICOM_ERRORS`, of an element that is needed.
    """
    dropped = []
    for tag in list(header.keys()):
        try:
            header[tag]
        except DICOM_ERRORS:
            if keyword_for_tag(tag) not in _OPTIONAL:
                raise
            dropped.append(keyword_for_tag(tag))
            del header[tag]
    if "Rows" not in header or "Columns" not in header:
        raise ClipError("The DICOM file holds no picture.", "Choose the image or clip, not a report or a directory.")
    limits.check_frame(int(header.Columns or 0), int(header.Rows or 0))
    announced_frames(header)
    return tuple(dropped)


def functional_groups(header: Dataset) -> list[Dataset]:
    """Give the functional groups of an enhanced object: those of all frames, then those of each; none of others."""
    return [
        group
        for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
        for group in header.get(keyword) or []
    ]


def announced_frames(header: Dataset) -> int | None:
    """Return the Number of Frames (0028,0008), None where there is none.

    Raises
    ------
    ClipError
        If the file announces 0 frames or fewer.
    """
    text = header.get("NumberOfFrames")
    if text is None or text == "":
        return None
    count = int(text)
    if count < 1:
        raise ClipError(f"The DICOM file announces {count} frames.", DAMAGED_HINT)
    return count
