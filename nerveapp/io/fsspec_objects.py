"""Files in a store that has a URL, such as s3://BUCKET/FOLDER (the `ObjectStore` port)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec

from nerveapp.domain.clip_source import SourceFile
from nerveapp.domain.kept_object import KeptObject
from nerveapp.errors import NerveAppError, StoreError
from nerveapp.io.atomic import replacing
from nerveapp.io.folder_objects import hash_of, parts_of
from nerveapp.io.read_cache import ReadCache

_HINT = "Check NERVEAPP_DATA_DIR, the network and the credentials of the object storage, then try again."


class FsspecObjects:
    """Files below a URL, each under its key.

    Parameters
    ----------
    url : str
        What fsspec knows; s3:// needs requirements-s3.txt.
    cache : ReadCache
        For copies of what is read.
    options
        Of the file system, such as `endpoint_url`; by default what the environment says.

    Raises
    ------
    StoreError
        If there is no such file system here.
    """

    def __init__(self, url: str, cache: ReadCache, **options: Any) -> None:
        self._cache = cache
        try:
            # What was listed before is not believed: other servers write, too.
            system, root = fsspec.core.url_to_fs(url, use_listings_cache=False, **options)
        except (ImportError, ValueError) as error:
            raise StoreError(
                f"No object storage can be used at {url.split('://', maxsplit=1)[0]}://…",
                "Set NERVEAPP_DATA_DIR; s3:// needs `pip install -r requirements-s3.txt`.",
            ) from error
        self._system, self._root = system, root.rstrip("/")

    def put(self, key: str, path: Path) -> SourceFile:
        """Keep a copy of a file; see the port."""
        place = self._place(key)
        with _translated():
            kept = SourceFile(PurePosixPath(key).name, key, hash_of(path), path.stat().st_size)
            self._upload(path, place, kept)
        return kept

    def put_bytes(self, key: str, data: bytes) -> SourceFile:
        """Keep bytes; see the port."""
        place = self._place(key)
        with _translated():
            self._make_parent(place)
            self._system.pipe_file(place, data)
        return SourceFile(PurePosixPath(key).name, key, hashlib.sha256(data).hexdigest(), len(data))

    def local(self, key: str, *, sha256: str = "") -> Path:
        """Give a copy on this machine, fetched unless it is there; see the port."""
        place, copy = self._place(key), self._cache.path(key)
        with _translated():
            if sha256 and (kept := self._cache.found(key, sha256)) is not None:
                return kept  # what is named by its hash does not change
            if not self._system.isfile(place):
                raise StoreError("A stored file is gone.", "Open the clip again, or restore the object storage.")
            with replacing(copy) as temporary:
                self._system.get_file(place, str(temporary))
                if sha256 and hash_of(temporary) != sha256:
                    raise StoreError("A stored file is damaged.", "Open the clip again, or restore it from a backup.")
            self._cache.added(copy)
        return copy

    def read(self, key: str) -> bytes:
        """Give its bytes; see the port."""
        place = self._place(key)
        with _translated():
            try:
                return bytes(self._system.cat_file(place))
            except FileNotFoundError as error:
                raise StoreError(
                    "A stored file is gone.", "Open the clip again, or restore the object storage."
                ) from error

    def has(self, key: str) -> bool:
        """Whether something is kept under a key."""
        place = self._place(key)
        with _translated():
            return bool(self._system.isfile(place))

    def remove(self, prefix: str) -> None:
        """Remove whatever is kept under a key, or below it, here and there."""
        place = self._place(prefix)
        with _translated():
            if self._system.exists(place):
                self._system.rm(place, recursive=True)
        self._cache.remove(prefix)

    def listed(self, prefix: str = "") -> Iterator[KeptObject]:
        """Give what is kept below a prefix; see the port."""
        place = self._place(prefix) if prefix else self._root
        with _translated():
            try:
                found = self._system.find(place, detail=True)
            except FileNotFoundError:
                found = {}
        for place, about in found.items():
            written = about.get("LastModified") or about.get("created") or about.get("mtime")
            yield KeptObject(place[len(self._root) :].lstrip("/"), int(about["size"]), _time_of(written))

    def _upload(self, path: Path, place: str, kept: SourceFile) -> None:
        """Write a file, which an object storage shows only once it is whole, and look at how much is there."""
        self._make_parent(place)
        self._system.put_file(str(path), place)
        if (size := int(self._system.info(place)["size"])) != kept.size:
            self._system.rm_file(place)
            raise StoreError(f"Of {kept.size} bytes {size} were stored: nothing is kept.", "Try again.")

    def _make_parent(self, place: str) -> None:
        if "memory" in self._system.protocol:  # it knows folders; object storages do not
            self._system.makedirs(place.rsplit("/", 1)[0], exist_ok=True)

    def _place(self, key: str) -> str:
        return f"{self._root}/{'/'.join(parts_of(key))}"


def _time_of(written: datetime | float | None) -> datetime:
    if isinstance(written, datetime):
        return written if written.tzinfo else written.replace(tzinfo=UTC)
    return datetime.fromtimestamp(written or 0, UTC)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except NerveAppError as error:
        raise StoreError(error.message, error.hint) from error
    except Exception as error:
        raise StoreError(f"The object storage cannot be used: {type(error).__name__}.", _HINT) from error
