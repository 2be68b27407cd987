from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import nibabel
import numpy as np
import pytest
import tifffile

from nerveapp.domain.calibration import CalibrationOrigin
from nerveapp.errors import ClipError
from nerveapp.io.readers.open_clip import open_clip

RNG = np.random.default_rng(5)
GREY = RNG.integers(0, 255, (7, 31, 45), dtype=np.uint8)
DEEP = RNG.integers(5, 3000, (7, 31, 45), dtype=np.uint16)


def scaled(values: Any) -> Any:
    low, high = float(DEEP.min()), float(DEEP.max())
    return np.rint((values.astype(float) - low) * 255 / (high - low)).astype(np.uint8)


@pytest.mark.parametrize(
    "options",
    [{}, {"bigtiff": True}, {"compression": "zlib"}, {"compression": "lzw", "byteorder": ">"}, {"imagej": True}],
)
def test_tiff_stacks(tmp_path: Path, options: dict[str, Any]) -> None:
    for pixels, expected in ((GREY, GREY), (DEEP, scaled(DEEP)), (DEEP.astype(np.float32), scaled(DEEP))):
        tifffile.imwrite(tmp_path / "a.mp4", pixels, **options)
        clip = open_clip(tmp_path / "a.mp4")
        frames = list(clip.frames())
        assert (clip.info.width, clip.info.height, clip.info.frame_count, clip.truncation) == (45, 31, 7, None)
        assert all(np.array_equal(frame.image, expected[frame.index]) for frame in frames)
        assert not clip.info.timed


