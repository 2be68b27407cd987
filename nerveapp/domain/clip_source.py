"""Where a clip came from: its files and their identifiers, kept apart from its pixels and never exported with them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """How a clip came into the library."""

    UPLOAD = "upload"
    DEMO = "demo"
    PUBLIC = "public still"
    COMMAND = "command line"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class DicomIdentifiers:
    """The UIDs of a DICOM file; "" where there are none."""

    study: str = ""
    series: str = ""
    instance: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a clip.

    Parameters
    ----------
    name : str
        As it was brought; it may name a person, and stays on this server.
    key : str
        Where its bytes are kept, `ObjectStore`.
    sha256 : str
        Hash of its bytes.
    size : int
        Bytes.
    """

    name: str
    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ClipSource:
    """A clip's files and identifiers.

    Parameters
    ----------
    clip_sha256 : str
    files : tuple of SourceFile
        In the order of the frames; () where none is kept (any more).
    origin : Origin
    name : str
        What the clip is called on the pages.
    credit : str
        Attribution or remark to show beside it.
    study_uid, series_uid, instance_uid : str
        DICOM identifiers; "" where there are none.
    """

    clip_sha256: str
    files: tuple[SourceFile, ...]
    origin: Origin
    name: str
    credit: str = ""
    study_uid: str = ""
    series_uid: str = ""
    instance_uid: str = ""
