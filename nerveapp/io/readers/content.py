"""What a file is, recognised by its first bytes and never by its name."""

from __future__ import annotations

import gzip
import struct
import zlib
from enum import StrEnum
from pathlib import Path

HEAD_BYTES = 540  # the longest header looked at: NIfTI-2

_VR_NAMES = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OW PN SH SL SQ SS ST TM UI UL UN US UT".split())
_JPEG_2000 = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xffO\xffQ")
_STILL_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", *_JPEG_2000)
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


class Kind(StrEnum):
    """Kinds of content, each with a reader."""

    DICOM = "DICOM"
    TIFF = "TIFF"
    NIFTI = "NIfTI"
    STILL = "still"
    ZIP = "ZIP"
    VIDEO = "video"
    UNKNOWN = "unknown"


def recognise(path: Path) -> Kind:
    """Find the kind of a file; what has no better sign is `Kind.VIDEO`, for the video library to judge.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as file:
        return recognise_head(file.read(HEAD_BYTES))


def recognise_head(head: bytes) -> Kind:
    """Find the kind of a file from its first `HEAD_BYTES` bytes (fewer where the file is shorter)."""
    if head[128:132] == b"DICM":
        return Kind.DICOM
    for kind, magics in ((Kind.STILL, _STILL_MAGIC), (Kind.TIFF, _TIFF_MAGIC), (Kind.ZIP, _ZIP_MAGIC)):
        if head.startswith(magics):
            return kind
    if is_webp(head) or (head[:2] in {b"P5", b"P6"} and head[2:3].isspace()):
        return Kind.STILL
    if is_gzip(head):
        return Kind.NIFTI if is_nifti(_gunzip_head(head)) else Kind.UNKNOWN
    if is_nifti(head):
        return Kind.NIFTI
    return Kind.DICOM if _is_bare_dicom(head) else Kind.VIDEO


def is_gzip(head: bytes) -> bool:
    """Return whether a file is compressed with gzip."""
    return head.startswith(b"\x1f\x8b")


def is_webp(head: bytes) -> bool:
    """Return whether a file is a WebP picture, at rest or moving."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def is_nifti(head: bytes) -> bool:
    """Return whether a file starts with a NIfTI-1 or NIfTI-2 header."""
    return head[344:348] in {b"n+1\0", b"ni1\0"} or head[4:8] in {b"n+2\0", b"ni2\0"}


def _gunzip_head(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress(head, HEAD_BYTES)
    except (zlib.error, gzip.BadGzipFile):
        return b""


def _is_bare_dicom(head: bytes) -> bool:
    """Return whether a data set starts at byte 0, as written by old devices that left out the preamble."""
    if len(head) < 16:
        return False
    for order in ("<", ">"):
        group, element = struct.unpack(f"{order}HH", head[:4])
        if group not in (0x0002, 0x0008) or element > 0x0100:
            continue
        (implicit_length,) = struct.unpack(f"{order}I", head[4:8])
        if head[4:6] in _VR_NAMES or (order == "<" and implicit_length <= 128 and implicit_length % 2 == 0):
            return True
    return False
