"""The slices of a NIfTI label volume, one at a time, from bytes."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Self, cast

import numpy as np
import numpy.typing as npt

from nerveapp.errors import AnnotationError
from nerveapp.io.readers.content import is_gzip
from nerveapp.io.readers.nifti_world import World, world_of

MAX_OFFSET = 16 * 1024 * 1024
"""Extensions between header and data are passed over; they may have this many bytes."""

_HINT = "Save it again as a single .nii or .nii.gz file of whole numbers."
_HEADER_BYTES = 540  # NIfTI-2's; NIfTI-1 has 348
_NIFTI_1_BYTES = 348


@dataclass(frozen=True, slots=True)
class LabelVolume:
    """What the header of a label volume says, and its bytes.

    Parameters
    ----------
    data : bytes
    width, height : int
        Lengths of the first two stored axes.
    frame_count : int
        Length of the axis of frames.
    is_timed : bool
        Whether frames run along a fourth axis and not along the third.
    world : World
        Where the stored voxels lie.
    dtype : numpy.dtype
    offset : int
        Where the voxels start, in bytes.
    slope, intercept : float
        From stored values to labels.
    """

    data: bytes
    width: int
    height: int
    frame_count: int
    is_timed: bool
    world: World
    dtype: np.dtype[Any]
    offset: int
    slope: float
    intercept: float

    @classmethod
    def open(cls, data: bytes) -> Self:
        """Read the header.

        Raises
        ------
        AnnotationError
            If it is damaged, or describes no stack of labels.
        """
        from nerveapp.io.readers.nifti import NIFTI_ERRORS  # noqa: PLC0415 - loads nibabel, half a second

        try:
            with _content(data) as file:
                header = _header(file.read(_HEADER_BYTES))
            shape = tuple(int(n) for n in header.get_data_shape())
            slope, intercept = header.get_slope_inter()
            offset, dtype = int(header.get_data_offset()), header.get_data_dtype()
            world = world_of(header, *(*shape, 1, 1)[:2])
        except NIFTI_ERRORS as error:
            raise AnnotationError("The NIfTI file is damaged.", _HINT) from error
        frame_axes = [axis for axis in range(2, len(shape)) if shape[axis] > 1]
        if len(shape) < 2 or min(shape) < 1 or len(frame_axes) > 1:
            raise AnnotationError(f"The NIfTI image is no stack of frames ({' x '.join(map(str, shape))}).", _HINT)
        if dtype.kind not in "uif" or dtype.itemsize > 8 or offset > MAX_OFFSET:
            raise AnnotationError("The NIfTI image holds no labels.", _HINT)
        count = shape[frame_axes[0]] if frame_axes else 1
        scale = (1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept))
        is_timed = bool(frame_axes) and frame_axes[0] > 2
        place = (shape[0], shape[1], count, is_timed, world)
        return cls(data, *place, dtype, max(offset, _NIFTI_1_BYTES), *scale)

    def planes(self) -> Iterator[npt.NDArray[np.int64]]:
        """Read frame after frame; check before that their size is the clip's, so that memory is bounded.

        Yields
        ------
        ndarray of int64, (H, W)
            Labels, the first stored axis along x.

        Raises
        ------
        AnnotationError
            Where the data end, are damaged, or are no whole numbers.
        """
        from nerveapp.io.readers.nifti import NIFTI_ERRORS  # noqa: PLC0415 - loads nibabel, half a second

        size = self.width * self.height * self.dtype.itemsize
        try:
            with _content(self.data) as file:
                file.read(self.offset)
                for _ in range(self.frame_count):
                    plane = np.frombuffer(file.read(size), self.dtype).reshape(self.height, self.width)
                    yield self._labels(plane)
        except NIFTI_ERRORS as error:
            raise AnnotationError("The NIfTI data are damaged or cut off.", _HINT) from error

    def _labels(self, plane: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        if self.dtype.kind != "f" and (self.slope, self.intercept) == (1.0, 0.0):
            return plane.astype(np.int64)
        values = plane.astype(np.float64) * self.slope + self.intercept
        if not (np.abs(values) < 2**31).all() or (values != np.round(values)).any():
            raise AnnotationError("The NIfTI image holds grey values, not labels.", _HINT)
        return values.astype(np.int64)


@contextmanager
def _content(data: bytes) -> Iterator[BinaryIO]:
    file = io.BytesIO(data)
    if not is_gzip(data):
        yield file
        return
    with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        yield cast(BinaryIO, unpacked)


def _header(start: bytes) -> Any:
    """Read the header alone: its extensions may announce any size."""
    from nibabel import Nifti1Header, Nifti2Header  # noqa: PLC0415 - half a second, which only this format should cost

    if b"ni1" in start[344:348] or b"ni2" in start[4:8]:
        raise AnnotationError("This is the header of a NIfTI pair; its labels are in another file.", _HINT)
    kind: Any = Nifti2Header if start[4:7] == b"n+2" else Nifti1Header
    return kind(start[: _HEADER_BYTES if kind is Nifti2Header else _NIFTI_1_BYTES])
