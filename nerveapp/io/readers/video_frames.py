"""A decoded video frame as an upright picture, and its time."""

from __future__ import annotations

import math
from fractions import Fraction

import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from nerveapp.domain.clip import Image
from nerveapp.errors import ClipError
from nerveapp.io.readers.upright import Orientation, orientation_of

_GREY_FORMATS = ("gray", "mono", "ya")
_WITH_ALPHA = ("bgra", "rgba", "argb", "abgr")


class Clock:
    """Seconds from the first frame, from the container's timestamps.

    Parameters
    ----------
    stream : VideoStream
    constant : bool
        Whether the container's timestamps are not those of showing, so that frames are counted at its rate.
    """

    def __init__(self, stream: VideoStream, *, constant: bool = False) -> None:
        self._constant = constant
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate
        self.step_s = float(1 / rate) if rate else 1.0
        self._first: Fraction | None = None
        self._last_s = -self.step_s

    @property
    def start_s(self) -> float:
        """The first frame's own timestamp; 0 before it, and without one."""
        return max(float(self._first or 0), 0.0)

    def seconds(self, frame: VideoFrame) -> float:
        """Give a frame's time; frames are asked for in their order, and time never runs backwards."""
        stamp = frame.pts * frame.time_base if frame.pts is not None and frame.time_base else None
        self._first = stamp if self._first is None else self._first
        if self._constant or stamp is None or self._first is None:
            seconds = self._last_s + self.step_s
        else:
            seconds = float(stamp - self._first)
            if seconds < self._last_s - self.step_s:  # recordings put end to end, each of which starts anew
                seconds = self._last_s + self.step_s
                self._first = stamp - Fraction(seconds)
        self._last_s = max(seconds if math.isfinite(seconds) else 0.0, self._last_s, 0.0)
        return self._last_s


class Pixels:
    """Upright 8-bit pixels of frames; keeps one converter, which is costly to set up.

    Parameters
    ----------
    on_black : bool
        Whether what is transparent is black: a GIF tells no colour of it.
    """

    def __init__(self, *, on_black: bool = False) -> None:
        self._on_black = on_black
        self._reformatter = VideoReformatter()
        self._turned: tuple[int, Orientation] | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the user, after a frame."""
        if self._turned is None or self._turned[1] is not Orientation.SKEWED:
            return ()
        return ("The file asks for a rotation that is not a quarter turn; it was not applied.",)

    def of(self, frame: VideoFrame) -> Image:
        """Give a frame's pixels, (H, W) or (H, W, 3) RGB.

        Raises
        ------
        ClipError
            If they are of a kind that cannot be converted.
        """
        target = "gray" if frame.format.name.startswith(_GREY_FORMATS) else "rgb24"
        layered = self._on_black and frame.format.name in _WITH_ALPHA
        try:
            image = self._reformatter.reformat(frame, format="rgba" if layered else target).to_ndarray()
        except (av.error.FFmpegError, ValueError) as error:
            raise ClipError(
                f"Pixels of format {frame.format.name} cannot be converted.",
                "Check that it plays, and export it again as MP4 (H.264).",
            ) from error
        if layered:
            image = np.where(image[..., 3:] > 0, image[..., :3], np.uint8(0))
        return np.ascontiguousarray(self._orientation(frame).turn(np.asarray(image, dtype=np.uint8)))

    def _orientation(self, frame: VideoFrame) -> Orientation:
        # A frame and its side data hold each other, and only the collector frees such a pair, with all its pixels:
        # they are asked for where the angle, which costs nothing, is another than before.
        if self._turned is None or self._turned[0] != frame.rotation:
            self._turned = (frame.rotation, orientation_of(frame))
        return self._turned[1]
