import hashlib
import io
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from highdicom.seg import Segmentation, segread
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from nerveapp import NOTICE
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Format, Known, Preview, Question
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import Exported, export, identity_in, sop_instance_uid, source_header
from nerveapp.io.annotation_files import preview as preview_file
from nerveapp.io.annotation_files.zip_files import pack
from tests.io.annotation_files.samples import (
    CLIP,
    EMPTY,
    FRAMES,
    HEIGHT,
    VERSIONS,
    WIDTH,
    blob,
    chosen,
    exported,
    frames_of_masks,
    same,
)
from tests.io.dicom_validator import judged


def ultrasound(rows: int = HEIGHT, columns: int = WIDTH, frames: int = FRAMES) -> Dataset:
    source: Dataset = pydicom.dcmread(str(get_testdata_file("examples_ybr_color.dcm")), stop_before_pixels=True)
    source.Rows, source.Columns, source.NumberOfFrames = rows, columns, frames
    return source


SOURCE = ultrasound()
FOUND = {0: blob(1), 2: EMPTY, 5: blob(2)}
KNOWN = Known(sop_instance_uid=str(SOURCE.SOPInstanceUID))


def preview(data: bytes, *, name: str, clip: ClipRecord, known: Known = KNOWN) -> Preview:
    return preview_file(data, name=name, clip=clip, known=known)


def written(frames: list[Exported] | None = None, source: Dataset = SOURCE) -> bytes:
    data, suffix = export(Format.DICOM_SEG, frames or chosen(FOUND), VERSIONS, source=source)
    assert suffix == "dcm"
    return data


@given(found=frames_of_masks())
@settings(max_examples=30, deadline=None)
def test_masks_come_back_exactly(found: dict[int, Mask]) -> None:
    # 21 x 34 pixels are no whole number of bytes: frames start in the middle of one.
    same(preview(written(chosen(found)), name="x", clip=CLIP), found)


def test_highdicom_and_pydicom_read_the_same_masks() -> None:
    data = written()
    segmentation = segread(io.BytesIO(data))
    assert isinstance(segmentation, Segmentation)
    pixels: npt.NDArray[Any] = pydicom.dcmread(io.BytesIO(data)).pixel_array
    for number, (frame, mask) in enumerate(FOUND.items(), 1):
        np.testing.assert_array_equal(segmentation.get_stored_frame(number), mask)
        np.testing.assert_array_equal(pixels[number - 1], mask)
        groups = segmentation.PerFrameFunctionalGroupsSequence[number - 1]
        source_image = groups.DerivationImageSequence[0].SourceImageSequence[0]
        assert source_image.ReferencedFrameNumber == frame + 1
        assert source_image.ReferencedSOPInstanceUID == SOURCE.SOPInstanceUID
        assert source_image.ReferencedSOPClassUID == SOURCE.SOPClassUID


def test_more_frames_than_are_packed_at_once_come_back_exactly() -> None:
    clip = replace(CLIP, frame_count=19)
    found = {frame: blob(frame) for frame in range(19)}
    same(preview(written(chosen(found, clip), ultrasound(frames=19)), name="x", clip=clip), found)


def test_the_object_says_what_it_is() -> None:
    segmentation = pydicom.dcmread(io.BytesIO(written()))
    assert segmentation.SOPClassUID.name == "Segmentation Storage"
    assert segmentation.SegmentationType == "BINARY"
    assert segmentation.ContentLabel == "RESEARCH"
    assert segmentation.ContentDescription == "Research use only. Not a medical device."
    assert segmentation.ContentCreatorName == "R1^"
    assert segmentation.StudyInstanceUID == SOURCE.StudyInstanceUID
    assert segmentation.SeriesInstanceUID != SOURCE.SeriesInstanceUID
    assert [item.DimensionDescriptionLabel for item in segmentation.DimensionIndexSequence][1] == "Frame of the clip"
    (segment,) = segmentation.SegmentSequence
    assert segment.SegmentLabel == "Nerve"
    assert segment.SegmentDescription == NOTICE
    assert segment.SegmentAlgorithmType == "MANUAL"
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "84782009"
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator == "SCT"


def test_a_corrected_prediction_names_its_model() -> None:
    data = written([exported(blob(1), 2, corrected=True)])
    (segment,) = pydicom.dcmread(io.BytesIO(data)).SegmentSequence
    assert segment.SegmentAlgorithmType == "SEMIAUTOMATIC"
    assert segment.SegmentationAlgorithmIdentificationSequence[0].AlgorithmName == "unet"


def test_the_header_is_not_changed() -> None:
    before = ultrasound()
    written()
    assert before == SOURCE


