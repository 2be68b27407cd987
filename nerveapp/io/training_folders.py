"""Training sets as folders of pictures (the `TrainingFolders` port)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.io.annotation_files.training import training_files
from nerveapp.io.atomic import write_bytes


class PictureFolders:
    """Writes images and masks as PNG (the `TrainingFolders` port).

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
