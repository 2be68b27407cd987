"""Which adapter keeps what."""

from __future__ import annotations

import atexit
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from nerveapp.bootstrap.settings import REPOSITORY, Settings
from nerveapp.ports import (
    AnnotationStore,
    Library,
    ModelRegistry,
    ObjectStore,
    ScratchFolder,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine


def annotation_store(settings: Settings) -> AnnotationStore:
    """Give the store of annotations of this installation; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.annotations import SqlAnnotationStore  # noqa: PLC0415 - only correcting needs a database

    return SqlAnnotationStore(database(settings.database))


def library(settings: Settings) -> Library:
    """Give the library of this installation; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.library import SqlLibrary  # noqa: PLC0415 - only where something is kept

    return SqlLibrary(database(settings.database))


def object_store(settings: Settings) -> ObjectStore:
    """Give the store of files: clips, previews, masks; raises StoreError where its URL names none."""
    if "://" not in settings.data:
        from nerveapp.io.folder_objects import FolderObjects  # noqa: PLC0415

        return FolderObjects(Path(settings.data))
    from nerveapp.io.fsspec_objects import FsspecObjects  # noqa: PLC0415 - only where a URL is set
    from nerveapp.io.read_cache import ReadCache  # noqa: PLC0415

    cache = ReadCache(REPOSITORY / "data" / "temp" / "objects", settings.cache_limit_mb << 20)
    return FsspecObjects(settings.data, cache)


def model_registry(settings: Settings) -> ModelRegistry:
    """Give what is locked and in use here; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.registry import SqlModelRegistry  # noqa: PLC0415

    return SqlModelRegistry(database(settings.database))


def model_registry_if_there(settings: Settings) -> ModelRegistry | None:
    """Give the registry where there is a store, and make none; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.connection import is_there  # noqa: PLC0415 - only where a model is chosen

    return model_registry(settings) if is_there(settings.database) else None


@lru_cache(maxsize=2)
def database(url: str) -> Engine:
    """Open a database, once per process; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.connection import open_database  # noqa: PLC0415

    return open_database(url)


@lru_cache(maxsize=1)
def scratch_folder() -> ScratchFolder:
    """Give the folder of this process; making it removes what dead servers left."""
    from nerveapp.io.server_folder import ServerFolder  # noqa: PLC0415 - only servers need it

    folder = ServerFolder()
    atexit.register(folder.remove)
    return folder
