"""Reading the frames of a DICOM Segmentation object."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, SegmentationStorage

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Known, Preview
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.json_values import ShapeError
from nerveapp.io.annotation_files.labels import check_one_nerve, is_nerve, unknown_label
from nerveapp.io.readers.dicom_header import DICOM_ERRORS

_HINT = "Export it as a binary DICOM segmentation without compression."
_META_BYTES = 4096


def preview_segmentation(data: bytes, clip: ClipRecord, known: Known) -> Preview:
    """Read a binary segmentation; each frame says which of the clip's frames it is of.

    Raises
    ------
    AnnotationError
        If it is damaged, no segmentation, not binary, or compressed, or the clip is no DICOM file that it could be of.
    """
    # Deflated files are unpacked as a whole before anything else is known of them.
    if str(DeflatedExplicitVRLittleEndian).encode() in data[:_META_BYTES]:
        raise AnnotationError("The DICOM file is compressed as a whole.", _HINT)
    if known.sop_instance_uid is None:
        raise AnnotationError(
            "A DICOM segmentation belongs to the DICOM file it was drawn on, and this clip is none.",
            "Open the DICOM clip, or export the outlines as COCO, NIfTI or PNG masks.",
        )
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
    found.is_ours = segmentation.get("ManufacturerModelName") == "NerveApp"
    height, width = int(segmentation.Rows), int(segmentation.Columns)
    if not found.fits(width, height, "The segmentation"):
        return
    check_one_nerve((str(item.SegmentLabel) for item in segmentation.SegmentSequence), found.clip)
    nerves = {int(item.SegmentNumber) for item in segmentation.SegmentSequence if _is_nerve(found, item)}
    count = int(segmentation.NumberOfFrames)
    groups = segmentation.PerFrameFunctionalGroupsSequence
    if len(groups) != count or len(segmentation.PixelData) * 8 < count * height * width:
        raise AnnotationError("The DICOM segmentation is cut off.", _HINT)
    for at, item in enumerate(groups):
        where = f"Frame {at + 1} of the segmentation"
        if _segment_number(item, segmentation) not in nerves:
            continue
        sources = _sources(item) or _sources(segmentation.get("SharedFunctionalGroupsSequence", [Dataset()])[0])
        try:
            frame = _frame(found, sources)
        except ShapeError as error:
            found.problem(f"{where} {error}.")
            continue
        found.add(frame, _mask(segmentation.PixelData, at, height, width), where)


def _is_nerve(found: Gathering, segment: Dataset) -> bool:
    label = str(segment.SegmentLabel)
    if is_nerve(label, found.clip):
        return True
    found.problem(unknown_label(label, f"Segment {segment.SegmentNumber}", found.clip))
    return False


def _segment_number(item: Dataset, segmentation: Dataset) -> int:
    groups = item if "SegmentIdentificationSequence" in item else segmentation.SharedFunctionalGroupsSequence[0]
    return int(groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber)


def _sources(item: Dataset) -> list[Dataset]:
    derived = item.get("DerivationImageSequence") or []
    return [source for one in derived for source in one.get("SourceImageSequence") or []]


def _frame(found: Gathering, sources: Sequence[Dataset]) -> int | None:
    """Give the frame of the clip, from 0; DICOM counts from 1. A still has no number and is frame 0.

    Raises
    ------
    ShapeError
        If the sources are not of this clip, or several frames of it.
    """
    own = [source for source in sources if source.ReferencedSOPInstanceUID == found.known.sop_instance_uid]
    if not own:
        raise ShapeError("was made from another clip" if sources else "does not name the clip it was made from")
    numbers: set[int] = set()
    for source in own:
        value = source.get("ReferencedFrameNumber")
        values = [] if value is None else [value] if isinstance(value, int) else value
        numbers |= {int(number) for number in values}
    if len(numbers) > 1:
        raise ShapeError(f"is of {len(numbers)} frames at once")
    if not numbers:
        return 0 if found.clip.frame_count == 1 else None
    return numbers.pop() - 1


def _mask(pixels: bytes, at: int, height: int, width: int) -> Mask:
    # Binary frames follow each other without gaps: one may start in the middle of a byte.
    size = height * width
    first, skipped = divmod(at * size, 8)
    bits = np.frombuffer(pixels[first : first + (skipped + size + 7) // 8], np.uint8)
    frame = np.unpackbits(bits, bitorder="little")[skipped : skipped + size]
    return frame.astype(np.bool_).reshape(height, width)
