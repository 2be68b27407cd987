"""Outlines as files of other tools."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Format, Known, Preview


class AnnotationFiles(Protocol):
    """Writes outlines as files, and reads them from files."""

    def export(self, fmt: Format, frames: Sequence[AnnotatedFrame], *, source: Path | None = None) -> tuple[bytes, str]:
        """Write chosen outlines.

        Parameters
        ----------
        fmt : Format
        frames : sequence of AnnotatedFrame
            One annotation per frame; of one clip for NIfTI, DICOM and ImageJ.
        source : Path, optional
            The DICOM file that the clip came from, for `Format.DICOM_SEG`.

        Returns
        -------
        data : bytes
        suffix : str
            Such as "zip", without its dot.

        Raises
        ------
        AnnotationError
            If these frames cannot be written in this format, or `source` is another clip's file.
        """
        ...

    def preview(self, files: Sequence[tuple[str, bytes]], *, clip: ClipRecord, known: Known) -> Preview:
        """Read what files hold for a clip; what they are is told by their content.

        Parameters
        ----------
        files : sequence of (str, bytes)
            Name and content of each; several, such as masks, are read together as if they were packed in a ZIP.
        clip : ClipRecord
        known : Known
            What is known beside the record, and what a person answered to `Preview.asks`.

        Raises
        ------
        AnnotationError
            If they cannot be read at all.
        """
        ...

    def identity_in(self, source: Path) -> tuple[str, ...]:
        """Name what a segmentation of a DICOM clip would tell of the person, such as "Patient's Name".

        Raises
        ------
        AnnotationError
            If it is no DICOM file.
        """
        ...

    def sop_instance_uid(self, paths: Sequence[Path]) -> str | None:
        """Read which DICOM object a clip's files are; None where they are no single DICOM file that says so."""
        ...
