"""Pictures on their way into the database: those of a few frames in memory, those of thousands on the disk."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from nerveapp.errors import StoreError

IN_MEMORY_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Spooled:
    """Where a picture lies in its spool."""

    start: int
    length: int


class PictureSpool:
    """Keeps pictures until a transaction writes them; what it holds is gone with it."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, png: bytes) -> Spooled:
        """Keep a picture.

        Raises
        ------
        StoreError
            If the disk is full.
        """
        try:
            place = Spooled(self._file.seek(0, 2), len(png))
            self._file.write(png)
        except OSError as error:
            raise StoreError(
                f"The frames cannot be kept until they are stored: {error.strerror}.",
                "Free some disk space, and try again.",
            ) from error
        return place

    def take(self, place: Spooled) -> bytes:
        """Give a picture back; it stays in the spool."""
        self._file.seek(place.start)
        return self._file.read(place.length)
