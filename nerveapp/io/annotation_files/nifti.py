"""A NIfTI label volume, frame after frame along its third axis, beside a list of the frames that were annotated."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nerveapp import NOTICE
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Known, Preview
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.class_tables import ClassTable
from nerveapp.io.annotation_files.frames import Exported, Versions, check_chosen
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.json_values import ShapeError, whole
from nerveapp.io.annotation_files.nifti_place import Placement, placement_of, solid
from nerveapp.io.annotation_files.nifti_volume import LabelVolume
from nerveapp.io.annotation_files.zip_files import pack
from nerveapp.io.readers.limits import GIB

VOLUME, SIDECAR = "annotation.nii.gz", "annotation.json"
DATA_OFFSET = 352  # header, and four bytes that say that no extension follows
_MOST_FRAMES = 32_767  # NIfTI-1 keeps sizes in 16 bits
_SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT, as ITK writes it
_WITHOUT_TABLE = {1: "nerve", 255: "nerve"}
"""What one label alone may be."""

_MOST_TURNED_VOXELS = GIB // 4
"""Of a volume whose frames lie across its planes: all of them are read at once, in eight bytes each."""


def export_nifti(frames: Sequence[Exported], versions: Versions) -> bytes:
    """Write a ZIP of a label volume (X, Y, T), uint8, 1 inside the nerve, and a JSON file about it.

    It lies in the world where the clip does. A volume cannot say that a frame was not annotated: the JSON file lists
    those that were.

    Raises
    ------
    AnnotationError
        If nothing is chosen, a frame twice, several clips, or a clip too long for NIfTI-1.
    """
    check_chosen(frames, one_clip=True)
    clip = frames[0].clip
    if max(clip.frame_count, clip.width, clip.height) > _MOST_FRAMES:
        raise AnnotationError(f"NIfTI holds at most {_MOST_FRAMES} frames.", "Export COCO or PNG masks.")
    about = {
        "notice": NOTICE,
        "versions": dict(versions),
        "clip_sha256": clip.sha256,
        "axes": "x (column), y (row), frame",
        "labels": {"0": "background, or not annotated", "1": "nerve"},
        "spacing": "mm" if clip.calibration or clip.affine else "unknown; voxel sizes are 1",
        "annotated_frames": sorted(shown.frame for shown in frames),
    }
    return pack([(VOLUME, _volume(frames, clip)), (SIDECAR, json.dumps(about, indent=2).encode() + b"\n")])


def _volume(frames: Sequence[Exported], clip: ClipRecord) -> bytes:
    masks = {shown.frame: shown.annotation.mask for shown in frames}
    blank = bytes(clip.width * clip.height)
    data = io.BytesIO()
    with gzip.GzipFile(fileobj=data, mode="wb", compresslevel=6, mtime=0) as file:
        file.write(_header(clip) + bytes(DATA_OFFSET - 348))
        for frame in range(clip.frame_count):
            # Rows of an (H, W) mask, one after the other, are what (X, Y) looks like with x the fastest.
            file.write(masks[frame].unpack().astype(np.uint8).tobytes() if frame in masks else blank)
    return data.getvalue()


def _header(clip: ClipRecord) -> bytes:
    from nibabel import Nifti1Header  # noqa: PLC0415 - half a second, which only this format should cost

    kind: Any = Nifti1Header  # nibabel leaves its headers untyped
    header = kind()
    header.set_data_dtype(np.uint8)
    header.set_data_shape((clip.width, clip.height, clip.frame_count))
    if clip.calibration is not None or clip.affine is not None:
        header.set_xyzt_units("mm")
    world = _world(clip)
    header.set_sform(world, code=_SCANNER)
    header.set_qform(world, code=_SCANNER)  # it sets the voxel sizes too, and cannot hold a shear
    if not np.allclose(header.get_qform(), world, atol=1e-4 * np.abs(world).max()):
        header["qform_code"] = 0
    header.set_data_offset(DATA_OFFSET)
    header["descrip"] = NOTICE.split(".", maxsplit=1)[0].encode()
    header["intent_name"] = b"nerve"
    return bytes(header.binaryblock)


def _world(clip: ClipRecord) -> npt.NDArray[np.float64]:
    """Give where the frames lie: as the clip says, or as programs lay a picture, so that viewers show it upright."""
    if clip.affine is None:
        row, column = (1.0, 1.0) if clip.calibration is None else clip.calibration.spacing_mm
        return np.diag([-column, -row, 1.0, 1.0])
    return solid(clip.affine)


def preview_nifti(
    data: bytes,
    sidecar: Mapping[str, object] | None,
    clip: ClipRecord,
    known: Known,
    *,
    table: ClassTable | None = None,
) -> Preview:
    """Read a label volume, within gzip or not; its voxels are those of the clip at the same place in the world.

    Parameters
    ----------
    data : bytes
    sidecar : mapping or None
        The JSON file beside it; without one the frames with a label are taken and no others.
    table : ClassTable, optional
        What its labels mean; without one 1 is the nerve and there is no other.
    clip : ClipRecord
    known : Known

    Raises
    ------
    AnnotationError
        If it cannot be read.
    """
    found = Gathering(clip, known)
    found.is_ours = sidecar is not None and sidecar.get("clip_sha256") == clip.sha256
    volume = LabelVolume.open(data)
    listed = set() if sidecar is None else _listed(found, sidecar)
    placement = _placement(found, volume)
    if placement is None:
        return found.preview()
    meant = _WITHOUT_TABLE if table is None else {one.value: one.label for one in table.nerve(clip)}
    if table is not None:
        found.remark(f"{table.name} says what the volume holds: {', '.join(meant.values())} was taken.")
    labels, labelled = set[int](), dict[int, list[str]]()
    for frame, plane in _shown(volume, placement):
        here = {int(label) for label in np.unique(plane[plane != 0])}
        labels |= here
        labelled[frame] = [meant[label] for label in here & meant.keys()]
        if labelled[frame] or frame in listed:
            found.add(frame, np.isin(plane, list(meant)), f"Frame {frame}", empty_is_meant=True)
    if (table is None and len(labels) > 1) or not labels <= _known_labels(table):
        shown = ", ".join(str(label) for label in sorted(labels)[:10])
        taken = "1 is the nerve, and no other is taken" if table is None else f"{table.name} does not name all of them"
        found.problem(f"The volume holds the labels {shown}; {taken}.")
    found.check_sides(labelled)
    return found.preview()


def _known_labels(table: ClassTable | None) -> set[int]:
    return set(_WITHOUT_TABLE) if table is None else {one.value for one in table.classes}


def _placement(found: Gathering, volume: LabelVolume) -> Placement | None:
    """Find how the volume lies on the clip; a problem is noted where it does not."""
    sizes, clip = (volume.width, volume.height, volume.frame_count), found.clip
    try:
        placement = placement_of(volume.world, sizes, clip, timed=volume.is_timed)
    except ShapeError as error:
        found.problem(f"The volume ({' x '.join(map(str, sizes))}) {error}.")
        return None
    columns, rows, frames = (sizes[axis] for axis in placement.axes)
    if frames != clip.frame_count:
        found.problem(f"The volume has {frames} frames; the clip has {clip.frame_count}.")
    return placement if found.fits(columns, rows, "The volume") and frames == clip.frame_count else None


def _shown(volume: LabelVolume, placement: Placement) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    """Give frame after frame as the clip shows it, (H, W); the volume's size must be the clip's."""
    if placement.axes[2] == 2:
        last = volume.frame_count - 1
        for at, plane in enumerate(volume.planes()):
            yield last - at if placement.mirrored[2] else at, placement.frames(plane[None])[0]
        return
    # Frames lie across the stored planes: all are needed at once.
    if volume.width * volume.height * volume.frame_count > _MOST_TURNED_VOXELS:
        raise AnnotationError("The NIfTI volume is too large to be turned.", "Save it as the clip was stored.")
    yield from enumerate(placement.frames(np.stack(list(volume.planes()))))


def _listed(found: Gathering, sidecar: Mapping[str, object]) -> set[int]:
    if sidecar.get("clip_sha256", found.clip.sha256) != found.clip.sha256:
        found.problem("The volume was made from another clip.")
    frames = sidecar.get("annotated_frames")
    if not isinstance(frames, list):
        raise AnnotationError(f"{SIDECAR} does not list the annotated frames.", "Import the volume without it.")
    listed = [whole(frame) for frame in frames]
    return {frame for frame in listed if found.has_frame(frame, f"An entry of {SIDECAR}") and frame is not None}
