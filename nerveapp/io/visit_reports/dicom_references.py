"""Which DICOM objects a visit's values were measured on, for who asks that a report refers to them."""

from __future__ import annotations

import pydicom
from pydicom.dataset import Dataset

from nerveapp.domain.visit_report import VisitReport
from nerveapp.errors import WriteError
from nerveapp.io.readers.dicom_header import DICOM_ERRORS
from nerveapp.io.visit_reports.contents import accepted_values
from nerveapp.ports import Library, ObjectStore

_TAGS = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "NumberOfFrames")


def dicom_references(report: VisitReport, library: Library, objects: ObjectStore) -> dict[str, Dataset]:
    """Read the identifiers, and nothing else, of the clips behind a visit's values.

    Parameters
    ----------
    report : VisitReport
    library : Library
    objects : ObjectStore

    Returns
    -------
    dict of str to Dataset
        By hash of the clip. Without those that are no single DICOM file, or whose file is not kept any more.

    Raises
    ------
    WriteError
        If a kept file cannot be read.
    """
    measured = {one.value.measured.clip_sha256 for one in accepted_values(report) if one.value.measured is not None}
    found: dict[str, Dataset] = {}
    for sha256 in sorted(measured):
        source = library.source(sha256)
        if source is None or not source.instance_uid or len(source.files) != 1:
            continue
        file = source.files[0]
        try:
            path = objects.local(file.key, sha256=file.sha256)
            found[sha256] = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(_TAGS))
        except DICOM_ERRORS as error:
            raise WriteError(
                f"The DICOM file of clip {sha256[:12]} cannot be read ({error}).",
                "Write the report without references.",
            ) from error
    return found
