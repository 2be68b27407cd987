"""A DICOM file opened: its header, and where its pixel data lie, recognised by the bytes that are there."""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_file_meta_info
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_header import DAMAGED_HINT, DICOM_ERRORS, TAGS, check_header
from nerveapp.io.readers.limits import GIB, ReadLimits

MAX_INFLATED_BYTES = 2 * GIB
"""A deflated data set is unpacked to disk as a whole."""

_CHUNK = 1 << 16
_PIXEL_TAGS = {
    (0x7FE0, 0x0010): "PixelData",
    (0x7FE0, 0x0008): "FloatPixelData",
    (0x7FE0, 0x0009): "DoubleFloatPixelData",
}
_PIXEL_VRS = (b"OB", b"OW", b"OF", b"OD", b"UN")
_UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the pixel data lie.

    Parameters
    ----------
    keyword : str
        "PixelData", "FloatPixelData" or "DoubleFloatPixelData".
    vr : str
        Value representation, "OW" where the data set names none.
    start : int
        Offset of the value in the file.
    length : int or None
        Bytes announced; None where the value is a sequence of items.
    big_endian : bool
        Byte order of the data set.
    """

    keyword: str
    vr: str
    start: int
    length: int | None
    big_endian: bool


@dataclass(frozen=True, slots=True)
class DicomSource:
    """An open DICOM file.

    Parameters
    ----------
    file : binary file
        The data set, inflated where the file is deflated.
    header : Dataset
        The elements of `TAGS`.
    syntax : UID
        The transfer syntax that the file names.
    pixels : PixelElement or None
        None where the file has no pixel data.
    dropped : tuple of str
        Keywords of elements that are damaged and were left out.
    """

    file: BinaryIO
    header: Dataset
    syntax: UID
    pixels: PixelElement | None
    dropped: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the user."""
        return tuple(f"The file's {keyword} is damaged and was not used." for keyword in self.dropped)

    @property
    def encapsulated(self) -> bool:
        """Whether pixels are coded; in a syntax that is not known they are taken to be, and not for samples."""
        try:
            return bool(self.syntax.is_encapsulated)
        except ValueError:
            return True


@contextmanager
def opened(path: Path, limits: ReadLimits) -> Iterator[DicomSource]:
    """Open a DICOM file and read its header.

    Raises
    ------
    ClipError
        If it is damaged, or its frames have no size or are too large.
    """
    with _data_set(path, limits) as (file, syntax):
        try:
            header = pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=list(TAGS))
            found = syntax or _syntax(header)
            pixels = _pixel_element(file, big_endian=_is_big_endian(found))
            dropped = check_header(header, limits)
            source = DicomSource(file, header, found, pixels, dropped)
        except DICOM_ERRORS as error:
            raise ClipError("The DICOM file is damaged.", DAMAGED_HINT) from error
        yield source


def _is_big_endian(syntax: UID) -> bool:
    """Whether numbers have their high byte first; those of a maker's own syntax, or one yet unknown, do not."""
    try:
        return not syntax.is_little_endian
    except ValueError:
        return False


@contextmanager
def _data_set(path: Path, limits: ReadLimits) -> Iterator[tuple[BinaryIO, UID | None]]:
    """Give the file itself; or, of a deflated one, its data set unpacked in a file that nobody sees."""
    with path.open("rb") as file:
        start = _deflated_start(path)
        if start is None:
            yield file, None
            return
        file.seek(start)
        with tempfile.TemporaryFile() as unpacked:
            _inflate(file, cast(BinaryIO, unpacked), min(MAX_INFLATED_BYTES, limits.max_unpacked_bytes))
            unpacked.seek(0)
            yield cast(BinaryIO, unpacked), ExplicitVRLittleEndian


def _deflated_start(path: Path) -> int | None:
    try:
        meta = read_file_meta_info(path)
        if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            return None
        return 128 + 4 + 12 + int(meta.FileMetaInformationGroupLength)  # PS3.10, 7.1
    except InvalidDicomError:
        return None  # without preamble there is no transfer syntax that could say "deflated"
    except DICOM_ERRORS as error:
        raise ClipError("The DICOM file is damaged.", DAMAGED_HINT) from error


def _inflate(file: BinaryIO, target: BinaryIO, limit: int) -> None:
    """Unpack part by part; a stream that is cut off gives what there is of it."""
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    size = 0
    try:
        while chunk := file.read(_CHUNK):
            while chunk:
                part = inflater.decompress(chunk, 1 << 20)
                size += len(part)
                if size > limit:
                    raise ClipError(
                        f"The deflated DICOM file unpacks to more than {limit / GIB:.1f} GiB.",
                        "Export it with JPEG or without compression.",
                    )
                target.write(part)
                chunk = inflater.unconsumed_tail
    except zlib.error as error:
        if size == 0:
            raise ClipError("The DICOM file is damaged.", DAMAGED_HINT) from error


def _syntax(header: Dataset) -> UID:
    named = header.file_meta.get("TransferSyntaxUID")
    if named is not None:
        return UID(named)
    # A file without preamble: the encoding was guessed from its first element.
    implicit, little = header.original_encoding
    explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
    return UID(ImplicitVRLittleEndian if implicit else explicit)


def _pixel_element(file: BinaryIO, *, big_endian: bool) -> PixelElement | None:
    """Read the tag at which the header ended.

    Whether it names its value representation is seen there and not taken from the transfer syntax, which may be
    wrong: read as a length without one, each of their two letters would be an odd number of bytes, which DICOM has not.
    """
    order = ">" if big_endian else "<"
    head = file.read(8)
    if len(head) < 8:
        return None
    group, element, length = struct.unpack(f"{order}HHL", head)
    keyword = _PIXEL_TAGS.get((group, element))
    if keyword is None:
        return None
    vr = "OW"
    if head[4:6] in _PIXEL_VRS:
        vr = head[4:6].decode("ascii")
        (length,) = struct.unpack(f"{order}L", file.read(4))
    return PixelElement(keyword, vr, file.tell(), None if length == _UNDEFINED else int(length), big_endian)
