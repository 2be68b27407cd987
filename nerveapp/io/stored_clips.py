"""Clips of the library, opened from their kept files."""

from __future__ import annotations

from sqlalchemy import Engine, select

from nerveapp.domain.clip import Clip
from nerveapp.errors import ClipError
from nerveapp.io.store.connection import reading
from nerveapp.io.store.tables import SOURCE_FILES, SOURCES
from nerveapp.ports import ClipReader, ObjectStore


def open_stored(sha256: str, *, engine: Engine, objects: ObjectStore, clips: ClipReader) -> Clip:
    """Open a clip of the library by its hash.

    Raises
    ------
    ClipError
        If its files are not kept, or are no clip.
    StoreError
        If a file is lost.
    """
    named = select(SOURCES.c.name).where(SOURCES.c.clip_sha256 == sha256)
    kept = select(SOURCE_FILES.c.key).where(SOURCE_FILES.c.clip_sha256 == sha256).order_by(SOURCE_FILES.c.position)
    with reading(engine) as connection:
        name = connection.execute(named).scalar_one_or_none()
        keys = [*connection.execute(kept).scalars()]
    if not keys:
        raise ClipError("The files of this clip are not kept.", "Open the clip again from its file.")
    return clips.open([objects.local(key) for key in keys], name=name or None)
