"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nerveapp.errors import WriteError

_asking = threading.Lock()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name in the same folder; on success it becomes `path`, on failure it is removed.

    Raises
    ------
    WriteError
        If the disk refuses (full, read-only, no permission).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise refused(path.name, error) from error


def _umask() -> int:
    """Give what this process takes from the rights of new files, which can only be read by setting it."""
    with _asking:
        mask = os.umask(0o077)
        os.umask(mask)
    return mask


def refused(name: str, error: OSError) -> WriteError:
    """Say why the disk does not take a file or a folder, and what helps."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "Free some space, or choose another place." if full else "Choose another place."
    return WriteError(f"{name} cannot be written: {error.strerror or error}.", hint)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises WriteError."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)
