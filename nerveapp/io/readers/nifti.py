"""The slices of a NIfTI image, read one at a time from the stream of its bytes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from nibabel import Nifti1Header, Nifti2Header
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.errors import CalibrationError, ClipError
from nerveapp.io.readers.content import is_gzip
from nerveapp.io.readers.grey_window import RawImage
from nerveapp.io.readers.limits import GIB, ReadLimits

NIFTI_ERRORS = (
    HeaderDataError, WrapStructError, OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError,
    MemoryError, zlib.error,
)  # fmt: skip
"""What nibabel and gzip raise for damaged files."""

# nibabel ships a marker for types but leaves its headers untyped: they are Any here.
_HINT = "Save it again as a single .nii or .nii.gz file."
_MM_PER_UNIT = {"meter": 1000.0, "mm": 1.0, "micron": 1e-3}
_SECONDS_PER_UNIT = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}


@dataclass(frozen=True, slots=True)
class NiftiStack:
    """What a NIfTI header says; see `nerveapp.io.readers.stack.StackDescription`."""

    path: Path
    frame_count: int
    step_s: float | None
    calibration: Calibration | None
    notes: tuple[str, ...]
    width: int
    height: int
    offset: int
    dtype: np.dtype[Any]
    slope: float
    intercept: float
    max_unpacked_bytes: int
    format: str = "NIfTI stack"
    inverted: bool = field(default=False, init=False)

    def planes(self) -> Iterator[RawImage]:
        """Read slice after slice, turned so that the first stored axis runs along x.

        Yields
        ------
        ndarray, (H, W) or (H, W, 3), of the stored type, or float64 where the header scales the values

        Raises
        ------
        ClipError
            Where the data end or are damaged.
        """
        size = self.width * self.height * self.dtype.itemsize
        if self.offset + size * self.frame_count > self.max_unpacked_bytes:
            raise ClipError(f"The image unpacks to more than {self.max_unpacked_bytes / GIB:.1f} GiB.", "Crop it.")
        try:
            with _content(self.path) as file:
                file.seek(self.offset)
                for _ in range(self.frame_count):
                    data = file.read(size)
                    if len(data) < size:
                        raise ClipError("The NIfTI data are cut off.", _HINT)
                    yield self._plane(data)
        except NIFTI_ERRORS as error:
            raise ClipError("The NIfTI data are damaged or cut off.", _HINT) from error

    def _plane(self, data: bytes) -> RawImage:
        # The first axis varies fastest: read in C order this is (y, x).
        plane = np.frombuffer(data, dtype=self.dtype).reshape(self.height, self.width)
        if self.dtype.names is not None:
            return np.stack([plane[channel] for channel in self.dtype.names[:3]], axis=-1)
        native = plane.astype(self.dtype.newbyteorder("="))
        if (self.slope, self.intercept) == (1.0, 0.0):
            return native
        return np.asarray(native.astype(np.float64) * self.slope + self.intercept)


def describe_nifti(path: Path, limits: ReadLimits) -> NiftiStack:
    """Read the header of a NIfTI-1 or NIfTI-2 image, within gzip or not.

    Raises
    ------
    ClipError
        If it is damaged, half of a pair of files, or does not describe a stack of images.
    """
    try:
        with _content(path) as file:
            header = _header(file)
            return _described(path, header, limits)
    except NIFTI_ERRORS as error:
        raise ClipError("The NIfTI file is damaged.", _HINT) from error


@contextmanager
def _content(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        packed = is_gzip(file.read(2))
        file.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file


def _header(file: BinaryIO) -> Any:
    start = file.read(348)
    file.seek(0)
    if b"ni1" in start[344:348] or b"ni2" in start[4:8]:
        raise ClipError("This is the header of a NIfTI pair; its pixels are in another file.", _HINT)
    kind: Any = Nifti2Header if start[4:7] == b"n+2" else Nifti1Header
    return kind.from_fileobj(file)


def _described(path: Path, header: Any, limits: ReadLimits) -> NiftiStack:
    shape = tuple(int(n) for n in header.get_data_shape())
    if len(shape) < 2 or min(shape) < 1:
        raise ClipError("The NIfTI image has no frames.", _HINT)
    frame_axes = [axis for axis in range(2, len(shape)) if shape[axis] > 1]
    if len(frame_axes) > 1:
        raise ClipError(
            f"The NIfTI image has more than one axis of frames ({' x '.join(map(str, shape))}).",
            "Save one slice over time, or one volume, by itself.",
        )
    limits.check_frame(shape[0], shape[1])
    dtype = header.get_data_dtype()
    if dtype.names is None and (dtype.kind not in "uif" or dtype.itemsize > 8):
        raise ClipError(f"The NIfTI image holds values of type {dtype}, not grey or RGB.", _HINT)
    slope, intercept = header.get_slope_inter()
    calibration, notes = _spacing(header)
    return NiftiStack(
        path,
        shape[frame_axes[0]] if frame_axes else 1,
        _step_s(header, frame_axes),
        calibration,
        notes,
        shape[0],
        shape[1],
        max(int(header.get_data_offset()), 348),
        dtype,
        1.0 if slope is None else float(slope),
        0.0 if intercept is None else float(intercept),
        limits.max_unpacked_bytes,
    )


def _spacing(header: Any) -> tuple[Calibration | None, tuple[str, ...]]:
    unit = _units(header)[0]
    if unit not in _MM_PER_UNIT:
        return None, ("The NIfTI header gives no unit of length, so its voxel size was not used.",)
    # Stored as float32: the digits beyond its precision are noise.
    column, row = (float(f"{float(size) * _MM_PER_UNIT[unit]:.7g}") for size in header.get_zooms()[:2])
    try:
        return Calibration(row, column, CalibrationOrigin.FILE_METADATA, f"NIfTI voxel size, unit {unit}"), ()
    except CalibrationError as error:
        return None, (f"The voxel size of the NIfTI header was not used: {error.message}",)


def _step_s(header: Any, frame_axes: list[int]) -> float | None:
    """Return seconds between frames where these run along the fourth axis, the one of time."""
    factor = _SECONDS_PER_UNIT.get(_units(header)[1])
    if frame_axes != [3] or factor is None:
        return None
    step_s = float(header.get_zooms()[3]) * factor
    return step_s if np.isfinite(step_s) and step_s > 0 else None


def _units(header: Any) -> tuple[str, str]:
    try:
        space, time = header.get_xyzt_units()
    except KeyError:
        return "unknown", "unknown"
    return str(space), str(time)
