"""Which way up, how large, in which colours: NIfTIs as SimpleITK, dcm2niix and nibabel write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import nibabel
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.domain.clip import ClipInfo
from nerveapp.errors import ClipError
from nerveapp.io.readers.in_process import open_in_process

NIBABEL = cast(Any, nibabel)
FRAMES = np.random.default_rng(4).integers(0, 255, (4, 20, 30), dtype=np.uint8)


def write(path: Path, stored: Any, matrix: Any, *, codes: tuple[int, int], unit: str = "mm", zooms: Any = None) -> Path:
    image = NIBABEL.Nifti1Image(stored, None)
    header = image.header
    if zooms is not None:
        header.set_zooms(zooms)
    for code, setter in zip(codes, (header.set_qform, header.set_sform), strict=True):
        if code:
            setter(matrix, code)
    if codes == (0, 0) and matrix is not None:
        header["srow_x"], header["srow_y"], header["srow_z"] = np.asarray(matrix)[:3]
    header.set_xyzt_units(unit)
    image.to_filename(path)
    return path


def diagonal(x: float, y: float, offset: tuple[float, float] = (0, 0)) -> npt.NDArray[np.float64]:
    matrix = np.diag([x, y, 1.0, 1.0])
    matrix[:2, 3] = offset
    return matrix


def read(path: Path) -> tuple[ClipInfo, Any]:
    clip = open_in_process(path)
    return clip.info, np.stack([frame.image for frame in clip.frames()])


@pytest.mark.parametrize(
    ("matrix", "codes", "turn"),
    [
        (diagonal(-0.1, -0.1), (1, 1), (1, 1)),  # SimpleITK
        (diagonal(0.1, 0.1), (0, 2), (1, 1)),  # nibabel, told nothing of the world
        (diagonal(0.1, 0.1, (-2.9, -1.9)), (0, 2), (-1, -1)),  # the first one, brought to RAS
        (diagonal(-0.1, 0.1, (1.0, -1.9)), (1, 1), (1, -1)),  # dcm2niix, of a DICOM with a position
        (diagonal(0.1, 0.1, (0, -1.9)), (0, 0), (1, -1)),  # dcm2niix, of a DICOM without
        (None, (0, 0), (1, 1)),
    ],
    ids=["SimpleITK", "nibabel", "canonical", "dcm2niix", "dcm2niix without codes", "no world"],
)
def test_frames_are_the_right_way_up(
    tmp_path: Path, matrix: Any, codes: tuple[int, int], turn: tuple[int, int]
) -> None:
    stored = FRAMES.T[:: turn[0], :: turn[1]]
    info, shown = read(write(tmp_path / "a.nii", stored, matrix, codes=codes))
    assert np.array_equal(shown, FRAMES)
    assert bool([note for note in info.notes if "turned" in note]) == (turn != (1, 1))


@given(st.sampled_from([-1, 1]), st.sampled_from([-1, 1]), st.integers(0, 29), st.integers(0, 19))
def test_affine_of_what_is_shown_leads_to_the_same_place(
    tmp_path_factory: pytest.TempPathFactory, x: int, y: int, column: int, row: int
) -> None:
    matrix = diagonal(0.1 * x, 0.2 * y, (3.0, -7.0))
    stored = np.zeros((30, 20, 1), np.uint8)
    stored[column, row] = 255
    info, shown = read(write(tmp_path_factory.mktemp("a") / "a.nii", stored, matrix, codes=(1, 1)))
    (there,) = np.argwhere(shown[0] == 255)
    assert info.affine is not None
    assert np.array(info.affine) @ [there[1], there[0], 0, 1] == pytest.approx(matrix @ [column, row, 0, 1], abs=1e-5)


@pytest.mark.parametrize("size", [1.0, 25.4 / 72, 25.4 / 96, 25.4 / 150, 25.4 / 300, 25.4 / 600])
def test_defaults_and_print_resolutions_are_suggestions(tmp_path: Path, size: float) -> None:
    info, _ = read(write(tmp_path / "a.nii", FRAMES.T, diagonal(-size, -size), codes=(1, 1)))
    assert info.calibration is None
    assert info.suggestion is not None
    assert info.suggestion.row_spacing_mm == pytest.approx(size)
    assert "confirm" in " ".join(info.notes)


def test_affine_comes_before_voxel_size_and_both_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii", FRAMES.T, None, codes=(0, 0), zooms=(1, 1, 1))
    image = NIBABEL.load(path)
    header = image.header.copy()
    header["sform_code"] = 2
    header["srow_x"], header["srow_y"], header["srow_z"] = diagonal(0.08, 0.09)[:3]
    data = header.binaryblock + path.read_bytes()[348:]
    path.write_bytes(data)
    info, _ = read(path)
    assert info.calibration is not None
    assert (info.calibration.row_spacing_mm, info.calibration.column_spacing_mm) == (0.09, 0.08)
    assert "0.09 x 0.08" in info.notes[0]
    assert "1 x 1" in info.notes[0]


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_colours_along_the_fifth_axis_are_one_picture(tmp_path: Path, suffix: str) -> None:
    colours = np.random.default_rng(1).integers(0, 255, (4, 20, 30, 3), dtype=np.uint8)
    stored = np.moveaxis(colours, (0, 1, 2, 3), (2, 1, 0, 3))[:, :, :, None, :]
    _, shown = read(write(tmp_path / f"a{suffix}", stored, diagonal(-0.1, -0.1), codes=(1, 1)))
    assert np.array_equal(shown, colours)
    _, still = read(write(tmp_path / f"b{suffix}", stored[:, :, :1], diagonal(-1, -1), codes=(1, 1)))
    assert still.shape == (1, 20, 30, 3)


def test_colours_of_more_than_8_bits_and_other_vectors(tmp_path: Path) -> None:
    colours = np.zeros((30, 20, 1, 1, 3), np.uint16)
    colours[:, :, 0, 0, 1] = 900
    path = write(tmp_path / "a.nii", colours, diagonal(-1, -1), codes=(1, 1))
    data = bytearray(path.read_bytes())
    data[68:70] = (1007).to_bytes(2, "little")  # a vector
    path.write_bytes(bytes(data))
    _, shown = read(path)
    assert shown.shape == (1, 20, 30, 3)
    assert shown[0, 0, 0].tolist() == [0, 255, 0]
    pairs = write(tmp_path / "b.nii", np.zeros((30, 20, 1, 1, 2), np.uint8), diagonal(-1, -1), codes=(1, 1))
    with pytest.raises(ClipError, match="more than one value"):
        open_in_process(pairs)