def test_everything_a_segmentation_tells_of_the_person_is_said_before() -> None:
    source = ultrasound()
    source.PatientName, source.PatientID, source.PatientBirthDate = "Doe^Jane", "123", "19500101"
    source.PatientComments, source.PatientAge, source.ReferringPhysicianName = "left-handed", "050Y", "Roe^Ann"
    segmentation = pydicom.dcmread(io.BytesIO(written(source=source)))
    carried = {element.name for element in segmentation if element.tag.group == 0x10 and not element.is_empty}
    assert {"Patient's Name", "Patient ID", "Patient's Birth Date", "Patient Comments"} <= carried
    assert carried | {"Referring Physician's Name"} <= set(identity_in(source))


def test_whatever_a_segmentation_takes_over_of_the_study_is_said_before() -> None:
    source = ultrasound()
    texts = (
        "StudyID", "StudyDescription", "AccessionNumber", "ReferringPhysicianName", "PhysiciansOfRecord",
        "ConsultingPhysicianName", "NameOfPhysiciansReadingStudy", "AdmittingDiagnosesDescription", "ReasonForVisit",
        "RequestingService", "AdmissionID", "ServiceEpisodeID", "ServiceEpisodeDescription", "PatientState",
        "ClinicalTrialSubjectID", "ClinicalTrialSponsorName", "ClinicalTrialProtocolID", "PatientName", "Occupation",
    )  # fmt: skip
    sequences = (
        "ReferringPhysicianIdentificationSequence", "PhysiciansOfRecordIdentificationSequence",
        "ConsultingPhysicianIdentificationSequence", "PhysiciansReadingStudyIdentificationSequence",
        "AdmittingDiagnosesCodeSequence", "ReasonForVisitCodeSequence", "ProcedureCodeSequence",
        "ReasonForPerformedProcedureCodeSequence", "RequestingServiceCodeSequence", "ReferencedPatientSequence",
        "IssuerOfAccessionNumberSequence", "IssuerOfAdmissionIDSequence",
    )  # fmt: skip
    for keyword in texts:
        setattr(source, keyword, "Mueller")
    for keyword in sequences:
        item = Dataset()
        item.CodeMeaning = "Mueller"
        setattr(source, keyword, [item])
    segmentation = pydicom.dcmread(io.BytesIO(written(source=source)))
    telling = {element.name for element in segmentation if "Mueller" in str(element)}
    assert len(telling) > len(sequences), "they are taken over"
    assert telling <= set(identity_in(source))


def test_which_machine_of_which_hospital_it_was_is_not_told() -> None:
    source = ultrasound()
    for keyword in ("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName"):
        setattr(source, keyword, "Mueller")
    source.DeviceSerialNumber, source.Manufacturer = "Mueller", "Maker"
    segmentation = pydicom.dcmread(io.BytesIO(written(source=source)))
    assert "Mueller" not in str(segmentation)
    assert any("Maker" in str(one) for one in segmentation.ContributingEquipmentSequence)
    assert source.StationName == "Mueller", "the header is as it was"


def test_a_frame_s_place_among_the_dimensions_is_its_place_in_the_object() -> None:
    groups = pydicom.dcmread(io.BytesIO(written())).PerFrameFunctionalGroupsSequence
    content = [one.FrameContentSequence[0] for one in groups]
    assert [one.DimensionIndexValues[1] for one in content] == [one.TemporalPositionIndex for one in content]


def test_david_clunie_s_validator_finds_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(written())
    assert "Segmentation" in judged(tmp_path / "a.dcm")


def test_a_clip_without_an_identity_has_none_to_tell() -> None:
    assert identity_in(Dataset()) == ()


def test_the_clip_must_be_the_one_that_the_frames_are_of() -> None:
    for source in (ultrasound(rows=99), ultrasound(frames=3)):
        with pytest.raises(AnnotationError, match="not the one these frames are of"):
            written(source=source)
    lacking = ultrasound()
    del lacking.StudyInstanceUID
    with pytest.raises(AnnotationError, match="StudyInstanceUID"):
        written(source=lacking)
    with pytest.raises(AnnotationError, match="one clip"):
        written([*chosen({1: blob(1)}), *chosen({2: blob(1)}, ClipRecord("0" * 64, WIDTH, HEIGHT, FRAMES))])


def changed(**elements: Any) -> bytes:
    segmentation = pydicom.dcmread(io.BytesIO(written()))
    for keyword, value in elements.items():
        setattr(segmentation, keyword, value)
    data = io.BytesIO()
    segmentation.save_as(data)
    return data.getvalue()


