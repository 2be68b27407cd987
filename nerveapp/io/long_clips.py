"""Clips of any length, written frame by frame: what the benchmark of memory reads."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import tifffile
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

_HEIGHT, _WIDTH = 96, 128
Picture = npt.NDArray[np.uint8]


def _pictures(count: int) -> Iterator[Picture]:
    """Yield grey pictures, (H, W), that differ from each other."""
    ramp = np.add.outer(np.arange(_HEIGHT), np.arange(_WIDTH)).astype(np.uint8)
    for index in range(count):
        yield np.roll(ramp, index, axis=1)


def write_video(path: Path, count: int) -> None:
    """Write H.264 in MP4."""
    _encode(path, count, "mp4", "h264", "yuv420p")


def write_gif(path: Path, count: int) -> None:
    """Write an animated GIF."""
    _encode(path, count, "gif", "gif", "rgb8")


def write_tiff(path: Path, count: int) -> None:
    """Write a TIFF with a page for each frame."""
    with tifffile.TiffWriter(path) as writer:
        for picture in _pictures(count):
            writer.write(picture, contiguous=False, metadata=None)


def write_dicom(path: Path, count: int) -> None:
    """Write an uncompressed ultrasound multi-frame image."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.3.1", "2.25.1"
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.NumberOfFrames, data.Rows, data.Columns = count, _HEIGHT, _WIDTH
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation, data.FrameTime = 7, 0, "40"
    dcmwrite(path, data, enforce_file_format=True)
    with path.open("ab") as file:
        size = count * _HEIGHT * _WIDTH
        file.write(struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, size))
        for picture in _pictures(count):
            file.write(picture.tobytes())


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "video": write_video,
    "GIF": write_gif,
    "TIFF": write_tiff,
    "DICOM": write_dicom,
}
"""What writes a clip of so many frames, for each kind."""


def _encode(path: Path, count: int, container: str, codec: str, pixel_format: str) -> None:
    with av.open(path, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, pixel_format
        for picture in _pictures(count):
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format=pixel_format)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
