"""What a file of outlines is, told by its first bytes."""

from __future__ import annotations

from enum import StrEnum

from nerveapp.io.annotation_files.imagej_reading import ROI_MAGIC
from nerveapp.io.annotation_files.json_values import is_json
from nerveapp.io.mask_decoding import is_picture
from nerveapp.io.readers.content import HEAD_BYTES, Kind, recognise_head

KINDS_READ = "Masks as pictures, COCO, LabelMe, NIfTI, DICOM segmentations and ImageJ ROI sets are read."


class OutlineKind(StrEnum):
    """The kinds of file that may hold outlines, by the names that people read."""

    ROI = "ImageJ ROI"
    PICTURE = "picture"
    JSON = "JSON"
    ZIP = Kind.ZIP.value
    NIFTI = Kind.NIFTI.value
    DICOM = Kind.DICOM.value


def kind_of(content: bytes) -> OutlineKind | None:
    """Tell what a file is, as far as it can be one of outlines; None where it cannot.

    Parameters
    ----------
    content : bytes
        All of it, or its first `HEAD_BYTES`.
    """
    head = content[:HEAD_BYTES]
    if head.startswith(ROI_MAGIC):
        return OutlineKind.ROI
    if is_picture(head):
        return OutlineKind.PICTURE
    if is_json(head):
        return OutlineKind.JSON
    found = recognise_head(head)
    return OutlineKind(found.value) if found in (Kind.ZIP, Kind.NIFTI, Kind.DICOM) else None
