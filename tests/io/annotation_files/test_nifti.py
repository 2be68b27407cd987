import gzip
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
import pytest

from nerveapp import NOTICE
from nerveapp.domain.outline_files import Format
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import export, preview
from nerveapp.io.annotation_files.zip_files import pack
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.nifti import describe_nifti
from tests.io.annotation_files.samples import CLIP, EMPTY, FRAMES, HEIGHT, VERSIONS, WIDTH, blob, chosen, same

NIBABEL: Any = nibabel  # its functions are untyped
FOUND = {0: blob(1), 2: EMPTY, 5: blob(2)}


def files(found: Any = FOUND, clip: Any = CLIP) -> dict[str, bytes]:
    data, suffix = export(Format.NIFTI, chosen(found, clip), VERSIONS)
    assert suffix == "zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def volume(values: npt.NDArray[Any]) -> bytes:
    image: Any = NIBABEL.Nifti1Image(values, None)
    return bytes(image.to_bytes())


def stacked(values: int = 1) -> npt.NDArray[np.uint8]:
    labels = np.zeros((WIDTH, HEIGHT, FRAMES), np.uint8)
    for frame, mask in FOUND.items():
        labels[..., frame] = mask.T * values
    return labels


def test_nibabel_reads_the_volume(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(files()["annotation.nii.gz"])
    image: Any = NIBABEL.load(path)
    assert image.shape == (WIDTH, HEIGHT, FRAMES)
    assert image.get_data_dtype() == np.uint8
    assert image.header.get_zooms() == pytest.approx((0.05, 0.07, 1))
    assert image.header.get_xyzt_units()[0] == "mm"
    assert b"Research use only" in bytes(image.header["descrip"])
    np.testing.assert_array_equal(np.asarray(image.dataobj), stacked())


def test_the_app_shows_the_volume_as_it_was_drawn(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(files()["annotation.nii.gz"])
    stack = describe_nifti(path, ReadLimits())
    assert stack.calibration is not None
    assert (stack.calibration.row_spacing_mm, stack.calibration.column_spacing_mm) == (0.07, 0.05)
    for frame, plane in enumerate(stack.planes()):
        np.testing.assert_array_equal(plane, FOUND.get(frame, EMPTY))


def test_without_calibration_there_are_no_millimetres(tmp_path: Path) -> None:
    content = files(clip=replace(CLIP, calibration=None))
    path = tmp_path / "a.nii.gz"
    path.write_bytes(content["annotation.nii.gz"])
    image: Any = NIBABEL.load(path)
    assert image.header.get_xyzt_units()[0] == "unknown"
    assert "unknown" in json.loads(content["annotation.json"])["spacing"]


def test_sidecar_lists_what_a_volume_cannot_say() -> None:
    about = json.loads(files()["annotation.json"])
    assert about["notice"] == NOTICE
    assert about["clip_sha256"] == CLIP.sha256
    assert about["annotated_frames"] == [0, 2, 5]


def test_without_sidecar_only_labelled_frames_are_taken() -> None:
    labelled = {frame: mask for frame, mask in FOUND.items() if mask.any()}
    packed = files()["annotation.nii.gz"]
    for data in (packed, gzip.decompress(packed), pack([("labels.nii.gz", packed)])):
        same(preview(data, name="x", clip=CLIP), labelled)


def test_volumes_of_other_tools_are_taken() -> None:
    labelled = {frame: mask for frame, mask in FOUND.items() if mask.any()}
    same(preview(volume(stacked(255)), name="x", clip=CLIP), labelled)
    same(preview(volume(stacked().astype(np.float32)), name="x", clip=CLIP), labelled)
    same(preview(volume(stacked().astype(">i2")), name="x", clip=CLIP), labelled)
    same(preview(volume(stacked()[:, :, None, :]), name="x", clip=CLIP), labelled)
    two: Any = NIBABEL.Nifti2Image(stacked(), None)
    same(preview(two.to_bytes(), name="x", clip=CLIP), labelled)


def test_a_frame_added_in_another_tool_is_taken_with_the_sidecar() -> None:
    labels = stacked()
    labels[3:6, 4:9, 4] = 1
    content = files() | {"annotation.nii.gz": gzip.compress(volume(labels), mtime=0)}
    found = preview(pack(content.items()), name="x", clip=CLIP)
    assert [outline.frame for outline in found.outlines] == [0, 2, 4, 5]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (volume(stacked().transpose(1, 0, 2)), "The volume is 21 x 34 px; the clip is 34 x 21 px."),
        (volume(stacked()[..., :4]), "The volume has 4 frames; the clip has 6."),
        (volume(stacked(3)), "The volume holds the labels 3; 1 is the nerve, and no other is taken."),
    ],
)
def test_problems(data: bytes, problem: str) -> None:
    assert preview(data, name="x", clip=CLIP).problems == (problem,)


def test_a_volume_of_another_clip_is_a_problem() -> None:
    twin = replace(CLIP, sha256="0" * 64)
    assert preview(pack(files().items()), name="x", clip=twin).problems == ("The volume was made from another clip.",)


@pytest.mark.parametrize(
    "data",
    [
        volume(np.random.default_rng(0).normal(size=(WIDTH, HEIGHT, FRAMES))),
        volume(np.zeros((WIDTH, HEIGHT, 2, 3), np.uint8)),
        volume(np.zeros((WIDTH, HEIGHT, FRAMES), np.complex64)),
        volume(stacked())[:-100],
        gzip.compress(volume(stacked()), mtime=0)[:-30],
    ],
)
def test_what_holds_no_labels_is_refused(data: bytes) -> None:
    with pytest.raises(AnnotationError, match="NIfTI"):
        preview(data, name="x", clip=CLIP)


def test_a_clip_too_long_for_nifti_is_refused() -> None:
    with pytest.raises(AnnotationError, match="32767"):
        export(Format.NIFTI, chosen({0: EMPTY}, replace(CLIP, frame_count=40_000)), VERSIONS)


def test_a_table_beside_the_volume_says_what_its_labels_mean() -> None:
    table = b'{"labels": {"background": 0, "artery": 1, "nerve": 2}, "file_ending": ".nii"}'
    nerve = pack([("labelsTr/wrist.nii", volume(stacked(2))), ("dataset.json", table)])
    same(preview(nerve, name="x.zip", clip=CLIP), {frame: mask for frame, mask in FOUND.items() if mask.any()})
    artery = pack([("labelsTr/wrist.nii", volume(stacked(1))), ("dataset.json", table)])
    assert preview(artery, name="x.zip", clip=CLIP).outlines == ()
    unknown = pack([("labelsTr/wrist.nii", volume(stacked(3))), ("dataset.json", table)])
    assert "does not name all of them" in " ".join(preview(unknown, name="x.zip", clip=CLIP).problems)
    sides = stacked(1)
    sides[:9] *= 2
    both = b'{"labels": {"background": 0, "left nerve": 1, "right nerve": 2}}'
    found = preview(pack([("wrist.nii", volume(sides)), ("dataset.json", both)]), name="x.zip", clip=CLIP)
    assert "both sides" in " ".join(found.problems)
