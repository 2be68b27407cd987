"""A frame with the outline that counts for it, as it leaves for files and training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nerveapp.domain.annotation import Annotation, ClipRecord
from nerveapp.domain.clip import Image


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """One frame: its clip, the outline chosen for it, and where its picture is.

    Thousands of them are small; their pictures are read one after another, by what needs them.

    Parameters
    ----------
    clip : ClipRecord
    annotation : Annotation
        Of a frame of this clip.
    read : callable
        Reads the frame's pixels on the source grid, uint8, (H, W) or (H, W, 3) RGB; may raise StoreError.
    """

    clip: ClipRecord
    annotation: Annotation
    read: Callable[[], Image]

    def __post_init__(self) -> None:
        if self.annotation.clip_sha256 != self.clip.sha256:
            raise ValueError("expected an annotation of this clip")
        if self.annotation.mask.size != (self.clip.height, self.clip.width):
            raise ValueError(f"expected a mask of the clip's size, got {self.annotation.mask.size}")

    @property
    def frame(self) -> int:
        """Index of the decoded frame."""
        return self.annotation.frame

    def image(self) -> Image:
        """Read the picture, anew each time.

        Raises
        ------
        StoreError
            If it is no longer there, or is damaged.
        ValueError
            If it is of another size than the clip.
        """
        image = self.read()
        if image.shape[:2] != self.annotation.mask.size:
            raise ValueError(f"expected an image of {self.annotation.mask.size}, got {image.shape}")
        return image
