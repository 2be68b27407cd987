"""Outlines that leave the app and come in from other tools: one module per kind of file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pydicom.dataset import Dataset

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Format, Known, Preview
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.class_tables import table_among
from nerveapp.io.annotation_files.coco import export_coco, is_coco, preview_coco
from nerveapp.io.annotation_files.dicom_seg import export_segmentation, identity_in, sop_instance_uid, source_header
from nerveapp.io.annotation_files.dicom_seg_reading import preview_segmentation
from nerveapp.io.annotation_files.frames import Exported, Versions
from nerveapp.io.annotation_files.imagej import export_imagej
from nerveapp.io.annotation_files.imagej_reading import preview_imagej
from nerveapp.io.annotation_files.json_values import parse
from nerveapp.io.annotation_files.kinds import KINDS_READ, OutlineKind, check_kinds, kind_of
from nerveapp.io.annotation_files.labelme import is_labelme, preview_labelme
from nerveapp.io.annotation_files.labels import check_structure
from nerveapp.io.annotation_files.nifti import SIDECAR, export_nifti, preview_nifti
from nerveapp.io.annotation_files.placing import check_one_folder
from nerveapp.io.annotation_files.png import export_png, preview_one_png, preview_png
from nerveapp.io.annotation_files.training import export_training
from nerveapp.io.annotation_files.zip_files import LIMITS, Member, unpack

__all__ = [
    "Exported",
    "Versions",
    "export",
    "identity_in",
    "preview",
    "sop_instance_uid",
    "source_header",
]

_NOTHING_KNOWN = Known()


def export(
    fmt: Format, frames: Sequence[Exported], versions: Versions, *, source: Dataset | None = None
) -> tuple[bytes, str]:
    """Write chosen outlines.

    Parameters
    ----------
    fmt : Format
    frames : sequence of Exported
        One annotation per frame; of one clip for NIfTI, DICOM and ImageJ.
    versions : tuple of (str, str)
        Software and its versions.
    source : Dataset, optional
        The header of the DICOM file that the clip came from, for `Format.DICOM_SEG`.

    Returns
    -------
    data : bytes
    suffix : str
        Such as "zip", without its dot.

    Raises
    ------
    AnnotationError
        If these frames cannot be written in this format.
    """
    match fmt:
        case Format.PNG:
            return export_png(frames, versions), "zip"
        case Format.COCO:
            return export_coco(frames, versions), "json"
        case Format.NIFTI:
            return export_nifti(frames, versions), "zip"
        case Format.IMAGEJ:
            return export_imagej(frames, versions), "zip"
        case Format.TRAINING:
            return export_training(frames, versions), "zip"
        case Format.DICOM_SEG if source is not None:
            return export_segmentation(frames, source, versions), "dcm"
        case Format.DICOM_SEG:
            raise AnnotationError(
                "A DICOM segmentation refers to the DICOM clip it was made from, and this clip was no DICOM file.",
                "Export PNG masks, COCO or NIfTI instead.",
            )


def preview(data: bytes, *, name: str, clip: ClipRecord, known: Known = _NOTHING_KNOWN) -> Preview:
    """Read what a file holds for a clip; what it is, is told by its content.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        Its name, shown in problems; it says which frame a file of a single frame is of.
    clip : ClipRecord
    known : Known, optional
        What is known beside the record, and what a person answered to `Preview.asks`.

    Raises
    ------
    AnnotationError
        If the file cannot be read at all.
    """
    if not data:
        raise AnnotationError("The file is empty (0 bytes).", "Export it again and check its size.")
    if len(data) > LIMITS.max_bytes:
        raise AnnotationError("The file is too large for a file of outlines.", "Split it.")
    match kind_of(data):
        case OutlineKind.ROI:
            return preview_imagej([(name, data)], b"", clip, known)
        case OutlineKind.PICTURE:
            return preview_one_png(data, name, clip, known)
        case OutlineKind.JSON:
            return _preview_json([(name, parse(data, name))], clip, known)
        case OutlineKind.ZIP:
            return _preview_zip(data, clip, known)
        case OutlineKind.NIFTI:
            check_structure(name, clip, known.clip_name)
            return preview_nifti(data, None, clip, known)
        case OutlineKind.DICOM:
            return preview_segmentation(data, clip, known)
        case _:
            raise AnnotationError(f"{name} is no file of outlines that is known here.", KINDS_READ)


def _preview_zip(data: bytes, clip: ClipRecord, known: Known) -> Preview:
    members, comment = unpack(data)
    by_kind: defaultdict[OutlineKind | None, list[Member]] = defaultdict(list)
    for member in members:
        by_kind[kind_of(member.head())].append(member)
    check_kinds({one.name: kind for kind, found in by_kind.items() if kind is not None for one in found})
    rois = by_kind[OutlineKind.ROI]
    # A set of frames without nerve has no ROI, but a comment.
    if rois or (not members and comment):
        check_one_folder([member.name for member in rois])
        return preview_imagej([(member.base, member.read()) for member in rois], comment, clip, known)
    others = by_kind[OutlineKind.PICTURE] or by_kind[OutlineKind.NIFTI] or by_kind[OutlineKind.DICOM]
    texts = _objects_in(by_kind[OutlineKind.JSON], beside_outlines=bool(others))
    for kind in (OutlineKind.NIFTI, OutlineKind.DICOM):
        if by_kind[kind]:
            return _preview_volume(kind, by_kind[kind], members, clip, known)
    if any(is_labelme(content) or is_coco(content) for _, content in texts):
        return _preview_json(texts, clip, known)
    if by_kind[OutlineKind.PICTURE]:
        ours = _is_result([content for _, content in texts], clip)
        return preview_png(members, clip, known, of_result=ours)
    raise AnnotationError("The ZIP holds no outlines that are known here.", KINDS_READ)


def _objects_in(members: Sequence[Member], *, beside_outlines: bool) -> list[tuple[str, Mapping[str, object]]]:
    """Give the JSON objects; what is none may lie beside outlines, or beside another one, and says nothing of them."""
    found, damaged = list[tuple[str, Mapping[str, object]]](), list[AnnotationError]()
    for member in members:
        try:
            found.append((member.name, parse(member.read(), member.base)))
        except AnnotationError as error:
            damaged.append(error)
    if damaged and not (found or beside_outlines):
        raise damaged[0]
    return found


def _is_result(texts: Sequence[Mapping[str, object]], clip: ClipRecord) -> bool:
    """Whether masks are of an analysis of this clip, which summary.json says; AnnotationError for another clip's."""
    about = [content["clip"] for content in texts if isinstance(content.get("clip"), dict)]
    named = {str(one["sha256"]) for one in about if isinstance(one, dict) and "sha256" in one}
    if named and clip.sha256 not in named:
        raise AnnotationError("The masks are of the analysis of another clip.", "Open the clip that they belong to.")
    return bool(named)


