"""Outlines as a file of another tool: which go in, whom it must not hold, and whom it may identify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.outline_files import Format
from nerveapp.errors import AnnotationError
from nerveapp.ports import AnnotationFiles, AnnotationStore, ModelRegistry
from nerveapp.workflows.annotating.select_annotations import locked_people, select_frames


@dataclass(frozen=True, slots=True)
class OutlineFile:
    """Outlines as a file.

    Parameters
    ----------
    data : bytes
    suffix : str
        Of its name, without the dot.
    count : int
        Outlines in it.
    locked : tuple of str
        Who was left out of a training set, since models are judged on them.
    """

    data: bytes
    suffix: str
    count: int
    locked: tuple[str, ...] = ()


def export_outlines(
    kind: Format,
    *,
    store: AnnotationStore,
    registry: ModelRegistry,
    files: AnnotationFiles,
    rater: str | None = None,
    clip_sha256: str = "",
    adjudicated_only: bool = False,
    source: Path | None = None,
    may_identify: bool = False,
) -> OutlineFile:
    """Write the outlines that count; see `select_annotations.outlines_that_count`.

    Parameters
    ----------
    kind : Format
    store : AnnotationStore
    registry : ModelRegistry
    files : AnnotationFiles
    rater : str, optional
        Whose; of anybody by default.
    clip_sha256 : str
        Of this clip alone; its first digits are enough.
    adjudicated_only : bool
        Leave out frames without an adjudicated outline.
    source : Path, optional
        For `Format.DICOM_SEG`, the DICOM file that they were drawn on.
    may_identify : bool
        Whether such a file may identify the patient, where that one does.

    Raises
    ------
    AnnotationError
        If nothing fits, it cannot be written, or it would identify the patient and may not.
    StoreError
        If outlines cannot be read.
    """
    frames = select_frames(store, rater=rater, clip_sha256=clip_sha256, adjudicated_only=adjudicated_only)
    locked: tuple[str, ...] = ()
    if kind is Format.TRAINING:
        frames, locked = _without_locked(frames, store, registry)
    wanted = source if kind is Format.DICOM_SEG else None
    if wanted is not None and not may_identify and (identity := files.identity_in(wanted)):
        raise AnnotationError(
            f"The file would identify the patient, as its clip does: {', '.join(identity)}.",
            "Allow that (--with-identity) if it is wanted, or take it out of the clip first.",
        )
    data, suffix = files.export(kind, frames, source=wanted)
    return OutlineFile(data, suffix, len(frames), locked)


def _without_locked(
    frames: Sequence[AnnotatedFrame], store: AnnotationStore, registry: ModelRegistry
) -> tuple[list[AnnotatedFrame], tuple[str, ...]]:
    """Leave out those whom models are judged on, and name them: what leaves as a training set must not hold them."""
    locked = set(locked_people(store, registry)) & {one.clip.person for one in frames}
    kept = [one for one in frames if one.clip.person not in locked]
    if not kept:
        raise AnnotationError("All these outlines are locked: models are judged on them.", "Choose other people.")
    return kept, tuple(sorted(locked))
