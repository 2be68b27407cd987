"""The DICOM study that a visit's report makes: its identifiers, and its pictures as Secondary Capture images."""

from __future__ import annotations

import io

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from nerveapp import NOTICE
from nerveapp.analysis.pictures import image_of
from nerveapp.domain.view import Side
from nerveapp.domain.visit_report import ReportPicture, VisitReport

UTF8 = "ISO_IR 192"
MANUFACTURER = "NerveApp"
LONG_STRING = 64
"""Characters of a Long String."""

_PICTURES = 901  # number of the series, beyond those that scanners count up to
_LATERALITY = {Side.LEFT: "L", Side.RIGHT: "R"}


def uid(report: VisitReport, *what: str) -> UID:
    """Derive an identifier from the visit's id and what it is of: the same each time, and telling nothing."""
    return generate_uid(entropy_srcs=["nerveapp", report.exam.id, *what])


def study_header(report: VisitReport) -> Dataset:
    """Give what all objects of the study share. Of the person there is the code alone, of the day what is kept of it.

    Parameters
    ----------
    report : VisitReport
    """
    header = Dataset()
    header.SpecificCharacterSet = UTF8
    header.StudyInstanceUID = uid(report, "study")
    header.PatientID = report.patient.code
    header.StudyDate = "" if report.exam.date is None else f"{report.exam.date:%Y%m%d}"
    for empty in (
        "PatientName",
        "PatientBirthDate",
        "PatientSex",
        "AccessionNumber",
        "StudyID",
        "StudyTime",
        "ReferringPhysicianName",
    ):
        setattr(header, empty, "")
    header.StudyDescription = "RESEARCH: ultrasound of peripheral nerves"
    header.PatientIdentityRemoved = "YES"
    header.DeidentificationMethod = "Known under a code alone"
    return header


def picture(report: VisitReport, shown: ReportPicture, number: int) -> Dataset:
    """Write a picture of the report as a Secondary Capture image.

    It says that there is text burned in: the caption, and whatever the machine wrote on the frame. Whether the clip was
    ever compressed with loss is not known, and not said.

    Parameters
    ----------
    report : VisitReport
    shown : ReportPicture
    number : int
        From 1.

    Raises
    ------
    DataError
        If it is damaged.
    """
    pixels = image_of(shown.png)
    rgb = np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels
    image = study_header(report)
    image.SOPClassUID = SecondaryCaptureImageStorage
    image.SOPInstanceUID = uid(report, "picture", str(number), report.made_at.isoformat())
    image.SeriesInstanceUID = uid(report, "pictures", report.made_at.isoformat())
    image.SeriesNumber, image.InstanceNumber = _PICTURES, number
    image.SeriesDescription = "RESEARCH: frames with outlines"
    image.Modality = "US"
    image.Manufacturer = MANUFACTURER
    image.SoftwareVersions = report.version[:LONG_STRING]
    image.ConversionType = "WSD"
    image.ImageLaterality = _LATERALITY.get(shown.view.side, "")
    image.PatientOrientation = ""
    image.ImageType = ["DERIVED", "SECONDARY"]
    made_at = report.made_at.astimezone()
    image.ContentDate = image.DateOfSecondaryCapture = f"{made_at:%Y%m%d}"
    image.ContentTime = image.TimeOfSecondaryCapture = f"{made_at:%H%M%S}"
    image.TimezoneOffsetFromUTC = f"{made_at:%z}"
    image.BurnedInAnnotation = "YES"
    image.DerivationDescription = "Frame with the outline and a scale bar drawn on it"
    image.ImageComments = f"{shown.caption} {NOTICE}"
    image.Rows, image.Columns = rgb.shape[:2]
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "RGB", 0
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 8, 8, 7, 0
    data = np.ascontiguousarray(rgb).tobytes()
    image.PixelData = data + b"\0" * (len(data) % 2)
    image["PixelData"].VR = "OB"
    return image


def file_of(dataset: Dataset) -> bytes:
    """Write a dataset as a DICOM file."""
    if not hasattr(dataset, "file_meta"):
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = io.BytesIO()
    dataset.save_as(data, enforce_file_format=True)
    return data.getvalue()
