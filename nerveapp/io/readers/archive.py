"""The members of a ZIP, judged before they are read and never written to disk."""

from __future__ import annotations

import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from nerveapp.errors import ClipError
from nerveapp.io.readers.content import HEAD_BYTES, Kind, recognise_head
from nerveapp.io.readers.limits import GIB, ReadLimits
from nerveapp.io.readers.natural_order import in_natural_order
from nerveapp.io.readers.picture_sets import frames_among

ZIP_ERRORS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError,
    LookupError, MemoryError, struct.error, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What zipfile raises for damaged, encrypted or oddly packed members."""

STILL_KINDS = frozenset({Kind.STILL, Kind.TIFF})
"""What may be one picture of several; whether a TIFF has one page alone is told by its reader."""

_IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini"})
_ENCRYPTED_FLAG = 0x1
_SMALL_BYTES = 1024 * 1024  # below this no ratio does harm
_PACK_HINT = "Pack the stills again as an ordinary ZIP."


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP for reading.

    Raises
    ------
    ClipError
        If its directory, or a member read inside the `with`, is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except ZIP_ERRORS as error:
        raise ClipError("The ZIP file is damaged or packed in an unknown way.", _PACK_HINT) from error


def picture_members(
    archive: zipfile.ZipFile, limits: ReadLimits
) -> tuple[list[tuple[zipfile.ZipInfo, Kind]], tuple[str, ...]]:
    """Check all members and choose the pictures among them, in natural order of their names.

    Returns
    -------
    members : list of (ZipInfo, Kind)
    notes : tuple of str
        Remarks for the user, such as the number of files that are no pictures.

    Raises
    ------
    ClipError
        If the archive is unsafe or holds no pictures.
    """
    entries = archive.infolist()
    _check_archive(entries, limits)
    # Of members with one name an unpacker leaves the last: the others were replaced by it.
    files = list({entry.filename: entry for entry in entries if not _is_ignored(entry)}.values())
    replaced = sum(not _is_ignored(entry) for entry in entries) - len(files)
    notes = (f"Names that the ZIP holds twice: {replaced}; the newer file of each is used.",) if replaced else ()
    kinds = {id(entry): _kind(archive, entry) for entry in files}
    pictures = [entry for entry in files if kinds[id(entry)] in STILL_KINDS]
    if not pictures:
        raise _no_pictures(files, list(kinds.values()))
    others = len(files) - len(pictures)
    if others:
        notes = (*notes, f"Files in the ZIP that are no pictures: {others}; they were left out.")
    said = {entry.filename: (entry.file_size, entry.CRC) for entry in pictures}
    names, set_notes = frames_among(list(said), lambda one, other: said[one] == said[other])
    chosen = [(entry, kinds[id(entry)]) for entry in pictures if entry.filename in names]
    return in_natural_order(chosen, lambda member: member[0].filename), (*notes, *set_notes)


def read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: ReadLimits) -> bytes:
    """Unpack one member in memory, at most as far as the limits allow, whatever its header says.

    Raises
    ------
    ClipError
        If it unpacks to more than its header or the limits allow.
    """
    allowed = min(entry.file_size, limits.max_unpacked_bytes)
    with archive.open(entry) as file:
        data = file.read(allowed + 1)
    ratio_limit = max(limits.max_compression_ratio * entry.compress_size, _SMALL_BYTES)
    if len(data) > allowed or len(data) > ratio_limit:
        raise ClipError(f"{entry.filename} unpacks to more than it announces.", _PACK_HINT)
    return data


def _check_archive(entries: list[zipfile.ZipInfo], limits: ReadLimits) -> None:
    if len(entries) > limits.max_archive_members:
        raise ClipError(f"The ZIP holds {len(entries)} files; the limit is {limits.max_archive_members}.", "Split it.")
    for entry in entries:
        _check_entry(entry, limits)
    total = sum(entry.file_size for entry in entries)
    if total > limits.max_unpacked_bytes:
        raise ClipError(
            f"The ZIP unpacks to {total / GIB:.2f} GiB; the limit is {limits.max_unpacked_bytes / GIB:.2f} GiB.",
            "Split it, or leave out what is not needed.",
        )


def _check_entry(entry: zipfile.ZipInfo, limits: ReadLimits) -> None:
    # orig_filename still has what zipfile cuts off at a NUL byte.
    name = entry.orig_filename.replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/") or "\0" in name:
        raise ClipError("The ZIP holds a name that points outside of it.", _PACK_HINT)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ClipError("The ZIP holds a symbolic link.", _PACK_HINT)
    if entry.flag_bits & _ENCRYPTED_FLAG:
        raise ClipError("The ZIP is encrypted.", "Unpack it with its password and pack the stills without one.")
    if entry.file_size > max(limits.max_compression_ratio * entry.compress_size, _SMALL_BYTES):
        raise ClipError(
            f"{entry.filename} unpacks to more than {limits.max_compression_ratio:g} times its size.",
            _PACK_HINT,
        )


def _is_ignored(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return entry.is_dir() or not parts or hidden or parts[-1].lower() in _IGNORED_NAMES


def _kind(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Kind:
    with archive.open(entry) as file:
        return recognise_head(file.read(HEAD_BYTES))


def _no_pictures(files: list[zipfile.ZipInfo], kinds: list[Kind]) -> ClipError:
    if not files:
        return ClipError("The ZIP holds no files.", "Pack PNG, JPEG, BMP or TIFF stills of one size.")
    if Kind.DICOM in kinds:
        return ClipError(
            f"The ZIP holds DICOM files ({kinds.count(Kind.DICOM)}), not pictures.",
            "Unpack it and choose the DICOM clip itself; single DICOM images can be exported as PNG stills.",
        )
    clip_names = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".gif", ".m4v", ".wmv")
    clips = sum(
        kind is Kind.NIFTI or file.filename.lower().endswith(clip_names)
        for file, kind in zip(files, kinds, strict=True)
    )
    if clips == 1:  # a readme may lie beside it
        return ClipError("The ZIP holds a clip, not stills.", "Unpack it and choose the clip itself.")
    return ClipError(
        "The ZIP holds no pictures.", "Pack PNG, JPEG, BMP or TIFF stills of one size, or choose a clip itself."
    )
