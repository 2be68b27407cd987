"""Which DICOM object a clip is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pydicom

from nerveapp.domain.clip_source import DicomIdentifiers
from nerveapp.io.readers.content import Kind, recognise
from nerveapp.io.readers.dicom_header import DICOM_ERRORS

_TAGS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def identifiers(paths: Sequence[Path]) -> DicomIdentifiers:
    """Read a clip's identifiers; none where it is no single DICOM file, or one that does not say.

    Parameters
    ----------
    paths : sequence of Path
        The clip's files.
    """
    try:
        if len(paths) != 1 or recognise(paths[0]) is not Kind.DICOM:
            return DicomIdentifiers()
        header = pydicom.dcmread(paths[0], stop_before_pixels=True, specific_tags=list(_TAGS))
        study, series, instance = (str(header.get(tag) or "") for tag in _TAGS)
    except DICOM_ERRORS:
        return DicomIdentifiers()  # what such a clip is, its own reader tells
    return DicomIdentifiers(study, series, instance)
