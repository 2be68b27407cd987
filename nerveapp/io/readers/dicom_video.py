"""Video inside a DICOM file: MPEG-2, H.264 or H.265, cut into items (PS3.5, 8.2.5 to 8.2.9)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from av.container import InputContainer

from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_frames import fragments_of
from nerveapp.io.readers.dicom_header import DAMAGED_HINT, announced_frames
from nerveapp.io.readers.dicom_native import Stretches
from nerveapp.io.readers.dicom_regions import FoundSpacing
from nerveapp.io.readers.dicom_source import DicomSource, opened
from nerveapp.io.readers.dicom_times import TOLERANCE, FrameTimes, frame_times
from nerveapp.io.readers.hashing import sha256_of
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.streamed import StreamedClip, TimedImage
from nerveapp.io.readers.video import VideoSource
from nerveapp.io.readers.video_container import open_container

_VIDEO_SYNTAXES = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 109)) | frozenset(
    f"1.2.840.10008.1.2.4.{number}.1" for number in range(100, 107)
)
_BLOCK = 16


def is_video(source: DicomSource) -> bool:
    """Return whether the transfer syntax is one of video."""
    return str(source.syntax) in _VIDEO_SYNTAXES and source.pixels is not None and source.pixels.length is None


def open_dicom_video(
    path: Path,
    name: str,
    limits: ReadLimits,
    *,
    label: str,
    spacing: FoundSpacing,
    details: tuple[tuple[str, str], ...],
) -> StreamedClip:
    """Open the video; times are the header's, where it gives them, else the video's own.

    Raises
    ------
    ClipError
        If it cannot be decoded.
    """
    with opened(path, limits) as source:
        header, notes = source.header, source.notes
    video = VideoSource(lambda: _container(path, limits), limits)
    first = video.first()
    announced = announced_frames(header)
    if not _fits(first.width, int(header.Columns)) or not _fits(first.height, int(header.Rows)):
        was = f"{header.Columns} x {header.Rows}"
        made_smaller = f"The header is of {was} px, the video of {first.width} x {first.height} px"
        if spacing != FoundSpacing():
            spacing = FoundSpacing(notes=(f"{made_smaller}: its spacing is of another grid and not used.",))
    times, timed, time_notes = frame_times(header, announced or 1)
    if timed and first.timed:
        time_notes = (*time_notes, *_contradiction(times, first.step_s, announced or 1))

    def read() -> Iterator[TimedImage]:
        for index, (own_s, image) in enumerate(video.timed_images()):
            yield (times(index) if timed else own_s), image

    return StreamedClip(
        first.described(
            name,
            sha256_of([path]),
            f"{label}, {first.codec} video",
            frame_count=announced if announced and announced > 1 else None,
            calibration=spacing.calibration,
            timed=timed or first.timed,
            notes=(*notes, *time_notes, *spacing.notes, *first.notes),
            regions=spacing.regions,
            suggestion=spacing.suggestion,
            details=details,
        ),
        read,
    )


def _contradiction(times: FrameTimes, own_s: float, count: int) -> tuple[str, ...]:
    """Say where the header's times are not the video's own, by more than a tenth on average."""
    step_s = times(count - 1) / max(count - 1, 1)
    if not step_s or abs(own_s / step_s - 1) <= TOLERANCE:
        return ()
    used, other = (f"{1000 * one:.4g} ms" for one in (step_s, own_s))
    return (f"The file contradicts itself: its header's {used} from frame to frame are used; its video has {other}.",)


def _fits(video: int, header: int) -> bool:
    """Whether a side is the header's; a video's may be filled up to whole blocks."""
    return header <= video < header + _BLOCK


@contextmanager
def _container(path: Path, limits: ReadLimits) -> Iterator[InputContainer]:
    with opened(path, limits) as source:
        fragments = fragments_of(source)
        parts = Stretches([(item.start, item.length) for item in fragments.items])
        file = _Joined(source, parts)
        with open_container(cast(io.RawIOBase, file)) as container:
            yield container
        if not fragments.complete:
            raise ClipError("The pixel data are damaged or cut off.", DAMAGED_HINT)


class _Joined(io.RawIOBase):
    """The content of all items as one file."""

    def __init__(self, source: DicomSource, parts: Stretches) -> None:
        self._file, self._parts, self._at = source.file, parts, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        left = self._parts.length - self._at
        data = self._parts.read(self._file, self._at, left if size < 0 else min(size, left)) if left > 0 else b""
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._parts.length}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        return self._at
