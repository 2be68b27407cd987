"""Look-up tables of a DICOM file: of what stored values mean, and of how that is shown (PS3.3, C.11.1 and C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from nerveapp.io.readers.grey_window import RawImage


@dataclass(frozen=True, slots=True, eq=False)
class LookUpTable:
    """What each value becomes.

    Parameters
    ----------
    first : int
        The value that becomes the first entry; those below it do, too, and those beyond the last become the last.
    entries : ndarray of uint16, (N,)
    bits : int
        Of an entry: the largest possible one is 2 ** bits - 1.
    """

    first: int
    entries: npt.NDArray[np.uint16]
    bits: int

    @classmethod
    def of(cls, header: Dataset, keyword: str) -> Self | None:
        """Read the first table of a sequence; None where there is none, or one without its entries.

        Raises
        ------
        Exception
            One of `DICOM_ERRORS`, if it is damaged.
        """
        sequence = header.get(keyword)
        if not sequence or not all(sequence[0].get(name) for name in ("LUTDescriptor", "LUTData")):
            return None
        table = sequence[0]
        count, first, bits = (int(number) for number in table.LUTDescriptor)
        # The descriptor's three numbers share one VR, which is unsigned where the count asks for it.
        signed = header.get("PixelRepresentation") == 1 or float(header.get("RescaleIntercept") or 0) < 0
        entries = _entries(table, count % 2**16 or 2**16)
        if not 0 < bits <= 16:
            raise ValueError(f"expected entries of up to 16 bits, got {bits}")
        return cls(first - 2**16 if signed and first >= 2**15 else first, entries, bits)

    @property
    def highest(self) -> float:
        """The largest entry that there may be."""
        return float(2**self.bits - 1)

    def of_values(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint16]:
        """Look values up, of any shape."""
        place = np.rint(values.astype(np.float64)) - self.first
        return np.asarray(self.entries[np.clip(place, 0, len(self.entries) - 1).astype(np.intp)])


def _entries(table: Dataset, count: int) -> npt.NDArray[np.uint16]:
    data = table.LUTData
    if isinstance(data, bytes):
        order = ">" if table.original_encoding[1] is False else "<"
        found = np.frombuffer(data, "u1" if len(data) in (count, count + count % 2) else f"{order}u2")
    else:
        found = np.atleast_1d(np.asarray(data, np.int64) % 2**16)
    if len(found) < count:
        raise ValueError(f"expected {count} entries, got {len(found)}")
    return np.asarray(found[:count], np.uint16)


def sigmoid(values: RawImage, centre: float, width: float) -> npt.NDArray[np.float64]:
    """Give the grey from 0 to 255 of a sigmoid window (PS3.3, C.11.2.1.3.1), of values of any shape."""
    steepness = np.clip(-4 * (values.astype(np.float64) - centre) / width, -700, 700)
    return 255 / (1 + np.exp(steepness))
