"""ZIPs of outlines: written the same for the same content, read in memory and never to disk."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from nerveapp.errors import AnnotationError
from nerveapp.io.readers.archive import ZIP_ERRORS
from nerveapp.io.readers.content import HEAD_BYTES
from nerveapp.io.readers.limits import GIB, ReadLimits
from nerveapp.io.readers.natural_order import natural_key

LIMITS = ReadLimits(max_bytes=GIB, max_unpacked_bytes=GIB)
"""Of a file of outlines; one of ten thousand frames has a few dozen MiB."""

MAX_MEMBER_BYTES = GIB // 4
MAX_COMMENT_BYTES = 65_535
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED_FLAG = 0x1
_SMALL_BYTES = 1024 * 1024  # below this no ratio does harm
_HINT = "Pack the outlines again as an ordinary ZIP."


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an open ZIP; its name is only ever read, never used as a path."""

    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo

    @property
    def name(self) -> str:
        """Path inside the ZIP, with slashes."""
        return self.entry.filename.replace("\\", "/")

    @property
    def base(self) -> str:
        """Last part of the name."""
        return PurePosixPath(self.name).name

    @property
    def size(self) -> int:
        """Its length in bytes, as the ZIP announces it."""
        return self.entry.file_size

    def head(self) -> bytes:
        """Its first bytes, from which its kind is told.

        Raises
        ------
        AnnotationError
            If it is damaged.
        """
        return self._read(HEAD_BYTES)

    def read(self) -> bytes:
        """Unpack it in memory.

        Raises
        ------
        AnnotationError
            If it is damaged, or unpacks to more than its header or the limits allow.
        """
        allowed = min(self.entry.file_size, MAX_MEMBER_BYTES)
        data = self._read(allowed + 1)
        if len(data) > allowed:
            raise AnnotationError(f"{self.base} unpacks to more than it announces.", _HINT)
        return data

    def _read(self, count: int) -> bytes:
        try:
            with self.archive.open(self.entry) as file:
                return file.read(count)
        except ZIP_ERRORS as error:
            raise AnnotationError(f"{self.base} in the ZIP is damaged.", _HINT) from error


def pack(members: Iterable[tuple[str, bytes]], comment: bytes = b"") -> bytes:
    """Write a ZIP of (name, content) pairs, without times, so that the same outlines give the same bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def unpack(data: bytes) -> tuple[list[Member], bytes]:
    """Open a ZIP, check what it announces, and leave out folders and hidden files.

    Returns
    -------
    members : list of Member
        In natural order of their names.
    comment : bytes
        The ZIP's own comment.

    Raises
    ------
    AnnotationError
        If it is damaged or unsafe.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except ZIP_ERRORS as error:
        raise AnnotationError("The ZIP file is damaged.", _HINT) from error
    _check(entries)
    members = [Member(archive, entry) for entry in entries if not _is_ignored(entry)]
    return sorted(members, key=lambda member: natural_key(member.name)), archive.comment


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > LIMITS.max_archive_members:
        raise AnnotationError(
            f"The ZIP holds {len(entries)} files; the limit is {LIMITS.max_archive_members}.", "Split it."
        )
    for entry in entries:
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > LIMITS.max_unpacked_bytes:
        raise AnnotationError(f"The ZIP unpacks to more than {LIMITS.max_unpacked_bytes // GIB} GiB.", "Split it.")


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # orig_filename still has what zipfile cuts off at a NUL byte.
    name = entry.orig_filename.replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/") or "\0" in name:
        raise AnnotationError("The ZIP holds a name that points outside of it.", _HINT)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise AnnotationError("The ZIP holds a symbolic link.", _HINT)
    if entry.flag_bits & _ENCRYPTED_FLAG:
        raise AnnotationError("The ZIP is encrypted.", "Unpack it with its password and pack it without one.")
    if entry.file_size > max(LIMITS.max_compression_ratio * entry.compress_size, _SMALL_BYTES):
        raise AnnotationError(f"{PurePosixPath(name).name} unpacks to far more than its size.", _HINT)
    if entry.file_size > MAX_MEMBER_BYTES:
        raise AnnotationError(
            f"{PurePosixPath(name).name} is larger than {MAX_MEMBER_BYTES // 2**20} MiB.", "Split it."
        )


def _is_ignored(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    return entry.is_dir() or any(part.startswith(".") or part == "__MACOSX" for part in parts)
