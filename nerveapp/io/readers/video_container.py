"""Opening what FFmpeg reads, and telling what it takes for a video from what is one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
from av.container import InputContainer

from nerveapp.errors import ClipError

PLAYS_HINT = "Check that it plays, and export it again as MP4 (H.264)."

# Playlists and scripts that FFmpeg also "opens" could make it read other files or addresses.
_CONTAINERS = (
    "mov,avi,matroska,webm,gif,mpeg,mpegts,mpegvideo,asf,flv,ogg,h264,hevc,m4v,mjpeg,ivf,dv,nut,mxf,yuv4mpegpipe,wtv"
    ",mp3,wav,flac,aac"  # recognised so that a recording without pictures is called by its name
)

_LOOKED_AT_BYTES = 4096
_START_CODES = (b"\x00\x00\x01",)
STREAM_STARTS = {"mjpeg": (b"\xff\xd8\xff",), "h264": _START_CODES, "hevc": _START_CODES, "m4v": _START_CODES}
"""Streams of pictures without a container, by FFmpeg's names, and how such a file begins: FFmpeg finds them anywhere in
a file, as JPEGs in a PDF or a mail. They have no times; FFmpeg makes some up, at 25 per second."""

_STARTS = (b"\x1a\x45\xdf\xa3", b"GIF8", b"RIFF", b"OggS", b"FLV")


@contextmanager
def open_container(source: Path | io.RawIOBase, kind: str | None = None) -> Iterator[InputContainer]:
    """Open a file, or what reads like one, for decoding.

    Raises
    ------
    ClipError
        If it is no video.
    """
    # "file:" keeps FFmpeg from taking a colon in the name for a protocol.
    name = f"file:{source}" if isinstance(source, Path) else source
    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
    try:
        container = av.open(name, "r", format=kind, container_options=options)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if not isinstance(source, Path) or _looks_like_video(source):
            raise ClipError("The video is damaged or cut off and cannot be opened.", PLAYS_HINT) from error
        raise _no_clip() from error
    with container:
        starts = STREAM_STARTS.get(container.format.name)
        if isinstance(source, Path) and starts and not _begins(_head_of(source, _LOOKED_AT_BYTES), starts):
            raise _no_clip()
        yield container


def _begins(head: bytes, starts: tuple[bytes, ...]) -> bool:
    """Whether a file begins like a stream, which may have been cut anywhere: start codes come soon (H.264, annex B)."""
    return head.startswith(starts) or (starts == _START_CODES and _START_CODES[0] in head)


def _no_clip() -> ClipError:
    return ClipError(
        "This is not a clip NerveApp can read.",
        "Choose a video (MP4, MOV, AVI, MKV, WebM, GIF), a DICOM, TIFF or NIfTI file, or stills.",
    )


def _looks_like_video(path: Path) -> bool:
    """Return whether a file starts like a video, so that a damaged one is not called something else."""
    head = _head_of(path)
    return head.startswith(_STARTS) or head[4:8] in {b"ftyp", b"moov", b"mdat"}


def _head_of(path: Path, count: int = 12) -> bytes:
    """Give the first bytes of a file."""
    with path.open("rb") as file:
        return file.read(count)