def test_tiff_pages_written_one_by_one(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a") as writer:
        for plane in GREY:
            writer.write(plane, contiguous=False)
    frames = list(open_clip(tmp_path / "a").frames())
    assert [np.array_equal(frame.image, GREY[frame.index]) for frame in frames] == [True] * 7


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_rgb_tiff(tmp_path: Path, planar: str) -> None:
    rgb = RNG.integers(0, 255, (3, 31, 45, 3), dtype=np.uint8)
    stored = rgb if planar == "contig" else np.moveaxis(rgb, -1, 1)
    tifffile.imwrite(tmp_path / "a", stored, photometric="rgb", planarconfig=planar)
    assert all(np.array_equal(f.image, rgb[f.index]) for f in open_clip(tmp_path / "a").frames())


def test_tiff_white_is_zero_and_palette(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a", GREY, photometric="miniswhite")
    assert np.array_equal(next(open_clip(tmp_path / "a").frames()).image, 255 - GREY[0])
    colours = np.tile(np.arange(256, dtype=np.uint16) * 256, (3, 1))
    tifffile.imwrite(tmp_path / "b", GREY, photometric="palette", colormap=colours)
    assert np.array_equal(next(open_clip(tmp_path / "b").frames()).image[..., 2], GREY[0])


@pytest.mark.parametrize(
    ("unit", "density", "expected"),
    [("mm", (10, 20), (0.05, 0.1)), ("cm", (100, 200), (0.05, 0.1)), ("\\u00B5m", (0.02, 0.02), (50 / 1000,) * 2),
     ("micron", (0.01, 0.01), (0.1, 0.1)), ("pixel", (1, 1), None), ("mm", (0.001, 0.001), None)],
)  # fmt: skip
def test_imagej_spacing(tmp_path: Path, unit: str, density: tuple[float, float], expected: Any) -> None:
    metadata = {"unit": unit, "finterval": 0.04, "axes": "TYX"}
    tifffile.imwrite(tmp_path / "a", GREY, imagej=True, resolution=density, metadata=metadata)
    info = open_clip(tmp_path / "a").info
    found = info.calibration
    assert info.timed
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.origin is CalibrationOrigin.FILE_METADATA
        assert (found.row_spacing_mm, found.column_spacing_mm) == pytest.approx(expected)


def test_tiff_resolution_counts_in_centimetres_only(tmp_path: Path) -> None:
    for unit, spacing in (("CENTIMETER", 0.1), ("INCH", None), ("NONE", None)):
        tifffile.imwrite(tmp_path / "a", GREY, resolution=(100, 100), resolutionunit=unit)
        found = open_clip(tmp_path / "a").info.calibration
        assert (found and found.row_spacing_mm) == spacing


def test_imagej_frame_interval(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a", GREY, imagej=True, metadata={"axes": "TYX", "finterval": 0.05})
    assert [f.time_s for f in open_clip(tmp_path / "a").frames()] == pytest.approx([k / 20 for k in range(7)])


def test_hyperstack_of_two_axes_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a", np.stack([GREY, GREY]), imagej=True, metadata={"axes": "TZYX"})
    with pytest.raises(ClipError, match="more than one kind"):
        open_clip(tmp_path / "a")


@pytest.mark.parametrize("options", [{}, {"imagej": True}, {"compression": "zlib"}])
def test_cut_off_tiff(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "a"
    with tifffile.TiffWriter(path, imagej=options.pop("imagej", False)) as writer:
        if options:
            for plane in GREY:
                writer.write(plane, contiguous=False, **options)
        else:
            writer.write(GREY)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    clip = open_clip(path)
    frames = list(clip.frames())
    assert 1 <= len(frames) < 7
    assert clip.truncation is not None


def nifti(path: Path, pixels: Any, units: tuple[str, str] | None = None, zooms: tuple[float, ...] = ()) -> Path:
    image: Any = cast(Any, nibabel).Nifti1Image(pixels, np.eye(4))  # its types are unfinished
    header = image.header
    if zooms:
        header.set_zooms(zooms)
    if units:
        header.set_xyzt_units(*units)
    image.to_filename(path)
    return path


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_nifti(tmp_path: Path, suffix: str) -> None:
    path = nifti(tmp_path / f"a{suffix}", GREY.T, ("mm", "sec"), (0.1, 0.2, 1)).rename(tmp_path / "clip.mp4")
    clip = open_clip(path)
    assert all(np.array_equal(f.image, GREY[f.index]) for f in clip.frames())
    found = clip.info.calibration
    assert found is not None
    assert (found.row_spacing_mm, found.column_spacing_mm) == (0.2, 0.1)
    assert not clip.info.timed


def test_nifti_over_time(tmp_path: Path) -> None:
    path = nifti(tmp_path / "a.nii", DEEP.T[:, :, None, :].astype(np.int16), ("micron", "msec"), (100, 200, 1, 40))
    clip = open_clip(path)
    frames = list(clip.frames())
    assert all(np.array_equal(f.image, scaled(DEEP)[f.index]) for f in frames)
    assert frames[6].time_s == pytest.approx(0.24)
    assert clip.info.calibration is not None
    assert clip.info.calibration.row_spacing_mm == pytest.approx(0.2)


def test_nifti_without_units_and_rgb(tmp_path: Path) -> None:
    pixels = np.zeros((45, 31, 5), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    pixels["G"] = 9
    clip = open_clip(nifti(tmp_path / "a.nii", pixels))
    assert clip.info.calibration is None
    assert "unit" in clip.info.notes[0]
    image = next(clip.frames()).image
    assert image.shape == (31, 45, 3)
    assert image[0, 0].tolist() == [0, 9, 0]


def test_nifti_of_two_axes_and_cut_off(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="more than one axis"):
        open_clip(nifti(tmp_path / "a.nii", np.zeros((4, 5, 6, 7), np.uint8)))
    path = nifti(tmp_path / "b.nii", GREY.T)
    path.write_bytes(path.read_bytes()[:-2000])
    clip = open_clip(path)
    assert len(list(clip.frames())) == 5
    assert clip.truncation == "Decoding stopped after frame 5 of 7 announced: the NIfTI data are cut off."


def test_the_range_that_a_file_wants_shown_counts(tmp_path: Path) -> None:
    deep = RNG.integers(0, 4000, (3, 12, 17)).astype(np.uint16)
    expected = np.rint((deep.clip(400, 2000) - 400.0) * 255 / 1600)
    tifffile.imwrite(tmp_path / "a.tif", deep, imagej=True, metadata={"axes": "TYX", "min": 400.0, "max": 2000.0})
    image = cast(Any, nibabel).Nifti1Image(np.moveaxis(deep, (0, 1, 2), (2, 1, 0)), np.diag([-1, -1, 1, 1]))
    image.header["cal_min"], image.header["cal_max"] = 400, 2000
    nibabel.save(image, tmp_path / "a.nii")
    for name in ("a.tif", "a.nii"):
        shown = np.stack([frame.image for frame in open_clip(tmp_path / name).frames()])
        assert np.abs(shown - expected).max() <= 1, name
    nowhere = {"axes": "TYX", "min": 50000.0, "max": 60000.0}
    tifffile.imwrite(tmp_path / "b.tif", deep, imagej=True, metadata=nowhere)
    assert next(iter(open_clip(tmp_path / "b.tif").frames())).image.any(), "a range without anything in it is none"


def test_a_playback_rate_that_is_not_used_is_not_told(tmp_path: Path) -> None:
    stack = RNG.integers(0, 255, (3, 12, 17)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", stack, imagej=True, metadata={"axes": "ZYX", "fps": 25.0, "spacing": 0.5})
    info = open_clip(tmp_path / "a.tif").info
    assert not info.timed
    assert info.notes == ()


def test_a_nifti_on_its_side_is_shown_as_stored_and_said_so(tmp_path: Path) -> None:
    stack = RNG.integers(0, 255, (17, 12, 3)).astype(np.uint8)
    turned = np.array([[0, -0.1, 0, 5], [-0.1, 0, 0, 7], [0, 0, 1, 0], [0, 0, 0, 1]])
    nibabel.save(cast(Any, nibabel).Nifti1Image(stack, turned), tmp_path / "a.nii")
    clip = open_clip(tmp_path / "a.nii")
    assert any("columns of the pictures are rows" in note for note in clip.info.notes)
    assert (next(iter(clip.frames())).image == stack[:, :, 0].T).all()