def _preview_volume(
    kind: OutlineKind, found: Sequence[Member], members: Sequence[Member], clip: ClipRecord, known: Known
) -> Preview:
    if len(found) > 1:
        raise AnnotationError(f"The ZIP holds {len(found)} {kind} files.", "Choose the one of this clip.")
    if kind is OutlineKind.DICOM:
        return preview_segmentation(found[0].read(), clip, known)
    check_structure(found[0].name, clip, known.clip_name)
    sidecar = next((parse(one.read(), one.base) for one in members if one.base == SIDECAR), None)
    table = None if sidecar is not None else table_among(members)
    return preview_nifti(found[0].read(), sidecar, clip, known, table=table)


def _preview_json(files: Sequence[tuple[str, Mapping[str, object]]], clip: ClipRecord, known: Known) -> Preview:
    coco = [content for _, content in files if is_coco(content)]
    if len(coco) > 1:
        raise AnnotationError(f"The ZIP holds {len(coco)} COCO files.", "Choose the one of this clip.")
    if coco:
        return preview_coco(coco[0], clip, known)
    labelme = [(name, content) for name, content in files if is_labelme(content)]
    if not labelme:
        raise AnnotationError("The JSON file is neither COCO nor LabelMe.", KINDS_READ)
    return preview_labelme(labelme, clip, known)
