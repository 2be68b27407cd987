"""From the source grid to the network's grid and back, exactly undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import Mask

Grey = npt.NDArray[np.uint8]
FloatMap = npt.NDArray[np.float32]
Pixel = TypeVar("Pixel", bound=np.generic)


def as_grey(values: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Cut values off at 0 and 255, and what is behind the point."""
    return np.asarray(np.clip(np.asarray(values), 0, 255), np.uint8)


def to_grey(image: Image) -> npt.NDArray[np.uint8]:
    """Luminance of an image.

    Parameters
    ----------
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
        A frame.

    Returns
    -------
    ndarray of uint8, (H, W)
        The frame itself where it is grey already, else ITU-R BT.601 luma.
    """
    if image.ndim == 2:
        return image
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def normalise(grey: npt.NDArray[np.uint8], mean: float, std: float) -> npt.NDArray[np.float32]:
    """Scale grey values to [0, 1], then subtract the mean and divide by the deviation the encoder was trained with.

    Parameters
    ----------
    grey : ndarray of uint8, any shape
    mean, std : float
        From the model's card.

    Returns
    -------
    ndarray of float32, same shape
    """
    scaled = (grey.astype(np.float32) / 255 - mean) / std
    return scaled.astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Aspect-preserving placement of a source grid inside a network grid, centred, the rest black.

    Parameters
    ----------
    source_height, source_width : int
        The source grid in pixels, at least 1.
    height, width : int
        The network grid in pixels.
    """

    source_height: int
    source_width: int
    height: int
    width: int

    def __post_init__(self) -> None:
        if min(self.source_height, self.source_width, self.height, self.width) < 1:
            raise ValueError(f"expected positive sizes, got {self}")

    @property
    def inner(self) -> tuple[int, int, int, int]:
        """Top, left, height and width of the image inside the network grid."""
        scale = min(self.height / self.source_height, self.width / self.source_width)
        height = min(self.height, max(1, round(self.source_height * scale)))
        width = min(self.width, max(1, round(self.source_width * scale)))
        return (self.height - height) // 2, (self.width - width) // 2, height, width

    def place(self, grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Resize an (H, W) source image onto the (height, width) network grid."""
        if grey.shape != (self.source_height, self.source_width):
            raise ValueError(f"expected {(self.source_height, self.source_width)}, got {grey.shape}")
        top, left, height, width = self.inner
        shrinks = height < self.source_height
        placed = np.zeros((self.height, self.width), np.uint8)
        placed[top : top + height, left : left + width] = cv2.resize(
            grey, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        return placed

    def restore(self, values: FloatMap) -> FloatMap:
        """Bring (height, width) network values back to the (H, W) source grid by bilinear interpolation."""
        top, left, height, width = self.inner
        inner = np.ascontiguousarray(values[top : top + height, left : left + width])
        restored = cv2.resize(inner, (self.source_width, self.source_height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(restored, dtype=np.float32)


def averaged(grey: Grey, zoom: float) -> Grey:
    """Blur as much as averaging over the pixels that shrink into one would.

    Parameters
    ----------
    grey : ndarray of uint8, (H, W)
    zoom : float
        Network pixels per source pixel; from 1 up nothing is blurred.
    """
    if zoom >= 1:
        return grey
    sigma = np.sqrt((zoom**-2 - 1) / 12)  # the spread of a box of the width 1 / zoom, less that of one pixel
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigmaX=sigma), np.uint8)


def place_of(mask: Mask) -> tuple[float, float, float]:
    """Where a nerve lies and how large it is.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        Not empty.

    Returns
    -------
    x, y : float
        Centre of the box around it, px from the frame's top left corner.
    size : float
        Square root of its area, px.
    """
    box = Box.around(mask)
    if box is None:
        raise ValueError("expected a nerve, got an empty mask")
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2, size_of(box.of(mask))


def size_of(mask: Mask) -> float:
    """Square root of a mask's area, px."""
    return float(np.sqrt(np.count_nonzero(mask)))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels of a grid.

    Parameters
    ----------
    left, top, right, bottom : int
        The first column and row inside, and the first beyond.
    """

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @classmethod
    def around(cls, mask: Mask) -> Box | None:
        """Give the smallest box that holds an (H, W) mask; None for an empty one."""
        left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
        return cls(left, top, left + width, top + height) if width else None

    def grown(self, pixels: int, height: int, width: int) -> Box:
        """Give the box so many pixels larger on each side, within an (height, width) grid."""
        return Box(
            max(0, self.left - pixels),
            max(0, self.top - pixels),
            min(width, self.right + pixels),
            min(height, self.bottom + pixels),
        )

    def of(self, values: npt.NDArray[Pixel]) -> npt.NDArray[Pixel]:
        """Give a view of this part of an (H, W) array."""
        return values[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, slots=True)
class Window:
    """A crop of a frame: a rectangle of the source grid filling the network grid, black beyond.

    Parameters
    ----------
    x, y : float
        Its centre, px from the frame's top left corner.
    span : float
        Its width in source pixels.
    height, width : int
        The network grid in pixels.
    """

    x: float
    y: float
    span: float
    height: int
    width: int

    @classmethod
    def around(cls, mask: Mask, *, reach: float, height: int, width: int) -> Self:
        """Centre on a nerve, `reach` times the square root of its area wide; the mask must not be empty."""
        x, y, size = place_of(mask)
        return cls(x, y, reach * size, height, width)

    @property
    def zoom(self) -> float:
        """Network pixels per source pixel."""
        return self.width / self.span

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """(2, 3) affine map from source to network pixel indices (a pixel's centre lies at its index)."""
        zoom = self.zoom
        return np.array(
            [
                [zoom, 0, self.width / 2 - zoom * (self.x - 0.5) - 0.5],
                [0, zoom, self.height / 2 - zoom * (self.y - 0.5) - 0.5],
            ]
        )

    def box(self, height: int, width: int, *, margin: int = 0) -> Box:
        """Give the part of an (height, width) source grid that the window covers; at least one pixel."""
        tall = self.span * self.height / self.width
        left, right = _within(self.x - self.span / 2 - margin, self.x + self.span / 2 + margin, width)
        top, bottom = _within(self.y - tall / 2 - margin, self.y + tall / 2 + margin, height)
        return Box(left, top, right, bottom)

    def place(self, image: Image) -> Grey:
        """Show an (H, W) or (H, W, 3) source image in grey on the (height, width) network grid."""
        box = self.box(image.shape[0], image.shape[1], margin=2 + int(4 / min(1.0, self.zoom)))
        grey = averaged(to_grey(box.of(image)), self.zoom)
        return np.asarray(cv2.warpAffine(grey, self._matrix_in(box), (self.width, self.height)), np.uint8)

    def place_mask(self, mask: Mask) -> Mask:
        """Show an (H, W) mask on the (height, width) network grid: where at least half of a pixel is inside."""
        return self.place(mask.astype(np.uint8) * 255) >= 128

    def place_part(self, values: FloatMap, box: Box) -> FloatMap:
        """Bring values of a part of the source grid onto the network grid; 0 beyond the part."""
        return np.asarray(cv2.warpAffine(values, self._matrix_in(box), (self.width, self.height)), np.float32)

    def restore(self, values: FloatMap, height: int, width: int) -> FloatMap:
        """Bring network values back to an (height, width) source grid; 0 outside the window."""
        box = self.box(height, width, margin=1)
        restored = np.zeros((height, width), np.float32)
        box.of(restored)[...] = self.restore_in(values, box)
        return restored

    def restore_in(self, values: FloatMap, box: Box) -> FloatMap:
        """Bring network values back to a part of the source grid; 0 outside the window."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(values, self._matrix_in(box), (box.width, box.height), flags=flags), np.float32
        )

    def _matrix_in(self, box: Box) -> npt.NDArray[np.float64]:
        matrix = self.matrix
        matrix[:, 2] += matrix[:, :2] @ (box.left, box.top)
        return matrix


def _within(low: float, high: float, size: int) -> tuple[int, int]:
    first = min(max(0, int(np.floor(low))), size - 1)
    return first, max(first + 1, min(size, int(np.ceil(high))))
