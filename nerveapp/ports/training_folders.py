"""Training sets as folders: images, masks, and the people they are of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from nerveapp.domain.annotated_frame import AnnotatedFrame


class TrainingFolders(Protocol):
    """Writes folders with images/, masks/ and groups.csv; `LabelledFolders` reads them."""

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
