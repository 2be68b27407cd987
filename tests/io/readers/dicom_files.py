"""DICOM files as devices and programs write them, made by the tests themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

RNG = np.random.default_rng(3)
GREY = RNG.integers(0, 255, (4, 31, 45), dtype=np.uint8)


def region(**changes: Any) -> Dataset:
    item = Dataset()
    values = {
        "RegionSpatialFormat": 1, "RegionDataType": 1, "RegionLocationMinX0": 2, "RegionLocationMinY0": 3,
        "RegionLocationMaxX1": 40, "RegionLocationMaxY1": 28, "PhysicalUnitsXDirection": 3,
        "PhysicalUnitsYDirection": 3, "PhysicalDeltaX": 0.01, "PhysicalDeltaY": -0.02,
    } | changes  # fmt: skip
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def dataset(pixels: npt.NDArray[Any], photometric: str = "MONOCHROME2", **elements: Any) -> Dataset:
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.3.1", "1.2.3.4"
    data.PatientName = "Doe^Jane"
    colour = photometric in ("RGB", "YBR_FULL")
    data.SamplesPerPixel = 3 if colour else 1
    if colour:
        data.PlanarConfiguration = 0
    data.PhotometricInterpretation = photometric
    data.NumberOfFrames, data.Rows, data.Columns = pixels.shape[:3]
    data.BitsAllocated = data.BitsStored = pixels.dtype.itemsize * 8
    data.HighBit, data.PixelRepresentation = data.BitsStored - 1, int(pixels.dtype.kind == "i")
    data.PixelData = pixels.tobytes()
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    return data


def save(path: Path, data: Dataset, syntax: UID = ExplicitVRLittleEndian, *, bare: bool = False) -> Path:
    little = syntax != ExplicitVRBigEndian
    if bare:
        dcmwrite(path, data, implicit_vr=syntax.is_implicit_VR, little_endian=little)
        return path
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    if "PixelData" in data:
        data["PixelData"].VR = "OW" if data.BitsAllocated > 8 or syntax == ImplicitVRLittleEndian else "OB"
    if not little and data.BitsAllocated == 16:
        data.PixelData = np.frombuffer(data.PixelData, "<u2").byteswap().tobytes()
    dcmwrite(path, data, enforce_file_format=True)
    return path


def compressed(path: Path, syntax: UID, *, has_offsets: bool = True) -> Path:
    encode: dict[UID, Any] = {
        JPEG2000Lossless: lambda frame: imagecodecs.jpeg2k_encode(frame, codecformat="j2k", reversible=True, level=0),
        JPEGLSLossless: imagecodecs.jpegls_encode,
        JPEGLosslessSV1: imagecodecs.ljpeg_encode,
        JPEGBaseline8Bit: lambda frame: imagecodecs.jpeg8_encode(frame, level=98),
    }
    data = dataset(GREY)
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if syntax == RLELossless:
        data.compress(RLELossless, encoding_plugin="pydicom")
        codes = list(generate_frames(data.PixelData, number_of_frames=4))
    else:
        codes = [bytes(encode[syntax](frame)) for frame in GREY]
    data.file_meta.TransferSyntaxUID = syntax
    data.PixelData = encapsulate(codes, has_bot=has_offsets)
    data["PixelData"].VR = "OB"
    data["PixelData"].is_undefined_length = True
    dcmwrite(path, data, enforce_file_format=True)
    return path
