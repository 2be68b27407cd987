"""The slices of a NIfTI image, read one at a time from the stream of its bytes."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from nibabel import Nifti1Header, Nifti2Header
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Affine
from nerveapp.errors import ClipError
from nerveapp.io.readers.content import is_gzip
from nerveapp.io.readers.grey_window import GreyWindow, RawImage, window_between
from nerveapp.io.readers.limits import GIB, ReadLimits
from nerveapp.io.readers.nifti_world import World, seconds_per_frame, spacing_of, world_of

NIFTI_ERRORS = (
    HeaderDataError, WrapStructError, OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError,
    MemoryError, zlib.error,
)  # fmt: skip
"""What nibabel and gzip raise for damaged files."""

# nibabel ships a marker for types but leaves its headers untyped: they are Any here.
_HINT = "Save it again as a single .nii or .nii.gz file."
_VECTOR_INTENTS = (1007, 2003, 2004)  # NIFTI_INTENT_VECTOR, RGB_VECTOR, RGBA_VECTOR
_COLOURS = (3, 4)  # samples of a colour along the fifth axis; a fourth is transparency


@dataclass(frozen=True, slots=True)
class NiftiStack:
    """What a NIfTI header says; see `nerveapp.io.readers.stack.StackDescription`.

    `samples` is 3 or 4 where the colours of all pictures follow each other along the fifth axis, else 1.
    """

    path: Path
    frame_count: int
    step_s: float | None
    calibration: Calibration | None
    suggestion: Calibration | None
    notes: tuple[str, ...]
    width: int
    height: int
    offset: int
    dtype: np.dtype[Any]
    slope: float
    intercept: float
    samples: int
    world: World
    limits: ReadLimits
    display: GreyWindow | None = None
    format: str = "NIfTI stack"
    times_s: tuple[float, ...] = ()

    @property
    def affine(self) -> Affine | None:
        """Where the pictures, as they are shown, lie in the world."""
        return self.world.shown(self.width, self.height)

    def planes(self) -> Iterator[RawImage]:
        """Read picture after picture, upright, the first stored axis along x.

        Yields
        ------
        ndarray, (H, W) or (H, W, 3), of the stored type, or float64 where the header scales the values

        Raises
        ------
        ClipError
            Where the data end or are damaged.
        """
        size = self.width * self.height * self.dtype.itemsize
        most = self.limits.max_unpacked_bytes
        if self.offset + size * self.frame_count * self.samples > most:
            raise ClipError(f"The image unpacks to more than {most / GIB:.1f} GiB.", "Crop it.")
        try:
            with _content(self.path) as file:
                if self.samples > 1:
                    yield from self._coloured(file, size)
                    return
                file.seek(self.offset)
                for _ in range(self.frame_count):
                    yield self._upright(self._plane(_read(file, size)))
        except NIFTI_ERRORS as error:
            raise ClipError("The NIfTI data are damaged or cut off.", _HINT) from error

    def _coloured(self, file: BinaryIO, size: int) -> Iterator[RawImage]:
        """Gather the colours of each picture; they lie all over the file, which is unpacked to disk if it is packed."""
        with _seekable(file) as data:
            for index in range(self.frame_count):
                colours = []
                for sample in range(3):
                    data.seek(self.offset + (sample * self.frame_count + index) * size)
                    colours.append(self._plane(_read(data, size)))
                yield self._upright(np.stack(colours, axis=-1))

    def _plane(self, data: bytes) -> RawImage:
        # The first axis varies fastest: read in C order this is (y, x).
        plane = np.frombuffer(data, dtype=self.dtype).reshape(self.height, self.width)
        if self.dtype.names is not None:
            return np.stack([plane[channel] for channel in self.dtype.names[:3]], axis=-1)
        native = plane.astype(self.dtype.newbyteorder("="))
        if (self.slope, self.intercept) == (1.0, 0.0):
            return native
        return np.asarray(native.astype(np.float64) * self.slope + self.intercept)

    def _upright(self, plane: RawImage) -> RawImage:
        plane = plane[:, ::-1] if self.world.flip_columns else plane
        return np.ascontiguousarray(plane[::-1] if self.world.flip_rows else plane)


def _read(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise ClipError("The NIfTI data are cut off.", _HINT)
    return data


@contextmanager
def _seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    if not isinstance(file, gzip.GzipFile):
        yield file
        return
    with tempfile.TemporaryFile() as unpacked:
        shutil.copyfileobj(file, unpacked)
        yield cast(BinaryIO, unpacked)


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
    dtype = header.get_data_dtype()
    if len(shape) < 2 or min(shape) < 1:
        raise ClipError("The NIfTI image has no frames.", _HINT)
    is_vector = int(header["intent_code"]) in _VECTOR_INTENTS or dtype == np.uint8
    samples = shape[4] if len(shape) == 5 and shape[4] in _COLOURS and is_vector else 1
    if samples == 1 and any(length > 1 for length in shape[4:]):
        raise ClipError(
            f"The NIfTI image has more than one value for each pixel ({' x '.join(map(str, shape))}).",
            "Save one of them by itself, or colours as RGB.",
        )
    frame_axes = [axis for axis in range(2, 4 if samples > 1 else len(shape)) if axis < len(shape) and shape[axis] > 1]
    if len(frame_axes) > 1:
        raise ClipError(
            f"The NIfTI image has more than one axis of frames ({' x '.join(map(str, shape))}).",
            "Save one slice over time, or one volume, by itself.",
        )
    limits.check_frame(shape[0], shape[1])
    if dtype.names is None and (dtype.kind not in "uif" or dtype.itemsize > 8):
        raise ClipError(f"The NIfTI image holds values of type {dtype}, not grey or RGB.", _HINT)
    slope, intercept = header.get_slope_inter()
    spacing, world = spacing_of(header), world_of(header, shape[0], shape[1])
    return NiftiStack(
        path,
        shape[frame_axes[0]] if frame_axes else 1,
        seconds_per_frame(header) if frame_axes == [3] else None,
        spacing.calibration,
        spacing.suggestion,
        (*spacing.notes, *world.notes),
        shape[0],
        shape[1],
        max(int(header.get_data_offset()), 348),
        dtype,
        1.0 if slope is None else float(slope),
        0.0 if intercept is None else float(intercept),
        samples,
        world,
        limits,
        window_between(header["cal_min"], header["cal_max"]),  # they are 0 where nobody said
    )
