"""Several files of outlines chosen at once: they are read as one ZIP of them would be, once each of them can be."""

from __future__ import annotations

from collections.abc import Sequence

from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.imagej_reading import ROI_MAGIC
from nerveapp.io.annotation_files.json_values import is_json
from nerveapp.io.annotation_files.zip_files import LIMITS, pack
from nerveapp.io.mask_decoding import is_picture
from nerveapp.io.readers.content import HEAD_BYTES, Kind, recognise_head

KINDS_READ = "Masks as pictures, COCO, LabelMe, NIfTI, DICOM segmentations and ImageJ ROI sets are read."

_PICTURE, _JSON, _ROI = "picture", "JSON", "ImageJ ROI"
_TOGETHER = (frozenset({_PICTURE, _JSON}), frozenset({Kind.NIFTI.value, _JSON}))
"""LabelMe and COCO lie beside the pictures they are of, and NIfTI beside what tells its frames."""


def packed(files: Sequence[tuple[str, bytes]]) -> bytes:
    """Pack (name, content) pairs into one ZIP.

    Raises
    ------
    AnnotationError
        If one of them would not be read beside the others, or they are too large.
    """
    if sum(len(content) for _, content in files) > LIMITS.max_bytes:
        raise AnnotationError("The files are too large for files of outlines.", "Import them in parts.")
    kinds = {name: _kind(content) for name, content in files}
    unknown = [name for name, kind in kinds.items() if not kind]
    if unknown:
        verb = "holds" if len(unknown) == 1 else "hold"
        raise AnnotationError(
            f"{_listed(unknown)} {verb} no outlines that are known here.", f"Leave out what holds none. {KINDS_READ}"
        )
    several = frozenset(kinds.values())
    if Kind.ZIP.value in several:
        raise AnnotationError("A ZIP was chosen together with other files.", "Import each ZIP by itself.")
    if len(several) > 1 and several not in _TOGETHER:
        raise AnnotationError(
            f"The files are of several kinds: {_listed([f'{name} ({kind})' for name, kind in kinds.items()])}.",
            "Import one kind at a time.",
        )
    return pack(files)


def _kind(content: bytes) -> str:
    """Name what a file is, as far as it can be one of outlines; "" where it cannot."""
    head = content[:HEAD_BYTES]
    if head.startswith(ROI_MAGIC):
        return _ROI
    if is_picture(content):
        return _PICTURE
    if is_json(head):
        return _JSON
    kind = recognise_head(head)
    return kind.value if kind in (Kind.ZIP, Kind.NIFTI, Kind.DICOM) else ""


def _listed(names: Sequence[str], most: int = 6) -> str:
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
