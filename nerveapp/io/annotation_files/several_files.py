"""Several files of outlines chosen at once: they are read as one ZIP of them would be, once each of them can be."""

from __future__ import annotations

from collections.abc import Sequence

from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.kinds import KINDS_READ, OutlineKind, kind_of
from nerveapp.io.annotation_files.zip_files import LIMITS, pack

_TOGETHER = (
    frozenset({OutlineKind.PICTURE, OutlineKind.JSON}),
    frozenset({OutlineKind.NIFTI, OutlineKind.JSON}),
)
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
    kinds = {name: kind_of(content) for name, content in files}
    unknown = [name for name, kind in kinds.items() if kind is None]
    if unknown:
        verb = "holds" if len(unknown) == 1 else "hold"
        raise AnnotationError(
            f"{_listed(unknown)} {verb} no outlines that are known here.", f"Leave out what holds none. {KINDS_READ}"
        )
    several = frozenset(kinds.values())
    if OutlineKind.ZIP in several:
        raise AnnotationError("A ZIP was chosen together with other files.", "Import each ZIP by itself.")
    if len(several) > 1 and several not in _TOGETHER:
        raise AnnotationError(
            f"The files are of several kinds: {_listed([f'{name} ({kind})' for name, kind in kinds.items()])}.",
            "Import one kind at a time.",
        )
    return pack(files)


def _listed(names: Sequence[str], most: int = 6) -> str:
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
