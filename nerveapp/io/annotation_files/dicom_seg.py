"""DICOM Segmentation objects: outlines that an archive keeps beside the ultrasound clip they belong to."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.tag import Tag
from pydicom.uid import UltrasoundImageStorage, generate_uid

from nerveapp import NOTICE
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.frames import Exported, Versions, check_chosen
from nerveapp.io.readers.content import Kind, recognise
from nerveapp.io.readers.dicom_header import DICOM_ERRORS, announced_frames
from nerveapp.io.readers.hashing import sha256_of

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription

SEGMENT_LABEL = "Nerve"
CONTENT_LABEL = "RESEARCH"
DESCRIPTION = NOTICE.split(";", maxsplit=1)[0] + "."
"""Content Description holds 64 characters; the whole notice is in the segment's description."""

_WHERE_IT_WAS = (
    "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName", "DeviceSerialNumber"
)  # fmt: skip
_PIXEL_GROUP = 0x7FE0
_SERIES_NUMBER = 900  # beyond those that scanners count up to
_TEXT = 64  # characters of a Long String


def source_header(path: Path, *, sha256: str | None = None) -> Dataset:
    """Read the whole header of a clip's DICOM file, without its pixels.

    Parameters
    ----------
    path : Path
    sha256 : str, optional
        Of the clip that it must be the file of.

    Raises
    ------
    AnnotationError
        If it is no DICOM file, or another clip's.
    """
    try:
        if sha256 is not None and sha256_of([path]) != sha256:
            raise AnnotationError("The DICOM file is not the one these frames are of.", "Choose the clip's own file.")
        return pydicom.dcmread(path, stop_before_pixels=True)
    except DICOM_ERRORS as error:
        raise AnnotationError(
            f"{path.name} is no DICOM file.", "Give the DICOM file the outlines were drawn on."
        ) from (error)


def sop_instance_uid(paths: Sequence[Path]) -> str | None:
    """Read which DICOM object a clip is; None where it is no single DICOM file, or one that does not say.

    Parameters
    ----------
    paths : sequence of Path
        The clip's files.
    """
    try:
        if len(paths) != 1 or recognise(paths[0]) is not Kind.DICOM:
            return None
        header = pydicom.dcmread(paths[0], stop_before_pixels=True, specific_tags=["SOPInstanceUID"])
        return str(header.SOPInstanceUID) or None
    except DICOM_ERRORS:
        return None  # what such a clip is, its own reader tells


_TELLING_GROUPS = (0x0010, 0x0012, 0x0038)
"""Of the patient, of a clinical trial's subject, and of the visit."""

_TELLING = frozenset(
    {"StudyDate", "StudyTime", "AccessionNumber", "IssuerOfAccessionNumberSequence", "StudyID", "StudyDescription"}
    | {"ReferencedPatientSequence", "ReferencedStudySequence", "ProcedureCodeSequence"}
    | {"ReferringPhysicianName", "ReferringPhysicianIdentificationSequence", "PhysiciansOfRecord"}
    | {"PhysiciansOfRecordIdentificationSequence", "ConsultingPhysicianName", "NameOfPhysiciansReadingStudy"}
    | {"ConsultingPhysicianIdentificationSequence", "PhysiciansReadingStudyIdentificationSequence"}
    | {
        "AdmittingDiagnosesDescription",
        "AdmittingDiagnosesCodeSequence",
        "ReasonForVisit",
        "ReasonForVisitCodeSequence",
    }
    | {"ReasonForPerformedProcedureCodeSequence", "RequestingService", "RequestingServiceCodeSequence"}
)
"""What else a segmentation takes over of its clip's study (PS3.3, C.7.2.1 and C.7.2.2)."""


def identity_in(source: Dataset) -> tuple[str, ...]:
    """Name what a segmentation of a clip may tell of the person, such as "Patient's Name": it belongs to their study.

    Parameters
    ----------
    source : Dataset
        The whole header of the clip.
    """
    telling = (element for element in source if element.tag.group in _TELLING_GROUPS or element.keyword in _TELLING)
    return tuple(element.name for element in telling if element.keyword and not element.is_empty)


def export_segmentation(frames: Sequence[Exported], source: Dataset, versions: Versions) -> bytes:
    """Write a binary segmentation of a DICOM clip: one segment, a frame per annotated frame, empty ones too.

    The object belongs to the study and person of `source`, as DICOM asks, and carries their attributes: leave names
    out of `source` where the file must not have them.

    Parameters
    ----------
    frames : sequence of Exported
        Of the clip that was read from `source`.
    source : Dataset
        The whole header of the clip; pixels are not needed.
    versions : tuple of (str, str)

    Raises
    ------
    AnnotationError
        If nothing is chosen, a frame twice, several clips, or the source is not theirs or lacks what DICOM asks for.
    """
    check_chosen(frames, one_clip=True)
    ordered = sorted(frames, key=lambda shown: shown.frame)
    try:
        _check_source(ordered, source)
        segmentation = _one_frame(ordered, source, versions)
        _fill(segmentation, ordered, source)
        data = io.BytesIO()
        segmentation.save_as(data)
    except DICOM_ERRORS as error:
        raise AnnotationError(
            f"The clip's DICOM file lacks what a segmentation must refer to ({error}).",
            "Export PNG masks, COCO or NIfTI instead.",
        ) from error
    return data.getvalue()


