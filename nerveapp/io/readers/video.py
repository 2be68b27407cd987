"""Video files through FFmpeg (PyAV)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.error
from av.codec.context import Flags
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nerveapp.domain.clip import ClipInfo
from nerveapp.errors import ClipError
from nerveapp.io.readers.hashing import sha256_of
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.streamed import StreamedClip, TimedImage, first_image
from nerveapp.io.readers.video_container import PLAYS_HINT, STREAM_STARTS, open_container
from nerveapp.io.readers.video_ending import announced_frames, has_index, is_cut_off
from nerveapp.io.readers.video_frames import Clock, Pixels
from nerveapp.io.readers.video_naming import codec_name, container_name

_THREADS = 4  # fixed, so that a damaged file ends at the same frame on every machine
_LARGE_PX = 2048 * 2048  # each thread of a decoder holds frames of its own
_WITH_DURATION = ("flv", "asf")  # their headers say how long they are, and the end of the file does not
_STEPS_MISSING = 3
_GIF = "GIF"  # as `codec_name` calls it
_H26X = ("h264", "hevc")
_STILL_BRANDS = frozenset({"heic", "heix", "heim", "heis", "mif1", "avif"})


def open_video(path: Path, name: str, limits: ReadLimits, *, container: str | None = None) -> StreamedClip:
    """Open a video file (MP4, MOV, AVI, MKV, WebM, GIF and what else FFmpeg can decode).

    `container` is FFmpeg's name of it, where that is known.

    Raises
    ------
    ClipError
        If it is no video, has no pictures (audio only), or its first frame cannot be decoded.
    """
    source = VideoSource(lambda: open_container(path, container), limits)
    cut_off = is_cut_off(path)
    first = source.first()
    announced = first.announced
    lost_notes: tuple[str, ...] = ()
    if first.container[0] == "avi" and not cut_off and announced and 0 < first.indexed < announced and has_index(path):
        # An empty chunk stands for a frame lost in recording: it is counted, takes its time and shows nothing.
        lost = announced - first.indexed
        announced, lost_notes = first.indexed, (f"Frames lost in recording: {lost}; the others keep their times.",)
    info = first.described(
        name,
        sha256_of([path]),
        f"{first.codec} in {container_name(first.container, path)}" if first.codec != _GIF else "Animated GIF",
        frame_count=announced,
        timed=first.timed,
        notes=(*first.notes, *lost_notes),
    )

    def read() -> Iterator[TimedImage]:
        # A GIF's decoder passes a half picture off as whole.
        yield from source.timed_images(without_last=cut_off and first.codec == _GIF)
        if cut_off:
            raise ClipError("The file ends early.", PLAYS_HINT)

    if cut_off:
        first_image(read)
    return StreamedClip(info, read)


@dataclass(frozen=True, slots=True)
class FirstFrame:
    """What opening a video and decoding its first frame give.

    Parameters
    ----------
    width, height : int
        Upright, in px.
    codec, container : str
        The code of the pictures, in words; FFmpeg's name of the container, and its brand.
    timed : bool
        Whether frames carry times.
    step_s : float
        Seconds from frame to frame on average, as the container says.
    announced : int or None
        Frames that the container says it holds.
    indexed : int
        Frames in the container's index, as far as it is read by now.
    notes : tuple of str
        Remarks for the user.
    """

    width: int
    height: int
    codec: str
    container: tuple[str, str]
    timed: bool
    step_s: float
    announced: int | None
    indexed: int
    notes: tuple[str, ...]

    def described(self, name: str, sha256: str, label: str, **known: Any) -> ClipInfo:
        """Give the clip's description; `known` are further parameters of `ClipInfo`."""
        return ClipInfo(name, sha256, label, self.width, self.height, **known)


