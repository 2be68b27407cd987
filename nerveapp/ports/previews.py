"""Where the videos that the player shows are kept, and what writes them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from nerveapp.domain.clip import ClipInfo, Image


class PreviewVideo(Protocol):
    """A preview being written."""

    def add(self, image: Image, time_s: float) -> None:
        """Append a frame of the preview's size, shown from a time on."""
        ...


class Previews(Protocol):
    """Videos of clips that a browser plays and can jump about in, one a clip.

    Raises
    ------
    StoreError, WriteError
        By every method: if they cannot be read or written now.
    """

    def has(self, clip_sha256: str) -> bool:
        """Whether a clip's is kept."""
        ...

    def writing(self, clip: ClipInfo) -> AbstractContextManager[PreviewVideo]:
        """Write a clip's, in the size that `preview_size` says; it is kept when the block ends well, or not at all."""
        ...

    def read(self, clip_sha256: str) -> bytes:
        """Give a clip's, as MP4; raises StoreError if there is none."""
        ...
