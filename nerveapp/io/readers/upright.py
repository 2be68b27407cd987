"""The rotation that a video or a picture asks for, applied."""

from __future__ import annotations

from enum import Enum
from typing import cast

import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame

from nerveapp.domain.clip import Image
from nerveapp.io.readers.grey_window import RawImage


class Orientation(Enum):
    """One of the eight ways to lay a picture upright: (swap x and y, then mirror x, then mirror y)."""

    AS_STORED = (False, False, False)
    MIRROR_Y = (False, False, True)
    MIRROR_X = (False, True, False)
    HALF_TURN = (False, True, True)
    SWAP = (True, False, False)
    TURN_LEFT = (True, False, True)
    TURN_RIGHT = (True, True, False)
    SWAP_HALF_TURN = (True, True, True)
    SKEWED = ()

    def turn(self, image: Image) -> Image:
        """Lay an image upright.

        Parameters
        ----------
        image : ndarray of uint8, (H, W) or (H, W, 3)

        Returns
        -------
        ndarray of uint8, (H, W), (W, H) or the same with 3 channels
            A view. `SKEWED` pictures stay as they are.
        """
        if self is Orientation.SKEWED:
            return image
        swap, mirror_x, mirror_y = self.value
        image = np.swapaxes(image, 0, 1) if swap else image
        image = image[:, ::-1] if mirror_x else image
        return image[::-1] if mirror_y else image


def orientation_of(frame: VideoFrame) -> Orientation:
    """Read the display matrix that came with a frame; without one the picture is as stored.

    The matrix (ISO 14496-12, 6.2.2) sends a stored point (x, y) to (a x + c y, b x + d y).
    """
    try:
        data = cast(SideDataContainer, frame.side_data)[Type.DISPLAYMATRIX]  # its own annotation is wrong
    except KeyError:
        return Orientation.AS_STORED
    except ValueError:  # beside it lies something that PyAV knows no name for, such as EXIF: it tells the turn alone
        turns = {90: Orientation.TURN_LEFT, 180: Orientation.HALF_TURN, 270: Orientation.TURN_RIGHT}
        return turns.get(round(frame.rotation) % 360, Orientation.AS_STORED)
    matrix = np.frombuffer(bytes(data), dtype=np.int32).astype(np.int64)
    a, b, c, d = (int(matrix[i]) for i in (0, 1, 3, 4))
    if abs(a) > 20 * abs(b) and abs(d) > 20 * abs(c):
        return Orientation((False, a < 0, d < 0))
    if abs(b) > 20 * abs(a) and abs(c) > 20 * abs(d):
        return Orientation((True, c < 0, b < 0))
    return Orientation.SKEWED


def upright_by_tag(image: RawImage, orientation: int) -> RawImage:
    """Apply the Orientation tag of a TIFF or of EXIF (TIFF 6.0, section 8): which corner row and column 0 stand for."""
    turned = {
        2: lambda: image[:, ::-1],
        3: lambda: image[::-1, ::-1],
        4: lambda: image[::-1],
        5: lambda: np.swapaxes(image, 0, 1),
        6: lambda: np.swapaxes(image[::-1], 0, 1),
        7: lambda: np.swapaxes(image[::-1, ::-1], 0, 1),
        8: lambda: np.swapaxes(image[:, ::-1], 0, 1),
    }.get(orientation)
    return image if turned is None else np.ascontiguousarray(turned())
