"""The model's outline in one frame, on the source grid."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

Mask: TypeAlias = npt.NDArray[np.bool_]
"""(H, W), True inside the nerve, on the source grid."""

Polygon: TypeAlias = tuple[tuple[int, int], ...]
"""Corners (x, y) of a closed outline, px of the source grid."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedMask:
    """A mask compressed losslessly to a few hundred bytes, so that ten thousand of them fit in memory.

    Parameters
    ----------
    height, width : int
        Size of the source grid.
    data : bytes
        Bits in row-major order, deflated.
    """

    height: int
    width: int
    data: bytes

    @classmethod
    def pack(cls, mask: Mask) -> Self:
        """Compress an (H, W) boolean mask."""
        if mask.ndim != 2 or mask.dtype != np.bool_:
            raise ValueError(f"expected an (H, W) boolean mask, got {mask.dtype} of shape {mask.shape}")
        height, width = mask.shape
        return cls(height, width, zlib.compress(np.packbits(mask).tobytes(), 1))

    def __eq__(self, other: object) -> bool:
        """Whether the two are the same pixels, however another machine or version deflated them."""
        if not isinstance(other, PackedMask):
            return NotImplemented
        if self.size != other.size:
            return False
        return self.data == other.data or zlib.decompress(self.data) == zlib.decompress(other.data)

    def __hash__(self) -> int:
        return hash((self.size, zlib.decompress(self.data)))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of its grid."""
        return self.height, self.width

    def unpack(self) -> Mask:
        """Give back the (H, W) boolean mask, bit for bit."""
        bits = np.frombuffer(zlib.decompress(self.data), dtype=np.uint8)
        count = self.height * self.width
        return np.unpackbits(bits, count=count).astype(np.bool_).reshape(self.height, self.width)


class Flag(StrEnum):
    """Why a frame is flagged for review."""

    NO_NERVE = "no-nerve-found"
    SEVERAL_COMPONENTS = "several-pieces"
    TOUCHES_BORDER = "touches-border"
    AREA_JUMP = "area-jump"
    LOW_CONFIDENCE = "low-confidence"


@dataclass(frozen=True, slots=True)
class PredictedMask:
    """What a model found in one frame. A correction never replaces it: corrections are another type.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        The outline's inside, on the source grid.
    confidence : float
        How sure the model is, 0 to 1; with a card that knows how its certainty turned out on people it had not seen,
        the Dice to expect. 0 where no nerve was found.
    components : int
        Number of connected parts of the mask (8-connectivity); 0 exactly for an empty mask.

    Raises
    ------
    ValueError
        If the confidence is not from 0 to 1, or the parts contradict the mask.
    """

    mask: Mask
    confidence: float
    components: int

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"expected a confidence from 0 to 1, got {self.confidence}")
        outlined = bool(self.mask.any())
        if self.components < 0 or (self.components > 0) != outlined:
            raise ValueError(
                f"expected parts exactly where the mask has any, got {self.components}, outlined: {outlined}"
            )
