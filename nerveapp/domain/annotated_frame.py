"""A frame with the outline that counts for it, as it leaves for files and training."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.annotation import Annotation, ClipRecord
from nerveapp.domain.clip import Image


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """One frame: its clip, the outline chosen for it, and its picture.

    Parameters
    ----------
    clip : ClipRecord
    annotation : Annotation
        Of a frame of this clip.
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
        The frame on the source grid.
    """

    clip: ClipRecord
    annotation: Annotation
    image: Image

    def __post_init__(self) -> None:
        size = (self.clip.height, self.clip.width)
        if self.annotation.clip_sha256 != self.clip.sha256:
            raise ValueError("expected an annotation of this clip")
        if self.annotation.mask.size != size or self.image.shape[:2] != size:
            raise ValueError(
                f"expected image and mask of {size}, got {self.image.shape} and {self.annotation.mask.size}"
            )

    @property
    def frame(self) -> int:
        """Index of the decoded frame."""
        return self.annotation.frame
