"""Stand-in for the port of this name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.errors import AnnotationError


@dataclass
class FakeTrainingFolders:
    """Keeps what was written into which folder."""

    written: dict[Path, tuple[AnnotatedFrame, ...]] = field(default_factory=dict)

    def write(self, frames: Sequence[AnnotatedFrame], folder: Path) -> None:
        if not frames:
            raise AnnotationError("There is nothing to write.", "Choose outlines.")
        self.written[folder] = tuple(frames)
