"""Files in one folder of this machine (the `ObjectStore` port)."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from nerveapp.domain.clip_source import SourceFile
from nerveapp.domain.kept_object import KeptObject
from nerveapp.errors import NerveAppError, StoreError
from nerveapp.io.atomic import replacing, write_bytes


class FolderObjects:
    """Files below a folder, each under its key.

    Parameters
    ----------
    folder : Path
        Made when something is first kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, path: Path) -> SourceFile:
        """Keep a copy of a file; see the port."""
        place = self._place(key)
        with _translated():
            with replacing(place) as temporary:
                shutil.copyfile(path, temporary)
                kept = SourceFile(PurePosixPath(key).name, key, hash_of(temporary), temporary.stat().st_size)
                if kept.sha256 != hash_of(path):
                    raise StoreError("A file was not stored as it is.", "Check the disk, then try again.")
            return kept

    def put_bytes(self, key: str, data: bytes) -> SourceFile:
        """Keep bytes; see the port."""
        with _translated():
            write_bytes(self._place(key), data)
        return SourceFile(PurePosixPath(key).name, key, hashlib.sha256(data).hexdigest(), len(data))

    def local(self, key: str, *, sha256: str = "") -> Path:
        """Give a path at which it can be read; see the port."""
        place = self._place(key)
        if not place.is_file():
            raise StoreError("A stored file is gone.", "Open the clip again, or restore the data folder from a backup.")
        with _translated():
            if sha256 and hash_of(place) != sha256:
                raise StoreError("A stored file is damaged.", "Open the clip again, or restore the data folder.")
        return place

    def read(self, key: str) -> bytes:
        """Give its bytes; see the port."""
        with _translated():
            return self.local(key).read_bytes()

    def has(self, key: str) -> bool:
        """Whether something is kept under a key."""
        return self._place(key).is_file()

    def remove(self, prefix: str) -> None:
        """Remove whatever is kept under a key, or below it."""
        place = self._place(prefix)
        with _translated():
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
            self._remove_empty(place.parent)

    def listed(self, prefix: str = "") -> Iterator[KeptObject]:
        """Give what is kept below a prefix, with what was left half-written; see the port."""
        for folder, _, names in os.walk(self._place(prefix) if prefix else self._folder):
            for name in names:
                path = Path(folder) / name
                with suppress(OSError):
                    found = path.stat()
                    written = datetime.fromtimestamp(found.st_mtime, UTC)
                    yield KeptObject(path.relative_to(self._folder).as_posix(), found.st_size, written)

    def _remove_empty(self, folder: Path) -> None:
        """Let no empty folders stay behind; one into which another writes right now is made again by that."""
        while folder != self._folder and self._folder in folder.parents:
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone
                return
            folder = folder.parent

    def _place(self, key: str) -> Path:
        return self._folder.joinpath(*parts_of(key))


def parts_of(key: str) -> tuple[str, ...]:
    """Give the parts of a key; raises ValueError where it would lead out of what files are kept below."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or any(part in (".", "..") for part in parts):
        raise ValueError(f"expected a key such as clips/HASH/name, got {key!r}")
    return parts


def hash_of(path: Path) -> str:
    """Hash the bytes of a file, as SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The data folder cannot be used: {error.strerror or error}.", "Free some space, or set NERVEAPP_DATA_DIR."
        ) from error
    except StoreError:
        raise
    except NerveAppError as error:
        raise StoreError(error.message, error.hint) from error
