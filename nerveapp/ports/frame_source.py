"""Single frames of a clip at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nerveapp.domain.clip import Clip, Image


class FrameSource(Protocol):
    """Frames of one clip, fetched by number without decoding the clip each time."""

    @property
    def clip(self) -> Clip:
        """The clip."""
        ...

    def png(self, index: int, *, soon: Sequence[int] = ()) -> bytes:
        """Give a frame as PNG.

        Parameters
        ----------
        index : int
        soon : sequence of int
            Frames that will be asked for: one pass over the clip fetches them all.

        Raises
        ------
        ClipError
            If the clip can no longer be read, or its frames cannot be kept.
        ValueError
            If it has no such frame.
        """
        ...

    def image(self, index: int) -> Image:
        """Give a frame's pixels, (H, W) or (H, W, 3) RGB."""
        ...
