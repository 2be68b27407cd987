"""Structured reports: what their readers find, those of others too."""

import shutil
import subprocess
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from highdicom.sr import MeasurementReport, srread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import UltrasoundMultiFrameImageStorage, generate_uid

from nerveapp import NOTICE
from nerveapp.domain.findings import Pair
from nerveapp.domain.view import Site
from nerveapp.domain.visit_report import VisitReport
from nerveapp.errors import DataError, WriteError
from nerveapp.io.visit_reports.codes import SITES
from nerveapp.io.visit_reports.dicom_sr import structured_report
from tests.fakes.sample_visit import CLIP, grown, sample_report, undated
from tests.io.dicom_validator import judged

MM2 = Code("mm2", "UCUM", "square millimeter")


def written(report: VisitReport, references: dict[str, Dataset] | None = None) -> tuple[Dataset, list[Dataset]]:
    report_file, *pictures = structured_report(report, references).values()
    return srread(BytesIO(report_file)), [pydicom.dcmread(BytesIO(one)) for one in pictures]


def content(document: Dataset) -> MeasurementReport:
    found = document.content
    return found if isinstance(found, MeasurementReport) else MeasurementReport.from_sequence(found)


def clip_object() -> Dataset:
    source = Dataset()
    source.SOPClassUID = UltrasoundMultiFrameImageStorage
    source.SOPInstanceUID, source.SeriesInstanceUID, source.StudyInstanceUID = (generate_uid() for _ in range(3))
    source.NumberOfFrames = 40
    return source


def test_a_reader_finds_each_accepted_area_with_its_limit_side_and_model() -> None:
    document, _ = written(sample_report())
    groups = content(document).get_image_measurement_groups()
    assert len(groups) == 6  # four values, two pairs
    wrist = groups[0]
    assert wrist.finding_type == Code("7:120", "MDC", "")  # Nervus medianus, CID 3032
    (site,) = wrist.finding_sites
    assert (site.value, site.laterality) == (codes.SCT.WristRegionStructure, codes.SCT.Left)
    (area,) = wrist.get_measurements(codes.SCT.Area)
    assert area.value == 14.25
    assert area.unit == MM2
    assert area.derivation == codes.SCT.Maximum
    inside = {item.name.meaning: item for item in area[0].ContentSequence}
    assert inside["Normal Range Upper Limit"].value == 11
    assert inside["Z-Score of measurement"].value == pytest.approx(4.6)
    assert inside["+, range of upper measurement uncertainty"].value == pytest.approx(1.96 * 1.25)
    judged: Any = wrist.get_qualitative_evaluations()
    said = {one.name.meaning: one.value.meaning for one in judged}
    assert said["How the value was chosen"] == "largest"
    assert said["How the nerve was outlined"] == "outlined by a model"
    assert said["Interpretation against the upper limit of normal"] == "above the limit"
    texts = {item.name.meaning: item.value for item in wrist[0].ContentSequence if item.ValueType == "TEXT"}
    assert (texts["Algorithm Name"], texts["Algorithm Version"]) == ("forearm-wrist", "d" * 64)
    assert texts["Tracking Identifier"] == "Median, wrist, left"


def test_only_a_model_s_own_outline_names_the_model() -> None:
    document, _ = written(sample_report())
    _, manual, corrected, pixels, *_ = content(document).get_image_measurement_groups()
    for group in (manual, corrected):
        assert all(item.name.meaning != "Algorithm Name" for item in group[0].ContentSequence)
    (area,) = pixels.get_measurements(codes.SCT.Area)
    assert (area.value, area.unit.value) == (812, "{pixels}")


def test_pairs_come_with_their_cut_off_and_what_is_to_be_known_beside_them() -> None:
    document, _ = written(sample_report())
    ratio, difference = content(document).get_image_measurement_groups()[-2:]
    (number,) = ratio.get_measurements()
    assert (number.value, number.unit.value) == (2, "{ratio}")
    comments = [item.value for item in ratio[0].ContentSequence if item.name == codes.DCM.Comment]
    assert "The mean of the healthy lies above a cut-off in use." in comments
    (number,) = difference.get_measurements()
    assert number.value == 4.75
    assert number.unit == MM2
    for pair, side in ((difference, codes.SCT.Bilateral), (ratio, codes.SCT.Left)):
        (site,) = pair.finding_sites
        assert site.value == Code("7:120", "MDC", "")
        assert site.laterality == side
    assert difference.finding_sites[0].topographical_modifier == SITES[Site.WRIST]


def test_a_pair_is_tracked_by_what_it_compares_whatever_else_is_compared() -> None:
    report = sample_report()

    def tracked(pairs: tuple[Pair, ...]) -> list[str]:
        document, _ = written(replace(report, pairs=pairs))
        groups = content(document).get_image_measurement_groups()[-len(pairs) :]
        return [str(group.tracking_uid) for group in groups]

    first, second = tracked(report.pairs)
    assert first != second
    assert tracked(report.pairs[::-1]) == [second, first]
    assert tracked(report.pairs[1:]) == [second]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata"])