@dataclass(frozen=True, slots=True)
class VideoSource:
    """A video that can be read again and again.

    Parameters
    ----------
    open : callable
        Opens its container.
    limits : ReadLimits
    """

    open: Callable[[], AbstractContextManager[InputContainer]]
    limits: ReadLimits

    def first(self) -> FirstFrame:
        """Open the video and decode its first frame.

        Raises
        ------
        ClipError
            If there is none.
        """
        with self.open() as container:
            stream, notes = _prepared_stream(container, self.limits)
            announced, indexed = announced_frames(stream), len(stream.index_entries)
            frame = next(_decoded(container, stream), None)
            if frame is None:
                raise ClipError("The video holds no frames.", PLAYS_HINT)
            self.limits.check_frame(frame.width, frame.height)
            codec = codec_name(stream)
            pixels = Pixels(on_black=codec == _GIF)
            height, width = pixels.of(frame).shape[:2]
            return FirstFrame(
                width,
                height,
                codec,
                (container.format.name, container.metadata.get("major_brand", "qt").strip()),
                _is_timed(container) and frame.pts is not None and bool(frame.time_base),
                Clock(stream).step_s,
                announced,
                indexed,
                (*notes, *_aspect_notes(stream), *pixels.notes, *_interlaced_notes(frame)),
            )

    def timed_images(self, *, without_last: bool = False) -> Iterator[TimedImage]:
        """Decode all frames, upright, with their times from the first one; ClipError where it cannot go on."""
        with self.open() as container:
            stream, _ = _prepared_stream(container, self.limits)
            clock = Clock(stream, constant=_has_times_of_decoding(container, stream))
            pixels = Pixels(on_black=codec_name(stream) == _GIF)
            frames = _decoded(container, stream)
            last_s = 0.0
            timed = _is_timed(container)
            for index, frame in enumerate(_without_last(frames) if without_last else frames):
                last_s = clock.seconds(frame) if timed else float(index)
                yield last_s, pixels.of(frame)
            if container.format.name in _WITH_DURATION and container.duration:
                missing_s = container.duration / av.time_base - clock.start_s - last_s
                if missing_s > max(_STEPS_MISSING * clock.step_s, 0.1 * last_s):
                    raise ClipError("The file ends early.", PLAYS_HINT)


def _is_timed(container: InputContainer) -> bool:
    return container.format.name not in STREAM_STARTS


def _has_times_of_decoding(container: InputContainer, stream: VideoStream) -> bool:
    """Whether timestamps are of the order in which frames are decoded, which is another than that of showing."""
    codec, kind = stream.codec_context, container.format.name
    return bool(codec.has_b_frames) and (kind == "avi" or (kind == "asf" and codec.name in _H26X))


def _without_last(frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    for frame, _ in pairwise(frames):
        yield frame


def _prepared_stream(container: InputContainer, limits: ReadLimits) -> tuple[VideoStream, tuple[str, ...]]:
    """Pick the moving picture (a cover picture is none; of several, the largest) and set its decoder up."""
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams and container.streams.audio:
        raise ClipError("This recording has sound but no picture.", "Choose the ultrasound clip itself.")
    if not streams:
        raise ClipError("This file has no picture.", "Choose the ultrasound clip itself.")
    if len(streams) > 1 and container.metadata.get("major_brand", "").strip() in _STILL_BRANDS:
        raise ClipError(
            "This is a HEIC or AVIF photo that is stored in tiles, which this version cannot put together.",
            "Export it as JPEG or PNG.",
        )
    decodable = [one for one in streams if one.codec_context is not None]
    if not decodable:
        raise ClipError("The video is in a code this version cannot decode.", PLAYS_HINT)
    # An animated AVIF has a track of its first picture beside that of all.
    stream = max(decodable, key=lambda one: (one.width * one.height, one.frames))
    notes = (
        (f"The file has {len(streams)} video tracks; the largest is used, {stream.width} x {stream.height} px.",)
        if len(streams) > 1
        else ()
    )
    codec = stream.codec_context
    if codec.width and codec.height:
        limits.check_frame(codec.width, codec.height)
    codec.options = {"max_pixels": str(limits.max_pixels)}  # also guards a size change in mid-stream
    codec.thread_count = _THREADS if codec.width * codec.height <= _LARGE_PX else 1
    codec.flags |= Flags.unaligned  # or else the columns that are to be cut off at the left would stay in part
    stream.thread_type = "AUTO"
    return stream, notes


def _aspect_notes(stream: VideoStream) -> tuple[str, ...]:
    aspect = stream.sample_aspect_ratio
    if not aspect or aspect == 1:
        return ()
    return (f"The file announces pixels that are not square (width to height {aspect}); they are not resampled.",)


def _interlaced_notes(frame: VideoFrame) -> tuple[str, ...]:
    if not frame.interlaced_frame:
        return ()
    return ("Each picture holds two half pictures of different moments (interlaced): what moves has combed edges.",)


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
                    raise ClipError("The picture data are damaged or cut off.", PLAYS_HINT)
    except av.error.FFmpegError as error:
        raise ClipError(f"The data are damaged or cut off ({_reason(error)}).", PLAYS_HINT) from error
    if not started and damage is not None:
        raise ClipError(f"No frame of the video can be decoded ({_reason(damage)}).", PLAYS_HINT) from damage


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
    return (error.strerror or "unknown error").rstrip(".").lower()  # the full text repeats the path of the file
