"""All forms by one door, and the identifiers of clips only where they are asked for."""

from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage, generate_uid

from nerveapp.domain.clip_source import ClipSource, Origin, SourceFile
from nerveapp.domain.visit_report import ReportKind, ReportOptions
from nerveapp.errors import StoreError, WriteError
from nerveapp.io.folder_objects import FolderObjects
from nerveapp.io.visit_reports.writers import ReportWriters
from tests.fakes.library import FakeLibrary
from tests.fakes.sample_visit import CLIP, sample_report

STUDY, SERIES, INSTANCE = (generate_uid() for _ in range(3))


def dicom_clip(path: Path) -> Path:
    clip = Dataset()
    clip.file_meta = FileMetaDataset()
    clip.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    clip.SOPClassUID, clip.SOPInstanceUID = UltrasoundMultiFrameImageStorage, INSTANCE
    clip.SeriesInstanceUID, clip.StudyInstanceUID, clip.NumberOfFrames = SERIES, STUDY, 40
    clip.PatientName, clip.PatientID = "Doe^Jane", "0815"
    clip.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "objects")


@pytest.fixture
def kept(objects: FolderObjects, tmp_path: Path) -> SourceFile:
    return objects.put(f"clips/{CLIP}/00000/clip.dcm", dicom_clip(tmp_path / "clip.dcm"))


def writers(objects: FolderObjects, *files: SourceFile) -> ReportWriters:
    source = ClipSource(CLIP, files, Origin.UPLOAD, "wrist", "", STUDY, SERIES, INSTANCE)
    return ReportWriters(FakeLibrary(sources={CLIP: source}), objects)


@pytest.mark.parametrize("kind", [ReportKind.SR, ReportKind.CSV, ReportKind.FHIR])
def test_every_form_is_written_and_none_names_the_clip_s_study(
    kind: ReportKind, objects: FolderObjects, kept: SourceFile
) -> None:
    files = writers(objects, kept).write(sample_report(), kind)
    assert all(name.startswith("nerveapp-S01-2026-01-05-") for name in files)
    for data in files.values():
        assert data
        for secret in (STUDY, SERIES, INSTANCE, "Doe", "0815"):
            assert secret.encode() not in data


def test_asked_for_they_are_named_and_the_person_is_not(
    objects: FolderObjects, kept: SourceFile, tmp_path: Path
) -> None:
    options = ReportOptions(keep_references=True)
    data = next(iter(writers(objects, kept).write(sample_report(), ReportKind.SR, options=options).values()))
    assert all(uid.encode() in data for uid in (STUDY, SERIES, INSTANCE))
    assert b"Doe" not in data
    (tmp_path / "report.dcm").write_bytes(data)
    assert pydicom.dcmread(tmp_path / "report.dcm").PatientID == "S01"


def test_a_clip_that_is_not_kept_is_not_referred_to(objects: FolderObjects) -> None:
    options = ReportOptions(keep_references=True)
    data = next(iter(writers(objects).write(sample_report(), ReportKind.SR, options=options).values()))
    assert STUDY.encode() not in data


def test_a_clip_that_is_damaged_is_said(objects: FolderObjects, kept: SourceFile) -> None:
    objects.local(kept.key).write_bytes(b"nothing")
    options = ReportOptions(keep_references=True)
    with pytest.raises((StoreError, WriteError)):
        writers(objects, kept).write(sample_report(), ReportKind.SR, options=options)