def _check_source(frames: Sequence[Exported], source: Dataset) -> None:
    clip = frames[0].clip
    if (source.Rows, source.Columns) != (clip.height, clip.width) or frames[-1].frame >= (
        announced_frames(source) or 1
    ):
        raise AnnotationError("The DICOM file is not the one these frames are of.", "Choose the clip's own file.")


def _one_frame(frames: Sequence[Exported], source: Dataset, versions: Versions) -> Any:
    """Let highdicom write the segmentation of the first frame, with everything that is the same for all.

    It takes a clip of several frames only where they have places in space, and those of a hand-held probe have none.
    """
    from highdicom.seg import Segmentation  # noqa: PLC0415 - takes a second, which only this format should cost

    names = dict(versions)
    entropy = [str(source.SOPInstanceUID), *(shown.annotation.id for shown in frames)]
    raters = sorted({shown.annotation.rater for shown in frames})
    with warnings.catch_warnings():
        # Names of the source that DICOM does not allow are its maker's.
        warnings.simplefilter("ignore")
        return Segmentation(
            [_single(source)],
            frames[0].annotation.mask.unpack()[None].astype(np.uint8),
            "BINARY",
            [_segment(frames)],
            series_instance_uid=generate_uid(entropy_srcs=[*entropy, "series"]),
            series_number=_SERIES_NUMBER,
            sop_instance_uid=generate_uid(entropy_srcs=[*entropy, "instance"]),
            instance_number=1,
            manufacturer="NerveApp",
            manufacturer_model_name="NerveApp",
            software_versions=names.get("nerveapp", "unknown")[:_TEXT],
            device_serial_number="none",
            content_label=CONTENT_LABEL,
            content_description=DESCRIPTION,
            content_creator_name=f"{raters[0]}^" if len(raters) == 1 else None,
            omit_empty_frames=False,
        )


def _single(source: Dataset) -> Dataset:
    """Give the header of a still of the clip: no pixels, no frames, no place in space.

    Of the machine, maker and model alone go along: which one it was tells the hospital, and with the time the person.
    The spacing is left to the clip: highdicom writes it with a slice thickness only, which ultrasound does not have.
    """
    still = Dataset()
    for element in source:
        if element.tag.group < _PIXEL_GROUP:
            # pydicom changes elements in place: the caller's must stay as they are.
            still.add(deepcopy(element))
    still.SOPClassUID = UltrasoundImageStorage
    for keyword in ("NumberOfFrames", "FrameOfReferenceUID", "PixelSpacing", *_WHERE_IT_WAS):
        if keyword in still:
            delattr(still, keyword)
    return still


def _segment(frames: Sequence[Exported]) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence  # noqa: PLC0415 - takes a second, as above
    from highdicom.seg import SegmentDescription  # noqa: PLC0415

    models = sorted({(found.model, found.model_sha256) for s in frames if (found := s.annotation.prediction)})
    algorithm = None
    if models:
        name, sha256 = models[0] if len(models) == 1 else ("several models", "several")
        algorithm = AlgorithmIdentificationSequence(
            name=name[:_TEXT], family=codes.DCM.ArtificialIntelligence, version=sha256[:_TEXT]
        )
    segment = SegmentDescription(
        1,
        SEGMENT_LABEL,
        codes.SCT.AnatomicalStructure,
        codes.SCT.PeripheralNerve,
        "SEMIAUTOMATIC" if models else "MANUAL",
        algorithm,
    )
    segment.SegmentDescription = NOTICE
    return segment


def _fill(segmentation: Any, frames: Sequence[Exported], source: Dataset) -> None:
    """Put all frames in place of the first one, each with the number of the source's frame it is of."""
    derivation = segmentation.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0]
    reference = derivation.SourceImageSequence[0]
    for item in (reference, segmentation.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0]):
        item.ReferencedSOPClassUID = source.SOPClassUID
    segmentation.PerFrameFunctionalGroupsSequence = [
        _groups(at, shown.frame + 1, derivation) for at, shown in enumerate(frames, 1)
    ]
    index = segmentation.DimensionIndexSequence
    index.append(_time_index(index[0].DimensionOrganizationUID))
    segmentation.NumberOfFrames = len(frames)
    segmentation.PatientOrientation = None  # of a hand-held probe it is not known
    # Binary frames follow each other without gaps, the first pixel in the lowest bit (PS3.5, 8.1.1).
    packed = b"".join(_bits(frames[start : start + 8]) for start in range(0, len(frames), 8))
    segmentation.PixelData = packed + b"\0" * (len(packed) % 2)


def _bits(frames: Sequence[Exported]) -> bytes:
    """Pack frames; eight of them end with a whole byte, whatever their size."""
    bits = np.concatenate([shown.annotation.mask.unpack().ravel() for shown in frames])
    return np.packbits(bits, bitorder="little").tobytes()


def _groups(at: int, number: int, derivation: Dataset) -> Dataset:
    content, item = Dataset(), Dataset()
    derived = deepcopy(derivation)
    derived.SourceImageSequence[0].ReferencedFrameNumber = number
    content.TemporalPositionIndex = at  # within this object; the frame of the clip is the one referred to
    content.DimensionIndexValues = [1, at]
    item.DerivationImageSequence = [derived]
    item.FrameContentSequence = [content]
    return item


def _time_index(organisation: str) -> Dataset:
    index = Dataset()
    index.DimensionOrganizationUID = organisation
    index.DimensionIndexPointer = Tag("TemporalPositionIndex")
    index.FunctionalGroupPointer = Tag("FrameContentSequence")
    index.DimensionDescriptionLabel = "Frame of the clip"
    return index
