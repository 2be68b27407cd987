"""What a file of outlines is, told by its first bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from nerveapp.errors import AnnotationError
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


_TOGETHER = (
    frozenset({OutlineKind.PICTURE, OutlineKind.JSON}),
    frozenset({OutlineKind.NIFTI, OutlineKind.JSON}),
)
"""LabelMe and COCO lie beside the pictures they are of, and NIfTI beside what tells its frames."""


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


def check_kinds(kinds: Mapping[str, OutlineKind]) -> None:
    """Refuse files of several kinds, by their names, of which some would be passed over.

    Raises
    ------
    AnnotationError
    """
    several = frozenset(kinds.values())
    if OutlineKind.ZIP in several:
        raise AnnotationError("A ZIP lies among the files, or in the ZIP.", "Import each ZIP by itself.")
    if len(several) > 1 and several not in _TOGETHER:
        firsts: dict[OutlineKind, str] = {}
        for name, kind in kinds.items():
            firsts.setdefault(kind, f"{name} ({kind})")
        raise AnnotationError(
            f"There are files of several kinds: {listed(list(firsts.values()))}.", "Import one kind at a time."
        )


def listed(names: Sequence[str], most: int = 6) -> str:
    """Join names, the first ones where they are many."""
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
