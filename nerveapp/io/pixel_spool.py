"""Pixels of a training set: those of a few hundred images in memory, those of thousands on the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
import numpy.typing as npt

from nerveapp.errors import DataError

IN_MEMORY_BYTES = 512 * 1024 * 1024

_Pixel = TypeVar("_Pixel", np.uint8, np.bool_)


class PixelSpool:
    """Keeps arrays; those beyond a limit are mapped from a file that has no name and is gone with them.

    The system holds what is in use of a mapped file, and lets go of the rest where memory is short.

    Parameters
    ----------
    folder : Path, optional
        Where the file lies; that for temporary files by default, which may be memory itself.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._held = 0
        self._file: IO[bytes] | None = None

    def keep(self, pixels: npt.NDArray[_Pixel]) -> npt.NDArray[_Pixel]:
        """Give an array with the same values, to be read; what is written into it stays in memory.

        Raises
        ------
        DataError
            If the disk is full.
        """
        if self._held + pixels.nbytes <= IN_MEMORY_BYTES or not pixels.nbytes:
            self._held += pixels.nbytes
            return pixels
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - it is closed with the spool
            start = self._file.seek(0, 2)
            self._file.write(np.ascontiguousarray(pixels).data)
            self._file.flush()
            mapped = np.memmap(self._file, pixels.dtype, "c", start, pixels.shape)
        except OSError as error:
            raise DataError(
                f"The images need more room than there is in memory and on the disk: {error.strerror}.",
                "Free some disk space, or choose fewer images.",
            ) from error
        return mapped.view(np.ndarray)
