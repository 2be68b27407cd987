"""Labels lie where their affine says, however they are stored."""

import gzip
import io
import zipfile
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path
from typing import Any, cast

import nibabel
import numpy as np
import numpy.typing as npt
import pytest

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip import Affine
from nerveapp.domain.outline_files import Format
from nerveapp.io.annotation_files import export, preview
from nerveapp.io.readers.open_clip import open_clip
from tests.io.annotation_files.samples import CLIP, FRAMES, HEIGHT, VERSIONS, WIDTH, blob, chosen, same

NIBABEL: Any = nibabel  # its functions are untyped
FOUND = {0: blob(1), 3: blob(3), 5: blob(2)}
SIZES = (WIDTH, HEIGHT, FRAMES)
STORED = np.zeros(SIZES, np.uint8)
for _frame, _mask in FOUND.items():
    STORED[..., _frame] = _mask.T

PICTURE = np.diag([-0.05, -0.07, 1.0, 1.0])
RAS = np.diag([0.05, 0.07, 1.0, 1.0])
ROTATED = np.array([[0.03, -0.04, 0.0, 12.0], [0.04, 0.03, 0.0, -7.0], [0.0, 0.0, 2.0, 3.0], [0.0, 0.0, 0.0, 1.0]])
SAGITTAL = np.array([[0.0, 0.0, 1.0, 4.0], [-0.05, 0.0, 0.0, 5.0], [0.0, -0.07, 0.0, 6.0], [0.0, 0.0, 0.0, 1.0]])
WORLDS = [PICTURE, RAS, ROTATED, SAGITTAL]


def moved(world: npt.NDArray[Any], x_mm: float) -> npt.NDArray[Any]:
    return world + np.eye(4, k=3) * x_mm


def clip_in(world: npt.NDArray[Any]) -> ClipRecord:
    return replace(CLIP, affine=cast(Affine, tuple(tuple(row) for row in world.tolist())))


def volume(values: npt.NDArray[Any], world: npt.NDArray[Any] | None, *, qform: bool = False) -> bytes:
    image: Any = NIBABEL.Nifti1Image(values, world)
    if qform:
        image.set_qform(world, 1)
        image.set_sform(None, 0)
    return bytes(image.to_bytes())


def turned(world: npt.NDArray[Any], axes: tuple[int, ...], signs: tuple[int, ...]) -> tuple[npt.NDArray[Any], Any]:
    orientation = np.array(list(zip(axes, signs, strict=True)), float)
    values = NIBABEL.orientations.apply_orientation(STORED, orientation)
    return values, world @ NIBABEL.orientations.inv_ornt_aff(orientation, SIZES)


@pytest.mark.parametrize("world", WORLDS, ids=["picture", "RAS", "rotated", "sagittal"])
def test_labels_are_matched_to_the_clip_in_the_world(world: npt.NDArray[Any]) -> None:
    clip = clip_in(world)
    for axes, signs in product(permutations(range(3)), product((1, -1), repeat=3)):
        values, place = turned(world, axes, signs)
        same(preview(volume(values, place, qform=axes == (0, 1, 2)), name="x", clip=clip), FOUND)
    timed = STORED[:, :, None, :]
    same(preview(volume(timed, world), name="x", clip=clip), FOUND)


@pytest.mark.parametrize(
    "place",
    [np.eye(4), PICTURE, ROTATED @ np.diag([1.1, 1.1, 1, 1]), moved(ROTATED, 0.2), None],
    ids=["identity", "picture", "scaled", "shifted", "none"],
)
def test_labels_that_lie_elsewhere_are_refused(place: npt.NDArray[Any] | None) -> None:
    found = preview(volume(STORED, place), name="x", clip=clip_in(ROTATED))
    assert len(found.problems) == 1
    assert "affine" in found.problems[0]
    assert not found.outlines


def test_a_volume_of_other_sizes_is_refused() -> None:
    for values in (STORED[:-1], STORED[:, :, :4], np.repeat(STORED, 2, axis=2)):
        assert preview(volume(values, ROTATED), name="x", clip=clip_in(ROTATED)).problems


