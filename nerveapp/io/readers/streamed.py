"""The one implementation of the `Clip` protocol: a description and a way to start reading."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from typing import TypeAlias

from nerveapp.domain.clip import ClipInfo, Frame, Image
from nerveapp.errors import ClipError

TimedImage: TypeAlias = tuple[float, Image]
"""Presentation time in seconds from the first frame, and the pixels."""


class StreamedClip:
    """A clip that is decoded anew, one frame at a time, on every call of `frames`.

    Parameters
    ----------
    info : ClipInfo
        What is known of the clip.
    read : callable
        Starts decoding from the first frame: yields (time in s, image), in presentation order, and raises ClipError
        where it cannot go on.
    """

    def __init__(self, info: ClipInfo, read: Callable[[], Iterator[TimedImage]]) -> None:
        self._info = info
        self._read = read
        self._truncation: str | None = None

    @property
    def info(self) -> ClipInfo:
        """What is known without decoding all frames."""
        return self._info

    @property
    def truncation(self) -> str | None:
        """After `frames` has been exhausted: why decoding ended early, in words, or None if it was complete."""
        return self._truncation

    def frames(self) -> Generator[Frame]:
        """Decode the frames in presentation order.

        Yields
        ------
        Frame
            uint8 images of (H, W) or (H, W, 3) with H and W as in `info`.

        Raises
        ------
        ClipError
            If not a single frame can be decoded.
        """
        self._truncation = None
        count = 0
        try:
            for time_s, image in self._read():
                self._check(count, time_s, image)
                yield Frame(count, time_s, image)
                count += 1
        except ClipError as error:
            if count == 0:
                raise
            self._truncation = stopped_after(count, self._info, error.message)
            return
        self._check_count(count)

    def _check(self, index: int, time_s: float, image: Image) -> None:
        if not math.isfinite(time_s):
            raise ClipError(f"The time of frame {index + 1} is no number.", "Export the clip again.")
        height, width = image.shape[:2]
        if (width, height) != (self._info.width, self._info.height):
            raise ClipError(
                f"Frame {index + 1} is {width} x {height} px, not {self._info.width} x {self._info.height} px.",
                "Export the clip with one frame size throughout.",
            )

    def _check_count(self, count: int) -> None:
        if count == 0:
            raise ClipError("The file holds no frames.", "Export the clip again and check that it plays.")
        announced = self._info.frame_count
        if announced is not None and count < announced:
            self._truncation = stopped_after(count, self._info, "The file ends early.")


def stopped_after(count: int, info: ClipInfo, reason: str) -> str:
    """Report after how many frames decoding ended early, and why; `reason` is a sentence."""
    progress = f"{count}" if info.frame_count is None else f"{count} of {info.frame_count} announced"
    return f"Decoding stopped after frame {progress}: {reason[:1].lower()}{reason[1:]}"


def first_image(read: Callable[[], Iterator[TimedImage]]) -> Image:
    """Decode the first frame only, so that a bad file is refused when it is opened.

    Returns
    -------
    ndarray of uint8, (H, W) or (H, W, 3)

    Raises
    ------
    ClipError
        If there is none.
    """
    images = read()
    try:
        _, image = next(images)
    except StopIteration:
        raise ClipError("The file holds no frames.", "Export the clip again and check that it plays.") from None
    finally:
        # Started generators hold the file open until they are closed.
        if hasattr(images, "close"):
            images.close()
    return image
