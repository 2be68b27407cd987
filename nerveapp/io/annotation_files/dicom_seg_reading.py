"""Reading the frames of a DICOM Segmentation object."""

from __future__ import annotations

import io

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, SegmentationStorage

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.frames import Known, Preview, is_nerve, unknown_label
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.readers.dicom_header import DICOM_ERRORS

_HINT = "Export it as a binary DICOM segmentation without compression."
_META_BYTES = 4096


def preview_segmentation(data: bytes, clip: ClipRecord, known: Known) -> Preview:
    """Read a binary segmentation; each frame says which of the clip's frames it is of.

    Raises
    ------
    AnnotationError
        If it is damaged, no segmentation, not binary, or compressed.
    """
    # Deflated files are unpacked as a whole before anything else is known of them.
    if str(DeflatedExplicitVRLittleEndian).encode() in data[:_META_BYTES]:
        raise AnnotationError("The DICOM file is compressed as a whole.", _HINT)
    found = Gathering(clip, known)
    try:
        _gather(found, pydicom.dcmread(io.BytesIO(data)))
    except DICOM_ERRORS as error:
        raise AnnotationError("The DICOM segmentation is damaged.", _HINT) from error
    return found.preview()


def _gather(found: Gathering, segmentation: Dataset) -> None:
    if segmentation.get("SOPClassUID") != SegmentationStorage:
        raise AnnotationError("The DICOM file is no segmentation.", "Choose the segmentation, not the clip.")
    if segmentation.SegmentationType != "BINARY" or segmentation.file_meta.TransferSyntaxUID.is_compressed:
        raise AnnotationError("The DICOM segmentation is compressed or not binary.", _HINT)
    height, width = int(segmentation.Rows), int(segmentation.Columns)
    if not found.fits(width, height, "The segmentation"):
        return
    nerves = {int(item.SegmentNumber) for item in segmentation.SegmentSequence if _is_nerve(found, item)}
    count = int(segmentation.NumberOfFrames)
    groups = segmentation.PerFrameFunctionalGroupsSequence
    if len(groups) != count or len(segmentation.PixelData) * 8 < count * height * width:
        raise AnnotationError("The DICOM segmentation is cut off.", _HINT)
    for at, item in enumerate(groups):
        if _segment_number(item, segmentation) in nerves:
            mask = _mask(segmentation.PixelData, at, height, width)
            found.add(_frame(item), mask, f"Frame {at + 1} of the segmentation")


def _is_nerve(found: Gathering, segment: Dataset) -> bool:
    label = str(segment.SegmentLabel)
    if is_nerve(label, found.clip):
        return True
    found.problem(unknown_label(label, f"Segment {segment.SegmentNumber}", found.clip))
    return False


def _segment_number(item: Dataset, segmentation: Dataset) -> int:
    groups = item if "SegmentIdentificationSequence" in item else segmentation.SharedFunctionalGroupsSequence[0]
    return int(groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber)


def _frame(item: Dataset) -> int | None:
    """Give the frame of the clip, from 0; DICOM counts from 1. A still has no number and is frame 0."""
    derived = item.get("DerivationImageSequence")
    if not derived or not derived[0].get("SourceImageSequence"):
        return None
    number = derived[0].SourceImageSequence[0].get("ReferencedFrameNumber", 1)
    return int(number) - 1


def _mask(pixels: bytes, at: int, height: int, width: int) -> Mask:
    # Binary frames follow each other without gaps: one may start in the middle of a byte.
    size = height * width
    first, skipped = divmod(at * size, 8)
    bits = np.frombuffer(pixels[first : first + (skipped + size + 7) // 8], np.uint8)
    frame = np.unpackbits(bits, bitorder="little")[skipped : skipped + size]
    return frame.astype(np.bool_).reshape(height, width)
