"""Pixel data that are stored as they are: where each frame lies, and its samples laid out as a picture."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

import numpy as np
from pydicom.dataset import Dataset

from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_header import DAMAGED_HINT
from nerveapp.io.readers.dicom_source import PixelElement
from nerveapp.io.readers.grey_window import RawImage

_FLOATS = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}


@dataclass(frozen=True, slots=True)
class Stretches:
    """Bytes of a file that follow each other in parts, read as if they were one.

    Parameters
    ----------
    parts : sequence of (int, int)
        Start and length of each.
    """

    parts: Sequence[tuple[int, int]]

    @property
    def length(self) -> int:
        """Bytes in all."""
        return sum(length for _, length in self.parts)

    def read(self, file: BinaryIO, at: int, size: int) -> bytes:
        """Read `size` bytes from `at` on; fewer at the end."""
        ends = list(accumulate(length for _, length in self.parts))
        data = []
        for number in range(bisect_right(ends, at), len(self.parts)):
            start, length = self.parts[number]
            skipped = at - (ends[number] - length)
            file.seek(start + skipped)
            data.append(file.read(min(size, length - skipped)))
            size -= len(data[-1])
            at += len(data[-1])
            if size <= 0:
                break
        return b"".join(data)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the samples of a frame are stored.

    Parameters
    ----------
    rows, columns, samples : int
    bits : int
        Allocated for a sample: 1, 8, 16, 32 or 64.
    dtype : numpy dtype
        Of a sample of 8 bits and more, in the file's byte order.
    planar : bool
        Whether colours follow each other plane by plane.
    halved : bool
        Whether two pixels share their colour (Y1 Y2 Cb Cr), as in conforming YBR_FULL_422.
    swapped : bool
        Whether bytes lie in pairs the wrong way round (8 bits in big-endian words).
    """

    rows: int
    columns: int
    samples: int
    bits: int
    dtype: np.dtype[np.generic]
    planar: bool
    halved: bool
    swapped: bool

    @property
    def frame_bits(self) -> int:
        """Bits of one frame."""
        pixels = self.rows * self.columns
        return pixels * 2 * self.bits if self.halved else pixels * self.samples * self.bits

    def frame(self, data: Stretches, file: BinaryIO, index: int) -> RawImage:
        """Read one frame, (H, W) or (H, W, samples)."""
        first, skipped = divmod(index * self.frame_bits, 8)
        even = first - first % 2 if self.swapped else first
        size = (skipped + self.frame_bits + 7) // 8 + first - even
        raw = np.frombuffer(data.read(file, even, size + size % 2 if self.swapped else size), np.uint8)
        if self.swapped:
            raw = raw[: len(raw) // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1)[first - even :]
        if self.bits == 1:
            return np.unpackbits(raw, bitorder="little")[skipped : skipped + self.frame_bits].reshape(
                self.rows, self.columns
            )
        values = raw[: self.frame_bits // 8].view(self.dtype)
        values = values.astype(self.dtype.newbyteorder("="))
        return _shared_colours(values, self) if self.halved else _picture(values, self)


def layout_of(header: Dataset, pixels: PixelElement, data: Stretches, announced: int | None) -> Layout:
    """Find how the samples are stored; of two layouts of YCbCr, the one that fits the number of bytes.

    Raises
    ------
    ClipError
        If the header describes none that can be read.
    """
    rows, columns, samples = int(header.Rows), int(header.Columns), int(header.get("SamplesPerPixel") or 1)
    bits = _FLOATS.get(pixels.keyword) or int(header.BitsAllocated)
    if samples not in (1, 3) or bits not in (1, 8, 16, 32, 64) or (bits == 1 and samples > 1):
        raise ClipError("The DICOM file describes its pixels in an impossible way.", DAMAGED_HINT)
    kind = "f" if pixels.keyword in _FLOATS else "i" if header.get("PixelRepresentation") == 1 else "u"
    dtype = np.dtype(f"{'>' if pixels.big_endian else '<'}{kind}{max(bits // 8, 1)}")
    return Layout(
        rows,
        columns,
        samples,
        bits,
        dtype,
        planar=samples > 1 and int(header.get("PlanarConfiguration") or 0) == 1,
        halved=samples == 3 and bits == 8 and _is_halved(header, data.length, rows * columns, announced),
        swapped=pixels.big_endian and pixels.vr == "OW" and bits == 8,
    )


def _is_halved(header: Dataset, length: int, pixels: int, announced: int | None) -> bool:
    """Whether YCbCr is stored with two samples per pixel; its name is often wrong, the number of bytes is not."""
    photometric = str(header.get("PhotometricInterpretation", ""))
    if announced is not None and length in (announced * pixels * 2, announced * pixels * 2 + 1):
        return photometric.startswith("YBR")
    if announced is not None and length in (announced * pixels * 3, announced * pixels * 3 + 1):
        return False
    return photometric.endswith("422") and (announced is not None or length % (pixels * 2) < 2)


def _picture(values: RawImage, layout: Layout) -> RawImage:
    if layout.samples == 1:
        return values.reshape(layout.rows, layout.columns)
    if layout.planar:
        return np.moveaxis(values.reshape(layout.samples, layout.rows, layout.columns), 0, -1)
    return values.reshape(layout.rows, layout.columns, layout.samples)


def _shared_colours(values: RawImage, layout: Layout) -> RawImage:
    """Give each of two pixels the colour they share (PS3.3, C.7.6.3.1.2): stored are Y1 Y2 Cb Cr."""
    pairs = values.reshape(-1, 4)
    pixels = np.stack([pairs[:, :2], pairs[:, 2:3].repeat(2, axis=1), pairs[:, 3:].repeat(2, axis=1)], axis=-1)
    return pixels.reshape(layout.rows, layout.columns, 3)
