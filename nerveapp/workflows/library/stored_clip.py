"""Opening a clip of the library from the files that were kept."""

from __future__ import annotations

from nerveapp.domain.clip import Clip
from nerveapp.errors import LibraryError
from nerveapp.ports import ClipReader, Library, ObjectStore


def open_stored_clip(sha256: str, library: Library, objects: ObjectStore, reader: ClipReader) -> Clip:
    """Open a clip as it was brought: the same frames, in the same order, under the same names.

    Parameters
    ----------
    sha256 : str
    library : Library
    objects : ObjectStore
    reader : ClipReader

    Raises
    ------
    LibraryError
        If it is not in the library, its files are not kept, or they are not what was brought.
    StoreError
        If a file is gone or damaged, or cannot be fetched now.
    ClipError
        If it cannot be read any more.
    """
    source = library.source(sha256)
    if source is None and library.clip(sha256) is None:
        raise LibraryError("The clip is not in the library.", "Open its file.")
    if source is None or not source.files:
        raise LibraryError(
            "The clip's file is not kept on this server (any more).",
            "Open the file again; measurements and outlines are still here.",
        )
    paths = [objects.local(file.key, sha256=file.sha256) for file in source.files]
    clip = reader.open(paths, name=source.name)
    if clip.info.sha256 != sha256:
        raise LibraryError("The stored file is not the clip that was brought.", "Open the file again.")
    return clip
