"""A small good file of every kind that is read, for the fuzzer to spoil."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import imagecodecs
import nibabel
import numpy as np
import tifffile
from PIL import Image
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from roifile import ImagejRoi

RAMP = (np.add.outer(np.arange(48), np.arange(64)) * 2).astype(np.uint8)
FRAMES = np.stack([np.roll(RAMP, 3 * index, axis=1) for index in range(5)])
RGB = np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1]], axis=-1)
DEEP = FRAMES.astype(np.uint16) * 16


def clips() -> dict[str, bytes]:
    """Bytes of clips and stills, by what they are."""
    found = {f"video {codec} {suffix}": video(codec, suffix, *more) for codec, suffix, *more in (
        ("h264", "mp4"), ("h264", "mkv"), ("libvpx", "webm"), ("mjpeg", "avi", "yuvj420p"), ("gif", "gif", "rgb8"),
        ("mpeg4", "mov"), ("mpeg2video", "ts"), ("ffv1", "mkv"), ("hevc", "mp4"),
    )}  # fmt: skip
    found |= {f"DICOM {name}": data for name, data in dicoms()}
    found |= {f"TIFF {name}": data for name, data in tiffs()}
    found |= {f"NIfTI {name}": data for name, data in niftis()}
    moving = {"save_all": True, "append_images": [Image.fromarray(one) for one in FRAMES[1:]], "duration": 40}
    stills = {name: still(**options) for name, options in (
        ("PNG", {"format": "PNG"}), ("JPEG", {"format": "JPEG"}), ("BMP", {"format": "BMP"}),
        ("progressive JPEG", {"format": "JPEG", "progressive": True}), ("RGB PNG", {"format": "PNG", "pixels": RGB}),
        ("16-bit PNG", {"format": "PNG", "pixels": DEEP[0]}), ("WebP", {"format": "WEBP"}), ("PGM", {"format": "PPM"}),
        ("JPEG 2000 still", {"format": "JPEG2000"}), ("animated PNG", {"format": "PNG", **moving}),
        ("animated WebP", {"format": "WEBP", **moving}),
    )}  # fmt: skip
    found |= stills
    methods = {"deflated": 8, "stored": 0, "bzip2": 12, "LZMA": 14}
    return found | {
        f"ZIP {name}": packed([(f"{n}.png", stills["PNG"]) for n in range(3)], method)
        for name, method in methods.items()
    }


def outlines() -> dict[str, bytes]:
    """Bytes of files of outlines for a clip of 5 frames of 64 x 48 px."""
    mask = np.zeros((48, 64), np.uint8)
    mask[10:20, 12:30] = 255
    square = [[12, 10], [30, 10], [30, 20], [12, 20]]
    coco = {
        "images": [{"id": 1, "file_name": "frame_000002.png", "width": 64, "height": 48}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "segmentation": [[*square[0], *square[1], *square[2], *square[3]]],
            }
        ],
        "categories": [{"id": 1, "name": "nerve"}],
    }
    labelme = {
        "imagePath": "frame_000003.png", "imageWidth": 64, "imageHeight": 48,
        "shapes": [{"label": "nerve", "points": square, "shape_type": "polygon"}],
    }  # fmt: skip
    roi = ImagejRoi.frompoints(np.array(square), name="0003-0015-0021", position=3).tobytes()
    volume = np.zeros((64, 48, 5), np.uint8)
    volume[12:30, 10:20, 2] = 1
    labels = io.BytesIO()
    image = cast(Any, nibabel).Nifti1Image(volume, np.diag([-1, -1, 1, 1]))
    labels.write(image.to_bytes())
    png = still("PNG", mask)
    return {
        "COCO": json.dumps(coco).encode(), "LabelMe": json.dumps(labelme).encode(), "ROI": roi,
        "labels": labels.getvalue(),
        "mask": png, "masks": packed([("frame_000001.png", png), ("frame_000002.png", png)], 8),
        "ROI set": packed([("0003-0015-0021.roi", roi)], 8),
    }  # fmt: skip


def video(codec: str, suffix: str, pixel_format: str = "yuv420p") -> bytes:
    file = io.BytesIO()
    formats = {"mkv": "matroska", "ts": "mpegts"}
    with av.open(file, "w", format=formats.get(suffix, suffix)) as output:
        stream: Any = output.add_stream(codec, rate=Fraction(25), options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixel_format
        for image in FRAMES:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="gray").reformat(format=pixel_format)))
        output.mux(stream.encode())
    return file.getvalue()


def dicom(pixels: Any, syntax: UID, codes: list[bytes] | None = None, **elements: Any) -> bytes:
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.3.1", "1.2.3.4"
    data.SamplesPerPixel = 3 if pixels.ndim == 4 else 1
    if pixels.ndim == 4:
        data.PlanarConfiguration = 0
    data.PhotometricInterpretation = "RGB" if pixels.ndim == 4 else "MONOCHROME2"
    data.NumberOfFrames, data.Rows, data.Columns = pixels.shape[:3]
    data.BitsAllocated = pixels.dtype.itemsize * 8
    data.BitsStored = 12 if data.BitsAllocated == 16 else 8
    data.HighBit, data.PixelRepresentation, data.FrameTime = data.BitsStored - 1, 0, "40"
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType = 1, 1
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 63, 47
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.01
    data.SequenceOfUltrasoundRegions = [region]
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.PixelData = pixels.tobytes() if codes is None else encapsulate(codes, has_bot=len(codes) > 1)
    data["PixelData"].VR = "OW" if codes is None and data.BitsAllocated == 16 else "OB"
    if syntax == ImplicitVRLittleEndian:
        data["PixelData"].VR = "OW"
    data["PixelData"].is_undefined_length = codes is not None
    file = io.BytesIO()
    dcmwrite(file, data, enforce_file_format=True)
    return file.getvalue()


def dicoms() -> list[tuple[str, bytes]]:
    def codes(encode: Any, images: Any) -> list[bytes]:
        return [bytes(code) + b"\0" * (len(code) % 2) for code in map(encode, images)]

    def uid(ending: str) -> UID:
        return UID(f"1.2.840.10008.1.2.{ending}")

    film = video("h264", "mp4")
    return [
        ("native", dicom(FRAMES, ExplicitVRLittleEndian)),
        ("implicit", dicom(FRAMES, ImplicitVRLittleEndian)),
        ("12 bits", dicom(DEEP, ExplicitVRLittleEndian)),
        ("RGB", dicom(np.stack([RGB] * 2), ExplicitVRLittleEndian)),
        ("deflated", dicom(FRAMES, DeflatedExplicitVRLittleEndian)),
        ("JPEG", dicom(FRAMES, uid("4.50"), codes(lambda one: imagecodecs.jpeg8_encode(one, level=90), FRAMES))),
        ("lossless JPEG", dicom(FRAMES, uid("4.70"), codes(imagecodecs.ljpeg_encode, FRAMES))),
        ("JPEG-LS", dicom(FRAMES, uid("4.80"), codes(imagecodecs.jpegls_encode, FRAMES))),
        (
            "JPEG 2000",
            dicom(FRAMES, uid("4.90"), codes(lambda one: imagecodecs.jpeg2k_encode(one, codecformat="j2k"), FRAMES)),
        ),
        ("RLE", dicom(FRAMES, uid("5"), [rle(frame) for frame in FRAMES])),
        ("video", dicom(FRAMES, uid("4.102"), [film + b"\0" * (len(film) % 2)])),
    ]


def rle(frame: Any) -> bytes:
    """Write a frame as one RLE segment of literal runs (PS3.5, annex G)."""
    raw = frame.tobytes()
    runs = b"".join(bytes([len(part) - 1]) + part for part in (raw[at : at + 128] for at in range(0, len(raw), 128)))
    code = struct.pack("<16L", 1, 64, *[0] * 14) + runs
    return code + b"\0" * (len(code) % 2)


def tiffs() -> list[tuple[str, bytes]]:
    def written(pixels: Any = FRAMES, **options: Any) -> bytes:
        file = io.BytesIO()
        tifffile.imwrite(file, pixels, **options)
        return file.getvalue()

    colours = np.tile(np.arange(256, dtype=np.uint16) * 256, (3, 1))
    return [
        ("plain", written()), ("zlib", written(compression="zlib")), ("LZW", written(compression="lzw")),
        ("JPEG", written(compression="jpeg")),
        ("ImageJ", written(imagej=True, metadata={"unit": "mm", "axes": "TYX"})),
        ("OME", written(ome=True, metadata={"axes": "TYX", "PhysicalSizeX": 80.0, "PhysicalSizeY": 80.0})),
        ("16 bits", written(DEEP)), ("uint64", written(DEEP.astype(np.uint64))),
        ("float", written(DEEP.astype(np.float32))), ("RGB", written(RGB, photometric="rgb")),
        ("palette", written(FRAMES, photometric="palette", colormap=colours)),
        ("tiled", written(np.tile(RAMP, (2, 2)), tile=(16, 16))), ("big", written(bigtiff=True, byteorder=">")),
    ]  # fmt: skip


def niftis() -> list[tuple[str, bytes]]:
    def written(values: Any) -> bytes:
        image = cast(Any, nibabel).Nifti1Image(values, np.diag([-0.08, -0.08, 1, 1]))
        image.header.set_xyzt_units("mm", "sec")
        return bytes(image.to_bytes())

    plain = written(FRAMES.T)
    return [
        ("plain", plain), ("packed", gzip.compress(plain, mtime=0)), ("float", written(DEEP.T.astype(np.float64))),
        ("colour", written(np.stack([FRAMES.T] * 3, axis=-1)[:, :, :, None])),
    ]  # fmt: skip


def still(format: str, pixels: Any = RAMP, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


def packed(members: list[tuple[str, bytes]], method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def write(folder: Path) -> None:
    """Write them all, to look at."""
    for name, data in (clips() | outlines()).items():
        (folder / name.replace(" ", "_")).write_bytes(data)
