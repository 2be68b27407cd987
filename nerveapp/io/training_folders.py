"""Training sets as folders of pictures (the `TrainingFolders` port)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.labelled import LabelledImage
from nerveapp.io.annotation_files.training import training_files
from nerveapp.io.atomic import write_bytes
from nerveapp.io.labelled import ignore_remark, read_labelled_folder


class PictureFolders:
    """Writes and reads images and masks as PNG (the `TrainingFolders` port).

    Parameters
    ----------
    versions : tuple of (str, str)
        Software, for the folder's README.txt.
    """

    def __init__(self, versions: tuple[tuple[str, str], ...]) -> None:
        self._versions = versions

    def write(self, frames: Sequence[AnnotatedFrame], folder: Path) -> None:
        """Write frames, one picture after another; see the port."""
        for name, data in training_files(frames, self._versions):
            write_bytes(folder / name, data)

    def read(self, folder: Path, *, on_remark: Callable[[str], None] | None = None) -> list[LabelledImage]:
        """Read all images; see the port."""
        return read_labelled_folder(folder, on_remark=on_remark or ignore_remark)
