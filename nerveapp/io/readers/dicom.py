"""Ultrasound clips and images in DICOM files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pydicom.dataset import Dataset

from nerveapp.domain.clip import ClipInfo, Image
from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_frames import find_frames
from nerveapp.io.readers.dicom_greys import to_display
from nerveapp.io.readers.dicom_header import DAMAGED_HINT, announced_frames
from nerveapp.io.readers.dicom_order import order_of
from nerveapp.io.readers.dicom_regions import find_spacing
from nerveapp.io.readers.dicom_source import DicomSource, opened
from nerveapp.io.readers.dicom_times import frame_times
from nerveapp.io.readers.dicom_video import is_video, open_dicom_video
from nerveapp.io.readers.grey_window import RawImage
from nerveapp.io.readers.hashing import sha256_of
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.streamed import StreamedClip, TimedImage, first_image

_ULTRASOUND = {
    "1.2.840.10008.5.1.4.1.1.3": "DICOM ultrasound multi-frame",
    "1.2.840.10008.5.1.4.1.1.3.1": "DICOM ultrasound multi-frame",
    "1.2.840.10008.5.1.4.1.1.6": "DICOM ultrasound image",
    "1.2.840.10008.5.1.4.1.1.6.1": "DICOM ultrasound image",
    "1.2.840.10008.5.1.4.1.1.6.2": "DICOM enhanced ultrasound",
}


def open_dicom(path: Path, name: str, limits: ReadLimits) -> StreamedClip:
    """Open a DICOM file, single or multi-frame: native, RLE, JPEG, JPEG-LS, JPEG 2000, or video (MPEG-2, H.264, H.265).

    Only the image, timing and calibration elements are read; names, dates and identifiers never leave the file.

    Raises
    ------
    ClipError
        If it is damaged, has no pixel data, or is in a code that cannot be decoded.
    """
    with opened(path, limits) as source:
        header = source.header
        spacing = find_spacing(header)
        if is_video(source):
            return open_dicom_video(
                path, name, limits, label=format_name(header), spacing=spacing, details=details_of(source)
            )
        found, announced, notes = find_frames(source, limits).count, announced_frames(header), source.notes
    count = announced or found
    times, timed, time_notes = frame_times(header, count)
    show, grey_notes = to_display(header, lambda: stored_frames(path, limits, count))

    def read() -> Iterator[TimedImage]:
        return _timed_images(path, limits, count, show, times)

    height, width = first_image(read).shape[:2]
    info = ClipInfo(
        name,
        sha256_of([path]),
        format_name(header),
        width,
        height,
        count,
        spacing.calibration,
        timed,
        (*notes, *_count_notes(announced, found), *time_notes, *spacing.notes, *grey_notes),
        regions=spacing.regions,
        suggestion=spacing.suggestion,
        details=details_of(source),
    )
    return StreamedClip(info, read)


def stored_frames(path: Path, limits: ReadLimits, count: int) -> Iterator[RawImage]:
    """Decode frame after frame, at most `count`; YCbCr becomes RGB, palette indices stay indices.

    Yields
    ------
    ndarray, (H, W) or (H, W, 3), of the stored integer or float type

    Raises
    ------
    ClipError
        Where a frame cannot be decoded, or the file is cut off.
    """
    with opened(path, limits) as source:
        frames = find_frames(source, limits)
        for index in order_of(source.header, min(frames.count, count)):
            image = frames.read(index)
            limits.check_frame(image.shape[1], image.shape[0])
            yield image
        if frames.cut_off and frames.count < count and source.encapsulated:
            raise ClipError("The pixel data are damaged or cut off.", DAMAGED_HINT)


def format_name(header: Dataset) -> str:
    """Name the kind of object in front of the user."""
    return _ULTRASOUND.get(str(header.get("SOPClassUID", "")), "DICOM image, not ultrasound")


def details_of(source: DicomSource) -> tuple[tuple[str, str], ...]:
    """List what else the file holds: transfer syntax, machine, depth; nothing of persons, places or days."""
    header = source.header
    machine = " ".join(
        word for tag in ("Manufacturer", "ManufacturerModelName") if (word := str(header.get(tag) or "").strip())
    )
    depth = header.get("DepthOfScanField")
    properties = (
        ("transfer syntax", str(source.syntax.name)),
        ("machine", machine),
        ("depth", "" if depth in (None, "") else f"{depth} mm"),
    )
    return tuple((name, value) for name, value in properties if value)


def _timed_images(
    path: Path,
    limits: ReadLimits,
    count: int,
    show: Callable[[RawImage], Image],
    times: Callable[[int], float],
) -> Iterator[TimedImage]:
    for index, image in enumerate(stored_frames(path, limits, count)):
        yield times(index), show(image)


def _count_notes(announced: int | None, found: int) -> tuple[str, ...]:
    if announced is None:
        return (f"The file does not give its number of frames; {found} were found.",) if found > 1 else ()
    if found > announced:
        return (f"The file announces {announced} frames, but its pixel data hold {found}; the first are read.",)
    return ()
