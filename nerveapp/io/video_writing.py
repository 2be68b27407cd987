"""Writing H.264 videos that browsers play."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.errors import WriteError
from nerveapp.io.atomic import replacing

TIME_BASE = Fraction(1, 90_000)
"""Fine enough for any frame rate, and every container's own choice for video."""


class VideoWriter:
    """An MP4 being written, one frame after another. Made by `writing_video`."""

    def __init__(self, container: av.container.OutputContainer, stream: av.VideoStream) -> None:
        self._container = container
        self._stream = stream
        self._last = -1

    def add(self, image: npt.NDArray[np.uint8], time_s: float) -> None:
        """Append a frame.

        Parameters
        ----------
        image : ndarray of uint8, (H, W) or (H, W, 3) RGB
            Odd sizes are padded at the right and the bottom: H.264 stores colour at half resolution.
        time_s : float
            Presentation time from the first frame; later than the previous one's, else it is moved just behind.
        """
        even = _padded_to_even(image)
        frame = av.VideoFrame.from_ndarray(even, format="gray" if even.ndim == 2 else "rgb24")
        self._last = max(self._last + 1, round(time_s / TIME_BASE))
        frame.pts = self._last
        frame.time_base = TIME_BASE
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        for packet in self._stream.encode():
            self._container.mux(packet)


@contextmanager
def writing_video(
    path: Path, *, width: int, height: int, frame_rate: float, scrubbable: bool = False, quality: int = 20
) -> Iterator[VideoWriter]:
    """Write an MP4 (H.264, yuv420p) whole or not at all.

    Parameters
    ----------
    path : Path
        Becomes the video when all frames are in.
    width, height : int
        Size of the frames in pixels.
    frame_rate : float
        Nominal frames per second; the true times are those given with the frames.
    scrubbable : bool
        Every frame decodes by itself (all-intra, fast to make and to seek, larger).
    quality : int
        Constant rate factor of x264; lower is better.

    Raises
    ------
    WriteError
        If the video cannot be written.
    """
    options = {"crf": str(quality), "preset": "ultrafast" if scrubbable else "veryfast"}
    if scrubbable:
        options |= {"g": "1", "keyint": "1", "tune": "zerolatency"}
    try:
        with replacing(path) as temporary, av.open(str(temporary), "w", options={"movflags": "faststart"}) as container:
            stream = container.add_stream("libx264", rate=Fraction(frame_rate).limit_denominator(1000), options=options)
            stream.width, stream.height = width + width % 2, height + height % 2
            stream.pix_fmt = "yuv420p"
            stream.thread_count = 1  # the other cores outline the next frames
            stream.codec_context.time_base = TIME_BASE
            video = VideoWriter(container, stream)
            yield video
            video.finish()
    except av.error.FFmpegError as error:
        raise WriteError(
            f"{path.name} cannot be written: {error.strerror}.", "Free some space and try again."
        ) from error


def _padded_to_even(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = image.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return np.ascontiguousarray(image)
    padded = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return np.asarray(padded, np.uint8)
