"""Single frames of a clip at hand: decoded in order once, kept on disk without loss."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nerveapp.analysis.pictures import image_of, png_of
from nerveapp.domain.clip import Clip, Image
from nerveapp.errors import ClipError, WriteError
from nerveapp.io.atomic import write_bytes

_AROUND = 12
"""Neighbours that are kept along with a frame: the next one asked for is mostly one of them."""


class FrameCache:
    """Frames of one clip, fetched by number (the `FrameSource` port).

    Parameters
    ----------
    clip : Clip
    folder : Path
        Where they are kept; belongs to the session and goes with it.
    """

    def __init__(self, clip: Clip, folder: Path) -> None:
        self.clip = clip
        self._folder = folder / "frames"

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
            If the clip can no longer be read, or the disk refuses its frames.
        ValueError
            If it has no such frame.
        """
        path = self._path(index)
        if not path.exists():
            wanted = {*soon, *range(index - _AROUND, index + _AROUND + 1)}
            try:
                self._fetch(wanted, last=max((index + _AROUND, *soon)))
            except WriteError as error:
                raise ClipError(
                    f"The clip's frames cannot be kept: {error.message}", "Free some space on the server and try again."
                ) from error
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise ValueError(f"expected a frame of the clip, got {index}") from error
        except OSError as error:
            raise ClipError(f"A frame cannot be read: {error.strerror}.", "Open the clip again.") from error

    def image(self, index: int) -> Image:
        """Give a frame's pixels, (H, W) or (H, W, 3) RGB."""
        return image_of(self.png(index))

    def _fetch(self, wanted: set[int], *, last: int) -> None:
        for frame in self.clip.frames():
            if frame.index in wanted and not self._path(frame.index).exists():
                # Whole or not at all: another run of the page may be reading.
                write_bytes(self._path(frame.index), png_of(frame.image, fast=True))
            if frame.index >= last:
                return

    def _path(self, index: int) -> Path:
        return self._folder / f"{index:07d}.png"