def test_a_clip_without_a_world_takes_what_programs_make_of_its_picture() -> None:
    for world in (None, PICTURE, np.eye(4), RAS, moved(PICTURE, 9)):
        same(preview(volume(STORED, world), name="x", clip=CLIP), FOUND)
    canonical: Any = NIBABEL.as_closest_canonical(NIBABEL.Nifti1Image(STORED, PICTURE))
    assert canonical.affine[0, 0] > 0
    same(preview(canonical.to_bytes(), name="x", clip=CLIP), FOUND)
    for world in (ROTATED @ np.diag([-1, 1, 1, 1]), SAGITTAL, np.diag([0.05, -0.07, 1, 1]), np.diag([-1, -1, -1, 1])):
        found = preview(volume(STORED, world), name="x", clip=CLIP)
        assert "in space" in found.problems[0]
        assert not found.outlines


def exported(clip: ClipRecord) -> Any:
    data, _ = export(Format.NIFTI, chosen(FOUND, clip), VERSIONS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return NIBABEL.Nifti1Image.from_bytes(gzip.decompress(archive.read("annotation.nii.gz")))


@pytest.mark.parametrize("world", WORLDS, ids=["picture", "RAS", "rotated", "sagittal"])
def test_an_export_lies_where_the_clip_lies(world: npt.NDArray[Any]) -> None:
    image = exported(clip_in(world))
    for read in (image.get_sform, image.get_qform):
        place, code = read(coded=True)
        assert code == 1
        np.testing.assert_allclose(place, world, atol=1e-5)
    same(preview(image.to_bytes(), name="x", clip=clip_in(world)), FOUND)


def test_a_world_that_a_rotation_cannot_hold_is_in_the_sform_alone() -> None:
    sheared = ROTATED.copy()
    sheared[0, 2] = 1.5
    image = exported(clip_in(sheared))
    assert (int(image.header["sform_code"]), int(image.header["qform_code"])) == (1, 0)
    np.testing.assert_allclose(image.affine, sheared, atol=1e-5)
    flat = ROTATED.copy()
    flat[:, 2] = 0
    np.testing.assert_allclose(exported(clip_in(flat)).affine[:3, 2], [0, 0, 1], atol=1e-5)


def test_without_a_world_viewers_are_told_how_a_picture_lies() -> None:
    image = exported(CLIP)
    np.testing.assert_allclose(image.affine, PICTURE, atol=1e-6)
    assert image.header.get_zooms() == pytest.approx((0.05, 0.07, 1))
    np.testing.assert_allclose(exported(replace(CLIP, calibration=None)).affine, np.diag([-1.0, -1.0, 1.0, 1.0]))


@pytest.mark.parametrize("world", [None, PICTURE, RAS, ROTATED, moved(RAS, 9)])
def test_what_is_drawn_on_a_nifti_clip_goes_out_and_comes_back(tmp_path: Path, world: npt.NDArray[Any] | None) -> None:
    path = tmp_path / "clip.nii"
    path.write_bytes(volume(np.random.default_rng(0).integers(0, 255, SIZES).astype(np.uint8), world))
    info = open_clip(path).info
    clip = replace(CLIP, affine=info.affine)
    data, _ = export(Format.NIFTI, chosen(FOUND, clip), VERSIONS)
    same(preview(data, name="x", clip=clip), FOUND)
    labels = np.zeros(SIZES, np.uint8)
    labels[2:9, 3:6, 4] = 1
    shown = preview(volume(labels, world), name="x", clip=clip).outlines
    frames = [frame.image for frame in open_clip(path).frames()]
    path.write_bytes(volume(labels * 255, world))
    assert [one.frame for one in shown] == [4]
    np.testing.assert_array_equal(shown[0].mask.unpack(), [f.image for f in open_clip(path).frames()][4] > 0)
    assert len(frames) == FRAMES
