"""Ultrasound clips and images in DICOM files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pydicom.dataset import Dataset

from nerveapp.domain.clip import ClipInfo, Image
from nerveapp.io.readers.dicom_frames import decoded_frames
from nerveapp.io.readers.dicom_greys import to_display
from nerveapp.io.readers.dicom_header import announced_frames, read_header
from nerveapp.io.readers.dicom_regions import find_calibration
from nerveapp.io.readers.dicom_times import frame_times
from nerveapp.io.readers.grey_window import RawImage
from nerveapp.io.readers.hashing import sha256_of
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.streamed import StreamedClip, TimedImage, first_image

_ULTRASOUND = {
    "1.2.840.10008.5.1.4.1.1.3": "DICOM ultrasound multi-frame",
    "1.2.840.10008.5.1.4.1.1.3.1": "DICOM ultrasound multi-frame",
    "1.2.840.10008.5.1.4.1.1.6": "DICOM ultrasound image",
    "1.2.840.10008.5.1.4.1.1.6.1": "DICOM ultrasound image",
}


def open_dicom(path: Path, name: str, limits: ReadLimits) -> StreamedClip:
    """Open a DICOM file, single or multi-frame, with native, RLE, JPEG, JPEG-LS or JPEG 2000 pixel data.

    Only the image, timing and calibration elements are read; names, dates and identifiers never leave the file.

    Raises
    ------
    ClipError
        If it is damaged, has no pixel data, or is in a code that cannot be decoded.
    """
    header = read_header(path, limits)
    times, timed, time_notes = frame_times(header)
    calibration, region_notes = find_calibration(header)
    show, grey_notes = to_display(header, lambda: decoded_frames(path, limits))

    def read() -> Iterator[TimedImage]:
        return _timed_images(path, limits, show, times)

    height, width = first_image(read).shape[:2]
    info = ClipInfo(
        name,
        sha256_of([path]),
        _format_name(header),
        width,
        height,
        announced_frames(header),
        calibration,
        timed,
        (*time_notes, *region_notes, *grey_notes),
    )
    return StreamedClip(info, read)


def _timed_images(
    path: Path, limits: ReadLimits, show: Callable[[RawImage], Image], times: Callable[[int], float]
) -> Iterator[TimedImage]:
    for index, image in enumerate(decoded_frames(path, limits)):
        yield times(index), show(image)


def _format_name(header: Dataset) -> str:
    return _ULTRASOUND.get(str(header.get("SOPClassUID", "")), "DICOM image, not ultrasound")
