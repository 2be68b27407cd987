"""Reading the frames of a DICOM Segmentation object."""

from __future__ import annotations

import io
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, SegmentationStorage

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Known, Preview
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.json_values import ShapeError
from nerveapp.io.annotation_files.labels import check_one_nerve, is_nerve, unknown_label
from nerveapp.io.readers.dicom_header import DICOM_ERRORS

_HINT = "Export it as a binary DICOM segmentation without compression."
_META_BYTES = 4096
_LABEL_MAP_STORAGE = "1.2.840.10008.5.1.4.1.1.66.7"


def preview_segmentation(data: bytes, clip: ClipRecord, known: Known) -> Preview:
    """Read a binary segmentation or a label map; each frame says which of the clip's frames it is of.

    Raises
    ------
    AnnotationError
        If it is damaged, no segmentation, one of probabilities, or compressed, or the clip is no DICOM file that it
        could be of.
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
    if segmentation.get("SOPClassUID") not in (SegmentationStorage, _LABEL_MAP_STORAGE):
        raise AnnotationError("The DICOM file is no segmentation.", "Choose the segmentation, not the clip.")
    is_map, bits = segmentation.SegmentationType == "LABELMAP", int(segmentation.BitsAllocated)
    known = bits in ((8, 16) if is_map else (1, 8)) and (is_map or segmentation.SegmentationType == "BINARY")
    if not known or segmentation.file_meta.TransferSyntaxUID.is_compressed:
        raise AnnotationError("The DICOM segmentation is compressed, or neither binary nor a label map.", _HINT)
    found.is_ours = segmentation.get("ManufacturerModelName") == "NerveApp"
    height, width = int(segmentation.Rows), int(segmentation.Columns)
    if not found.fits(width, height, "The segmentation"):
        return
    # In a label map 0 is the background, which may be listed as a segment.
    segments = [item for item in segmentation.SegmentSequence if int(item.SegmentNumber) > 0]
    check_one_nerve((str(item.SegmentLabel) for item in segments), found.clip)
    nerves = {int(item.SegmentNumber): str(item.SegmentLabel) for item in segments if _is_nerve(found, item)}
    labelled: defaultdict[int, list[str]] = defaultdict(list)
    count = int(segmentation.NumberOfFrames)
    groups = segmentation.PerFrameFunctionalGroupsSequence
    if len(groups) != count or len(segmentation.PixelData) * 8 < count * height * width * bits:
        raise AnnotationError("The DICOM segmentation is cut off.", _HINT)
    for at, item in enumerate(groups):
        where = f"Frame {at + 1} of the segmentation"
        number = 0 if is_map else _segment_number(item, segmentation)
        if not is_map and number not in nerves:
            continue
        sources = _sources(item) or _sources(segmentation.get("SharedFunctionalGroupsSequence", [Dataset()])[0])
        try:
            frame = _frame(found, sources)
        except ShapeError as error:
            found.problem(f"{where} {error}.")
            continue
        values = _values(segmentation, at, bits, (height, width))
        there = {int(one) for one in np.unique(values)} if is_map else {number} if values.any() else set()
        if frame is not None:
            labelled[frame] += [label for one, label in nerves.items() if one in there]
        found.add(frame, np.isin(values, list(nerves)) if is_map else values > 0, where)
    found.check_sides(labelled)


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


def _values(segmentation: Dataset, at: int, bits: int, shape: tuple[int, int]) -> npt.NDArray[np.unsignedinteger[Any]]:
    """Give the values of a frame; of one bit each, or wider as some programs store those of 0 and 1, too."""
    pixels, size = segmentation.PixelData, math.prod(shape)
    if bits > 1:
        order = "<" if segmentation.file_meta.TransferSyntaxUID.is_little_endian else ">"
        return np.frombuffer(pixels, f"{order}u{bits // 8}", size, at * size * bits // 8).reshape(shape)
    # Frames of single bits follow each other without gaps: one may start in the middle of a byte.
    first, skipped = divmod(at * size, 8)
    packed = np.frombuffer(pixels[first : first + (skipped + size + 7) // 8], np.uint8)
    return np.unpackbits(packed, bitorder="little")[skipped : skipped + size].reshape(shape)
