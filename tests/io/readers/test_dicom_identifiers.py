"""Which DICOM object a clip is."""

from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file

from nerveapp.domain.clip_source import DicomIdentifiers
from nerveapp.io.readers.open_clip import IsolatedClipReader, ReadLimits

READER = IsolatedClipReader(ReadLimits())


def test_a_dicom_file_says_which_object_it_is() -> None:
    path = Path(str(get_testdata_file("CT_small.dcm")))
    header = pydicom.dcmread(path)
    assert READER.identifiers([path]) == DicomIdentifiers(
        header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID
    )
    assert READER.identifiers([path, path]) == DicomIdentifiers(), "several files are no one object"


def test_what_is_no_dicom_or_damaged_says_nothing(tmp_path: Path) -> None:
    for data in (b"", b"\x89PNG", b"\0" * 128 + b"DICM" + b"\xff" * 40):
        path = tmp_path / "file"
        path.write_bytes(data)
        assert READER.identifiers([path]) == DicomIdentifiers()
    assert READER.identifiers([tmp_path / "absent"]) == DicomIdentifiers()
