"""Video files through FFmpeg (PyAV)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from nerveapp.domain.clip import ClipInfo, Image
from nerveapp.errors import ClipError
from nerveapp.io.readers.hashing import sha256_of
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.streamed import StreamedClip, TimedImage, first_image
from nerveapp.io.readers.upright import Orientation, orientation_of
from nerveapp.io.readers.video_ending import is_cut_off, looks_like_video
from nerveapp.io.readers.video_naming import format_name

# Playlists and scripts that FFmpeg also "opens" could make it read other files or addresses.
_CONTAINERS = (
    "mov,avi,matroska,webm,gif,mpeg,mpegts,mpegvideo,asf,flv,ogg,h264,hevc,m4v,mjpeg,ivf,dv,nut,mxf,yuv4mpegpipe,wtv"
    ",mp3,wav,flac,aac"  # recognised so that a recording without pictures is called by its name
)
_THREADS = 4  # fixed, so that a damaged file ends at the same frame on every machine
_PLAYS_HINT = "Check that it plays, and export it again as MP4 (H.264)."
_GREY_FORMATS = ("gray", "mono", "ya")


def open_video(path: Path, name: str, limits: ReadLimits) -> StreamedClip:
    """Open a video file (MP4, MOV, AVI, MKV, WebM, GIF and what else FFmpeg can decode).

    Raises
    ------
    ClipError
        If it is no video, has no pictures (audio only), or its first frame cannot be decoded.
    """
    with _opened(path) as container:
        stream = _prepared_stream(container, limits)
        announced = _announced_frames(stream)
        notes = _aspect_notes(stream)
        label = format_name(container, stream, path)
        first = _first_frame(container, stream)
        limits.check_frame(first.width, first.height)
        timed = first.pts is not None and bool(first.time_base)
        height, width = _Pixels().of(first).shape[:2]
        if orientation_of(first) is Orientation.SKEWED:
            notes = (*notes, "The file asks for a rotation that is not a quarter turn; it was not applied.")
    info = ClipInfo(name, sha256_of([path]), label, width, height, announced, timed=timed, notes=notes)
    clip = StreamedClip(info, lambda: _timed_images(path, limits))
    if is_cut_off(path):
        first_image(lambda: _timed_images(path, limits))
    return clip


def _timed_images(path: Path, limits: ReadLimits) -> Iterator[TimedImage]:
    with _opened(path) as container:
        stream = _prepared_stream(container, limits)
        clock = _Clock(stream)
        pixels = _Pixels()
        frames = _decoded(container, stream)
        cut_off = is_cut_off(path)
        if cut_off and container.format.name == "gif":
            frames = _without_last(frames)  # its decoder passes a half picture off as whole
        for frame in frames:
            yield clock.seconds(frame), pixels.of(frame)
    if cut_off:
        raise ClipError("The file ends early.", _PLAYS_HINT)


def _without_last(frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    for frame, _ in pairwise(frames):
        yield frame


def _opened(path: Path) -> InputContainer:
    try:
        # "file:" keeps FFmpeg from taking a colon in the name for a protocol.
        return av.open(
            f"file:{path}", "r", container_options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
        )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if looks_like_video(path):
            raise ClipError("The video is damaged or cut off and cannot be opened.", _PLAYS_HINT) from error
        raise ClipError(
            "This is not a clip NerveApp can read.",
            "Choose a video (MP4, MOV, AVI, MKV, WebM, GIF), a DICOM, TIFF or NIfTI file, or stills.",
        ) from error


def _prepared_stream(container: InputContainer, limits: ReadLimits) -> VideoStream:
    """Pick the moving picture (a cover picture is none) and set its decoder up."""
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams and container.streams.audio:
        raise ClipError("This recording has sound but no picture.", "Choose the ultrasound clip itself.")
    if not streams:
        raise ClipError("This file has no picture.", "Choose the ultrasound clip itself.")
    stream = streams[0]
    codec = stream.codec_context
    if codec is None:
        raise ClipError("The video is in a code this version cannot decode.", _PLAYS_HINT)
    if codec.width and codec.height:
        limits.check_frame(codec.width, codec.height)
    codec.options = {"max_pixels": str(limits.max_pixels)}  # also guards a size change in mid-stream
    codec.thread_count = _THREADS
    stream.thread_type = "AUTO"
    return stream


def _announced_frames(stream: VideoStream) -> int | None:
    if not stream.frames:
        return None
    # An edit list hides frames that the track still counts.
    hidden = sum(1 for entry in stream.index_entries if entry.is_discard)
    return max(stream.frames - hidden, 0) or None


def _aspect_notes(stream: VideoStream) -> tuple[str, ...]:
    aspect = stream.sample_aspect_ratio
    if not aspect or aspect == 1:
        return ()
    return (f"The file announces pixels that are not square (width to height {aspect}); they are not resampled.",)


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    for frame in _decoded(container, stream):
        return frame
    raise ClipError("The video holds no frames.", _PLAYS_HINT)


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield whole frames; damage before the first one is skipped, later damage ends the clip with a ClipError."""
    started = False
    damage: av.error.FFmpegError | None = None
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError as error:
                damage = error
                if not started:
                    continue
                yield from _delayed_frames(stream, packet.pts)
                raise
            for frame in frames:
                if not frame.is_corrupt:
                    started = True
                    yield frame
                elif started:
                    raise ClipError("The picture data are damaged or cut off.", _PLAYS_HINT)
    except av.error.FFmpegError as error:
        raise ClipError(f"The data are damaged or cut off ({_reason(error)}).", _PLAYS_HINT) from error
    if not started and damage is not None:
        raise ClipError(f"No frame of the video can be decoded ({_reason(damage)}).", _PLAYS_HINT) from damage


def _delayed_frames(stream: VideoStream, before_pts: int | None) -> list[VideoFrame]:
    """Take out of the decoder what it still holds from before the damaged packet."""
    try:
        held = stream.codec_context.decode(None)
    except av.error.FFmpegError:
        return []
    if before_pts is None:
        return []
    return [frame for frame in held if not frame.is_corrupt and frame.pts is not None and frame.pts < before_pts]


def _reason(error: av.error.FFmpegError) -> str:
    # Only the library's words: its full text repeats the path of the file.
    return (error.strerror or "unknown error").rstrip(".").lower()


class _Clock:
    """Seconds from the first frame, from the container's timestamps."""

    def __init__(self, stream: VideoStream) -> None:
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate
        self._step_s = float(1 / rate) if rate else 1.0
        self._first: Fraction | None = None
        self._last_s = -self._step_s

    def seconds(self, frame: VideoFrame) -> float:
        if frame.pts is None or not frame.time_base:
            seconds = self._last_s + self._step_s
        else:
            stamp = frame.pts * frame.time_base
            self._first = stamp if self._first is None else self._first
            seconds = float(stamp - self._first)
        self._last_s = max(seconds, self._last_s, 0.0)  # a broken timestamp never makes time run backwards
        return self._last_s


class _Pixels:
    """Upright 8-bit pixels of frames; keeps one converter, which is costly to set up."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def of(self, frame: VideoFrame) -> Image:
        target = "gray" if frame.format.name.startswith(_GREY_FORMATS) else "rgb24"
        try:
            image = self._reformatter.reformat(frame, format=target).to_ndarray()
        except (av.error.FFmpegError, ValueError) as error:
            raise ClipError(f"Pixels of format {frame.format.name} cannot be converted.", _PLAYS_HINT) from error
        return np.ascontiguousarray(orientation_of(frame).turn(np.asarray(image, dtype=np.uint8)))
