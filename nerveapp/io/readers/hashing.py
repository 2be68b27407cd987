"""The hash that identifies a clip."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

CHUNK_BYTES = 1024 * 1024


def sha256_of(paths: Iterable[Path]) -> str:
    """Hash the bytes of files, one after the other, as one SHA-256 in hexadecimal.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()
