"""What a video is called in front of the user, such as "H.264 in MP4"."""

from __future__ import annotations

from pathlib import Path

from av.video.stream import VideoStream

_CODECS = {
    "h264": "H.264", "hevc": "H.265", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "libdav1d": "AV1", "ffv1": "FFV1",
    "mpeg4": "MPEG-4", "mjpeg": "Motion JPEG", "rawvideo": "Uncompressed", "mpeg1video": "MPEG-1",
    "mpeg2video": "MPEG-2", "prores": "ProRes", "wmv3": "WMV", "msmpeg4v3": "MS MPEG-4", "gif": "GIF",
}  # fmt: skip
_CONTAINERS = {"avi": "AVI", "gif": "GIF", "mpegts": "MPEG-TS", "asf": "WMV", "ogg": "Ogg", "flv": "FLV"}


def codec_name(stream: VideoStream) -> str:
    """Name the code of the pictures."""
    codec = stream.codec_context.name
    return _CODECS.get(codec, codec.upper())


def container_name(container: tuple[str, str], path: Path) -> str:
    """Name the container, from FFmpeg's name of its family and its brand."""
    family, brand = container
    if family.startswith("mov"):
        return "MOV" if brand == "qt" else "MP4"
    if family.startswith("matroska"):
        # FFmpeg has one reader for both; the document type stands in the first bytes.
        with path.open("rb") as file:
            return "WebM" if b"webm" in file.read(64) else "MKV"
    return _CONTAINERS.get(family, family.upper())