@pytest.mark.parametrize(
    "elements",
    [
        {"SOPClassUID": generate_uid()},
        {"SegmentationType": "FRACTIONAL"},
        {"PixelData": b"\0\0"},
        {"NumberOfFrames": 2**31 - 1},
        {"NumberOfFrames": -1},
        {"SegmentSequence": []},
        {"PerFrameFunctionalGroupsSequence": [Dataset()] * 3},
    ],
)
def test_what_is_no_binary_segmentation_is_refused(elements: dict[str, Any]) -> None:
    if {"SegmentSequence", "PerFrameFunctionalGroupsSequence"} & elements.keys():
        # Frames of a segment that is not described, or that do not say which frame they are of.
        assert preview(changed(**elements), name="x", clip=CLIP).problems
        return
    with pytest.raises(AnnotationError) as caught:
        preview(changed(**elements), name="x", clip=CLIP)
    assert caught.value.hint


def in_bytes(data: bytes, bits: int, **elements: Any) -> bytes:
    """Store the pixels of a segmentation in as many bits each; each of its segments has the value 1."""
    segmentation = pydicom.dcmread(io.BytesIO(data))
    segmentation.PixelData = segmentation.pixel_array.astype(f"<u{bits // 8}").tobytes()
    segmentation.BitsAllocated = segmentation.BitsStored = bits
    segmentation.HighBit = bits - 1
    for keyword, value in elements.items():
        setattr(segmentation, keyword, value)
    written_anew = io.BytesIO()
    segmentation.save_as(written_anew)
    return written_anew.getvalue()


def test_binary_masks_of_a_byte_a_pixel_are_read() -> None:
    same(preview(in_bytes(written(), 8), name="x", clip=CLIP), FOUND)
    with pytest.raises(AnnotationError, match="neither binary nor a label map"):
        preview(in_bytes(written(), 16), name="x", clip=CLIP)


@pytest.mark.parametrize("bits", [8, 16])
def test_label_maps_are_read_by_the_numbers_of_their_segments(bits: int) -> None:
    values = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.7", "SegmentationType": "LABELMAP"}
    data = in_bytes(written(), bits, **values)
    same(preview(data, name="x", clip=CLIP), FOUND)
    segmentation = pydicom.dcmread(io.BytesIO(data))
    nerve = segmentation.SegmentSequence[0]
    artery, background = deepcopy(nerve), deepcopy(nerve)
    nerve.SegmentNumber, artery.SegmentNumber, background.SegmentNumber = 7, 1, 0
    artery.SegmentLabel, background.SegmentLabel = "artery", "Background"
    segmentation.SegmentSequence = [background, artery, nerve]
    pixels = 7 * np.frombuffer(segmentation.PixelData, f"<u{bits // 8}").reshape(len(FOUND), HEIGHT, WIDTH)
    pixels[:, :2, :3] = 1
    segmentation.PixelData = pixels.tobytes()
    beside = io.BytesIO()
    segmentation.save_as(beside)
    found = preview(beside.getvalue(), name="x", clip=CLIP)
    taken = {one.frame: one.mask.unpack() for one in found.outlines}
    for frame, mask in taken.items():
        expected = FOUND[frame].copy()
        expected[:2, :3] = False
        np.testing.assert_array_equal(mask, expected)
    assert set(taken) == set(FOUND)
    artery.SegmentLabel, nerve.SegmentLabel = "left median nerve", "right median nerve"
    sides = io.BytesIO()
    segmentation.save_as(sides)
    assert "both sides" in " ".join(preview(sides.getvalue(), name="x", clip=CLIP).problems)


def test_clips_and_deflated_files_are_refused() -> None:
    with pytest.raises(AnnotationError, match="no segmentation"):
        preview((get_testdata_bytes("examples_ybr_color.dcm")), name="x", clip=CLIP)
    with pytest.raises(AnnotationError, match="compressed as a whole"):
        preview(get_testdata_bytes("image_dfl.dcm"), name="x", clip=CLIP)


def get_testdata_bytes(name: str) -> bytes:
    with open(str(get_testdata_file(name)), "rb") as file:  # noqa: PTH123 - the package gives text
        return file.read()


def test_problems() -> None:
    data = written()
    small = replace(CLIP, width=40)
    assert preview(data, name="x", clip=small).problems == ("The segmentation is 34 x 21 px; the clip is 40 x 21 px.",)
    short = replace(CLIP, frame_count=5)
    assert preview(data, name="x", clip=short).problems == (
        "Frame 3 of the segmentation is of frame 5; the clip has frames 0 to 4.",
    )
    other = data.replace(b"Nerve ", b"Vessel")
    assert preview(other, name="x", clip=CLIP).problems == (
        "Segment 1: the label 'Vessel' is unknown; 'nerve' or 'median' is taken.",
    )


def edited(change: Callable[[Dataset], None]) -> bytes:
    """Give the segmentation with the first source of each frame changed."""
    segmentation = pydicom.dcmread(io.BytesIO(written()))
    for item in segmentation.PerFrameFunctionalGroupsSequence:
        change(item)
    data = io.BytesIO()
    segmentation.save_as(data)
    return data.getvalue()


