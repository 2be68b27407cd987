"""Pixels of a training set: those of a few hundred images in memory, those of thousands on the disk."""

from __future__ import annotations

import mmap
import tempfile
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from nerveapp.errors import DataError

IN_MEMORY_BYTES = 512 * 1024 * 1024
CHUNK_BYTES = 256 * 1024 * 1024
_ZEROS = bytes(1024 * 1024)

_Pixel = TypeVar("_Pixel", np.uint8, np.bool_)


class PixelSpool:
    """Keeps arrays; those beyond a limit are mapped from files that have no names and are gone with them.

    The system holds what is in use of a mapped file, and lets go of the rest where memory is short. Many arrays share a
    file: each that is mapped takes one of the files that a process may have open.

    Parameters
    ----------
    folder : Path, optional
        Where the files lie; that for temporary files by default, which may be memory itself.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._held = 0
        self._chunk: npt.NDArray[np.uint8] = np.empty(0, np.uint8)

    def keep(self, pixels: npt.NDArray[_Pixel]) -> npt.NDArray[_Pixel]:
        """Give an array of its own with the same values, to be read alone.

        Decoded pixels may lie in the memory that was shared with their decoder: each of these is an open file, too.

        Raises
        ------
        DataError
            If they cannot be kept on the disk, such as where it is full.
        """
        size = pixels.nbytes
        if self._held + size <= IN_MEMORY_BYTES:
            self._held += size
            return pixels.copy()
        if len(self._chunk) < size:
            self._chunk = self._mapped(max(size, CHUNK_BYTES))
        taken, self._chunk = self._chunk[:size], self._chunk[size:]
        kept = taken.view(pixels.dtype).reshape(pixels.shape)
        kept[...] = pixels
        kept.flags.writeable = False
        return kept

    def _mapped(self, size: int) -> npt.NDArray[np.uint8]:
        try:
            with tempfile.TemporaryFile(dir=self._folder) as file:
                for start in range(0, size, len(_ZEROS)):  # so that a full disk is noticed now, and by an error
                    file.write(_ZEROS[: size - start])
                file.flush()
                return np.frombuffer(mmap.mmap(file.fileno(), size), np.uint8)
        except OSError as error:
            raise DataError(
                f"The images fill the memory, and cannot be kept on the disk: {error.strerror}.",
                "Mend that, or choose fewer images.",
            ) from error
