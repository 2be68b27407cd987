"""Files of outlines, as the use cases need them (the `AnnotationFiles` port)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Format, Known, Preview
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import Versions, export, identity_in, preview, sop_instance_uid, source_header
from nerveapp.io.annotation_files.several_files import packed


class VersionedAnnotationFiles:
    """Writes and reads files of outlines.

    Parameters
    ----------
    versions : tuple of (str, str)
        Software and its versions, written into the files.
    """

    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    def export(self, fmt: Format, frames: Sequence[AnnotatedFrame], *, source: Path | None = None) -> tuple[bytes, str]:
        """Write chosen outlines; see the port."""
        header = None
        if source is not None and frames:
            header = source_header(source, sha256=frames[0].clip.sha256)
        return export(fmt, frames, self._versions, source=header)

    def preview(self, files: Sequence[tuple[str, bytes]], *, clip: ClipRecord, known: Known) -> Preview:
        """Read what files hold for a clip; see the port."""
        if not files:
            raise AnnotationError("No file is given.", "Choose at least one.")
        if len(files) == 1:
            name, data = files[0]
        else:
            name, data = "the files", packed(files)
        return preview(data, name=name, clip=clip, known=known)

    def identity_in(self, source: Path) -> tuple[str, ...]:
        """Name what a segmentation would tell of the person; see the port."""
        return identity_in(source_header(source))

    def sop_instance_uid(self, paths: Sequence[Path]) -> str | None:
        """Read which DICOM object a clip's files are; see the port."""
        return sop_instance_uid(paths)