def source_of(item: Dataset) -> Dataset:
    source: Dataset = item.DerivationImageSequence[0].SourceImageSequence[0]
    return source


def test_a_segmentation_of_another_clip_is_refused() -> None:
    found = preview(written(), name="x", clip=CLIP, known=Known(sop_instance_uid="1.2.3"))
    assert found.problems[0] == "Frame 1 of the segmentation was made from another clip."
    assert not found.outlines
    with pytest.raises(AnnotationError, match="this clip is none"):
        preview(written(), name="x", clip=CLIP, known=Known())


def test_a_segmentation_that_says_no_frame_is_refused() -> None:
    unnumbered = edited(lambda item: source_of(item).__delattr__("ReferencedFrameNumber"))
    found = preview(unnumbered, name="x", clip=CLIP)
    assert found.problems[0] == "Frame 1 of the segmentation does not name its frame."
    assert not found.outlines
    several = edited(lambda item: setattr(source_of(item), "ReferencedFrameNumber", [1, 2]))
    assert preview(several, name="x", clip=CLIP).problems[0] == "Frame 1 of the segmentation is of 2 frames at once."
    underived = edited(lambda item: item.__delattr__("DerivationImageSequence"))
    assert "does not name the clip" in preview(underived, name="x", clip=CLIP).problems[0]


def test_of_several_sources_the_clip_counts() -> None:
    def add_other(item: Dataset) -> None:
        other = deepcopy(source_of(item))
        other.ReferencedSOPInstanceUID, other.ReferencedFrameNumber = generate_uid(), 77
        item.DerivationImageSequence[0].SourceImageSequence.insert(0, other)

    same(preview(edited(add_other), name="x", clip=CLIP), FOUND)


def test_a_still_needs_no_frame_number() -> None:
    segmentation = pydicom.dcmread(io.BytesIO(written([exported(blob(1), 0)])))
    del source_of(segmentation.PerFrameFunctionalGroupsSequence[0]).ReferencedFrameNumber
    data = io.BytesIO()
    segmentation.save_as(data)
    same(preview(data.getvalue(), name="x", clip=replace(CLIP, frame_count=1)), {0: blob(1)})


def test_which_object_a_clip_is_is_read_from_its_file(tmp_path: Path) -> None:
    path = Path(str(get_testdata_file("examples_ybr_color.dcm")))
    assert sop_instance_uid([path]) == SOURCE.SOPInstanceUID
    assert sop_instance_uid([path, path]) is None
    (tmp_path / "clip.mp4").write_bytes(b"no DICOM" * 100)
    assert sop_instance_uid([tmp_path / "clip.mp4"]) is None


def test_a_segmentation_may_come_in_a_zip() -> None:
    same(preview(pack([("seg.dcm", written())]), name="x", clip=CLIP), FOUND)


@given(data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damage_never_ends_in_a_traceback(data: st.DataObject) -> None:
    content = bytearray(WRITTEN)
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(128, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        preview(bytes(content[: data.draw(st.integers(133, len(content)))]), name="x", clip=CLIP)
    except AnnotationError as error:
        assert error.hint


WRITTEN = written()


def test_the_header_of_a_file_that_is_no_dicom_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"no DICOM" * 100)
    with pytest.raises(AnnotationError, match="no DICOM file"):
        source_header(tmp_path / "clip.mp4")


def test_the_header_must_be_that_of_the_clips_own_file() -> None:
    path = Path(str(get_testdata_file("examples_ybr_color.dcm")))
    assert source_header(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest()) == source_header(path)
    with pytest.raises(AnnotationError, match="not the one these frames are of"):
        source_header(path, sha256=CLIP.sha256)


def test_empty_frames_of_other_programs_are_no_frames_without_a_nerve_unless_somebody_says_so() -> None:
    shape = blob(3)
    frames = chosen({1: EMPTY, 2: shape, 4: EMPTY})
    same(preview(written(frames), name="x", clip=CLIP), {1: EMPTY, 2: shape, 4: EMPTY})
    theirs = pydicom.dcmread(io.BytesIO(written(frames)))
    theirs.ManufacturerModelName = "dcmqi"
    data = io.BytesIO()
    theirs.save_as(data)
    found = preview(data.getvalue(), name="x", clip=CLIP)
    same(found, {2: shape})
    assert any("Masks without an outline were left out: 2" in remark for remark in found.remarks)
    assert found.asks == {Question.EMPTY}
    same(
        preview(data.getvalue(), name="x", clip=CLIP, known=replace(KNOWN, accept_empty=True)),
        {1: EMPTY, 2: shape, 4: EMPTY},
    )
