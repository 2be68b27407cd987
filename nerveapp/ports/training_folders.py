"""Training sets as folders: images, masks, and the people they are of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.labelled import LabelledImage


class TrainingFolders(Protocol):
    """Writes and reads folders with images/, masks/ and groups.csv."""

    def write(self, frames: Sequence[AnnotatedFrame], folder: Path) -> None:
        """Write frames of one clip or several.

        Raises
        ------
        AnnotationError
            If there is nothing to write, or a frame twice.
        WriteError
            If the disk is full or cannot be written to.
        """
        ...

    def read(self, folder: Path, *, on_remark: Callable[[str], None] | None = None) -> list[LabelledImage]:
        """Read all images with their masks and people.

        Parameters
        ----------
        folder : Path
        on_remark : callable, optional
            Given a line about how something was read, where that is not plain.

        Raises
        ------
        DataError
            If the folder lacks images, or an image lacks its mask or its person, or one of them cannot be read.
        """
        ...
