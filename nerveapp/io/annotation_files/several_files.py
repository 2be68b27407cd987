"""Several files of outlines chosen at once: they are read as one ZIP of them would be, once each of them can be."""

from __future__ import annotations

from collections.abc import Sequence

from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.kinds import KINDS_READ, check_kinds, kind_of, listed
from nerveapp.io.annotation_files.zip_files import LIMITS, pack


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
            f"{listed(unknown)} {verb} no outlines that are known here.", f"Leave out what holds none. {KINDS_READ}"
        )
    check_kinds({name: kind for name, kind in kinds.items() if kind is not None})
    return pack(files)