def test_times_are_local_ones_and_say_so(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        report = replace(sample_report(), made_at=datetime(2026, 1, 6, 3, 4, 5, tzinfo=UTC))
        document, (picture, *_) = written(report)
    finally:
        monkeypatch.undo()
        time.tzset()
    for one in (document, picture):
        told = f"{one.ContentDate}{str(one.ContentTime)[:6]}{one.TimezoneOffsetFromUTC}"
        assert datetime.strptime(told, "%Y%m%d%H%M%S%z") == report.made_at
    assert document.TimezoneOffsetFromUTC != "+0000"


def test_it_is_unverified_says_so_and_is_partial_while_a_cell_is_missing() -> None:
    document, _ = written(sample_report())
    assert (document.VerificationFlag, document.CompletionFlag) == ("UNVERIFIED", "PARTIAL")
    assert written(sample_report(complete=True))[0].CompletionFlag == "COMPLETE"
    texts = [item.TextValue for item in document.ContentSequence if item.ValueType == "TEXT"]
    assert NOTICE in texts
    assert "Carpal tunnel syndrome left – by me." in texts


def test_of_the_person_there_is_the_code_alone() -> None:
    document, pictures = written(sample_report())
    for one in (document, *pictures):
        assert (one.PatientID, one.PatientName, one.PatientBirthDate, one.PatientSex) == ("S01", "", "", "")
        assert one.StudyDate == "20260105"
    day, _ = written(undated(sample_report()))
    assert day.StudyDate == ""


def test_the_pictures_lie_beside_it_and_are_what_was_shown() -> None:
    document, pictures = written(sample_report())
    evidence = document.CurrentRequestedProcedureEvidenceSequence[0]
    (series,) = evidence.ReferencedSeriesSequence
    named = [one.ReferencedSOPInstanceUID for one in series.ReferencedSOPSequence]
    assert named == [one.SOPInstanceUID for one in pictures]
    assert {one.StudyInstanceUID for one in (document, *pictures)} == {evidence.StudyInstanceUID}
    assert all(one.BurnedInAnnotation == "YES" for one in pictures)
    assert all("LossyImageCompression" not in one for one in pictures), "of a clip it is not known"
    assert [one.ImageLaterality for one in pictures] == ["L", "L"]
    assert pictures[0].pixel_array.shape == (61, 81, 3)
    assert np.array_equal(pictures[0].pixel_array[15, 35], (250, 200, 0))


def test_without_pictures_it_refers_to_nothing() -> None:
    document, pictures = written(sample_report(pictures=False))
    assert pictures == []
    assert "CurrentRequestedProcedureEvidenceSequence" not in document
    assert "PertinentOtherEvidenceSequence" not in document


def test_the_clip_s_own_identifiers_are_named_only_when_asked_for() -> None:
    source = clip_object()
    document, _ = written(sample_report(), {CLIP: source, "9" * 64: clip_object()})
    (other,) = document.PertinentOtherEvidenceSequence
    assert other.StudyInstanceUID == source.StudyInstanceUID != document.StudyInstanceUID
    group, *_ = content(document).get_image_measurement_groups()
    (image,) = group.source_images
    assert image.referenced_sop_instance_uid == source.SOPInstanceUID
    assert image.referenced_frame_numbers == [8]  # the eighth frame: DICOM counts from 1
    plain = structured_report(sample_report())
    assert all(str(source.StudyInstanceUID).encode() not in data for data in plain.values())


def test_the_same_visit_is_the_same_study_and_a_later_report_another_object() -> None:
    first, _ = written(sample_report())
    again, _ = written(sample_report())
    later, _ = written(replace(sample_report(), made_at=sample_report().made_at.replace(hour=12)))
    assert first.SOPInstanceUID == again.SOPInstanceUID != later.SOPInstanceUID
    assert first.StudyInstanceUID == later.StudyInstanceUID


def test_what_cannot_be_written_is_said() -> None:
    report = sample_report()
    empty = replace(report.worksheet, cells=tuple(replace(one, value=None) for one in report.worksheet.cells))
    with pytest.raises(WriteError, match="no accepted value"):
        structured_report(replace(report, worksheet=empty, findings=(), pairs=()))
    with pytest.raises(DataError, match="damaged"):
        structured_report(replace(report, pictures=(replace(report.pictures[0], png=b"no picture"),)))


@pytest.mark.parametrize("pictures", [True, False])
def test_david_clunie_s_validator_finds_no_error(tmp_path: Path, pictures: bool) -> None:
    for name, data in structured_report(sample_report(pictures=pictures), {CLIP: clip_object()}).items():
        (tmp_path / name).write_bytes(data)
        said = judged(tmp_path / name)
        assert ("ComprehensiveSR" in said) or ("SCImage" in said)


@pytest.mark.skipif(shutil.which("dsrdump") is None, reason="dcmtk is not installed")
def test_dcmtk_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "report.dcm"
    path.write_bytes(next(iter(structured_report(sample_report()).values())))
    dumped = subprocess.run(["dsrdump", "+Pc", "+Pl", path], capture_output=True, text=True, check=True)
    assert not [line for line in dumped.stderr.splitlines() if line.startswith(("E:", "F:"))]
    assert '(42798000,SCT,"Area")="14.25" (mm2,UCUM,"square millimeter")' in dumped.stdout
    assert NOTICE in dumped.stdout
    tree = ET.fromstring(subprocess.run(["dsr2xml", path], capture_output=True, check=True).stdout)  # noqa: S314 - ours
    numbers = [(one.findtext("concept/meaning"), one.findtext("value")) for one in tree.iter("num")]
    assert ("Area", "14.25") in numbers
    assert ("Wrist-to-forearm ratio of areas", "2.0") in numbers


def test_an_area_says_how_it_changed_since_the_visit_before() -> None:
    document, _ = written(grown(sample_report()))
    said = "Changed by +2.5 mm² since 2025-01-05, more than the smallest detectable change."
    wrist, *others = content(document).get_image_measurement_groups()
    told = [[str(item.get("TextValue", "")) for item in group[0].ContentSequence] for group in (wrist, *others)]
    assert [said in texts for texts in told] == [True] + [False] * len(others)
