from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmwrite
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from nerveapp.domain.calibration import CalibrationOrigin
from nerveapp.errors import ClipError
from nerveapp.io.readers.open_clip import ReadLimits, open_clip
from tests.io.readers.dicom_files import GREY, compressed, dataset, region, save


@pytest.mark.parametrize(
    "syntax",
    [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian],
)
def test_native_grey(tmp_path: Path, syntax: UID) -> None:
    clip = open_clip(save(tmp_path / "a.mp4", dataset(GREY, FrameTime="40"), syntax))
    frames = list(clip.frames())
    assert clip.info.format == "DICOM ultrasound multi-frame"
    assert (clip.info.width, clip.info.height, clip.info.frame_count) == (45, 31, 4)
    assert all(np.array_equal(frame.image, GREY[frame.index]) for frame in frames)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.08, 0.12])
    assert "Doe" not in repr(clip.info)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_without_preamble(tmp_path: Path, syntax: UID) -> None:
    frames = list(open_clip(save(tmp_path / "a", dataset(GREY), syntax, bare=True)).frames())
    assert np.array_equal(frames[3].image, GREY[3])


@pytest.mark.parametrize("has_offsets", [True, False])
@pytest.mark.parametrize(
    ("syntax", "worst"),
    [(RLELossless, 0), (JPEG2000Lossless, 0), (JPEGLSLossless, 0), (JPEGLosslessSV1, 0), (JPEGBaseline8Bit, 8)],
)
def test_encapsulated_codes(tmp_path: Path, syntax: UID, worst: int, has_offsets: bool) -> None:
    frames = list(open_clip(compressed(tmp_path / "a", syntax, has_offsets=has_offsets)).frames())
    assert len(frames) == 4
    assert all(np.abs(frame.image.astype(int) - GREY[frame.index]).max() <= worst for frame in frames)


def test_monochrome1_is_inverted(tmp_path: Path) -> None:
    frames = list(open_clip(save(tmp_path / "a", dataset(GREY, "MONOCHROME1"))).frames())
    assert np.array_equal(frames[1].image, 255 - GREY[1])


def test_rgb_and_ybr(tmp_path: Path) -> None:
    rgb = np.zeros((2, 31, 45, 3), np.uint8)
    rgb[..., 0] = 200
    assert np.array_equal(next(open_clip(save(tmp_path / "a", dataset(rgb, "RGB"))).frames()).image, rgb[0])
    ybr = np.zeros_like(rgb) + np.array([100, 128, 128], np.uint8)
    image = next(open_clip(save(tmp_path / "b", dataset(ybr, "YBR_FULL"))).frames()).image
    assert np.abs(image.astype(int) - 100).max() <= 1


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_16_bit_has_one_scale_for_the_clip(tmp_path: Path, syntax: UID) -> None:
    pixels = np.zeros((2, 31, 45), np.uint16) + np.array([1000, 3000], np.uint16)[:, None, None]
    clip = open_clip(save(tmp_path / "a", dataset(pixels), syntax))
    assert [int(frame.image[0, 0]) for frame in clip.frames()] == [0, 255]
    assert "1000" in " ".join(clip.info.notes)


def test_16_bit_with_a_window(tmp_path: Path) -> None:
    pixels = np.array([0, 500, 1000, 4000], np.uint16)[:, None, None] * np.ones((31, 45), np.uint16)
    clip = open_clip(save(tmp_path / "a", dataset(pixels, WindowCenter="500.5", WindowWidth="1001")))
    assert [int(frame.image[0, 0]) for frame in clip.frames()] == [0, 128, 255, 255]


@pytest.mark.parametrize(
    ("elements", "times"),
    [
        ({"FrameTimeVector": ["0", "10", "30", "20"], "FrameIncrementPointer": 0x00181065}, [0, 0.01, 0.04, 0.06]),
        ({"CineRate": "20"}, [0, 0.05, 0.1, 0.15]),
        ({"RecommendedDisplayFrameRate": "10", "FrameTime": "0"}, [0, 0.1, 0.2, 0.3]),
        ({"FrameTimeVector": ["0", "10"], "FrameTime": "40"}, [0, 0.04, 0.08, 0.12]),
        ({"FrameTimeVector": ["0"] * 4, "FrameIncrementPointer": 0x00181065, "FrameTime": "40"}, [0, 0.04, 0.08, 0.12]),
        ({"FrameTimeVector": ["0", "0", "0", "40"], "CineRate": "20"}, [0, 0.05, 0.1, 0.15]),
    ],
)
def test_times(tmp_path: Path, elements: dict[str, Any], times: list[float]) -> None:
    clip = open_clip(save(tmp_path / "a", dataset(GREY, **elements)))
    assert clip.info.timed
    assert [frame.time_s for frame in clip.frames()] == pytest.approx(times)


def test_a_frame_time_and_a_list_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    both = dataset(GREY, FrameTime="20", FrameTimeVector=["0", "50", "50", "50"])
    clip = open_clip(save(tmp_path / "a", both))
    assert [frame.time_s for frame in clip.frames()] == pytest.approx([0, 0.02, 0.04, 0.06])
    assert "contradicts itself" in " ".join(clip.info.notes)


def test_a_damaged_time_is_told(tmp_path: Path) -> None:
    path = save(tmp_path / "a", dataset(GREY, FrameTime="33.3"))
    path.write_bytes(path.read_bytes().replace(b"33.3", b"33,3"))
    clip = open_clip(path)
    assert not clip.info.timed
    assert "FrameTime is damaged and was not used" in " ".join(clip.info.notes)


@pytest.mark.parametrize("moments", [(0.0, 20.0, 50.0, 90.0), ("20260105101112.000000", 20, 50, 90), (0.0, 0.0, 9, 9)])
def test_an_enhanced_object_tells_the_time_of_each_frame(tmp_path: Path, moments: tuple[Any, ...]) -> None:
    data = dataset(GREY, PerFrameFunctionalGroupsSequence=[])
    in_text = isinstance(moments[0], str)
    for moment in moments:
        group, inner = Dataset(), Dataset()
        if in_text:
            ms = 0 if isinstance(moment, str) else moment
            inner.FrameReferenceDateTime = f"20260105101112.{1000 * ms:06d}"
            group.FrameContentSequence = [inner]
        else:
            inner.TemporalPositionTimeOffset = float(moment) / 1000
            group.TemporalPositionSequence = [inner]
        data.PerFrameFunctionalGroupsSequence.append(group)
    clip = open_clip(save(tmp_path / "a", data))
    volume = moments[0] == moments[1]
    assert clip.info.timed is not volume, "slices of one moment are no clip"
    times = [0, 1, 2, 3] if volume else [0, 0.02, 0.05, 0.09]
    assert [frame.time_s for frame in clip.frames()] == pytest.approx(times)


def test_times_of_frames_follow_them_into_another_order_and_contradictions_are_told(tmp_path: Path) -> None:
    data = dataset(GREY, PerFrameFunctionalGroupsSequence=[], FrameTime="40")
    for index in (4, 3, 2, 1):
        group, position, content = Dataset(), Dataset(), Dataset()
        position.TemporalPositionTimeOffset, content.TemporalPositionIndex = 50.0 * index, index
        group.TemporalPositionSequence, group.FrameContentSequence = [position], [content]
        data.PerFrameFunctionalGroupsSequence.append(group)
    clip = open_clip(save(tmp_path / "a", data))
    frames = list(clip.frames())
    assert [frame.time_s for frame in frames] == [0, 50, 100, 150]
    assert np.array_equal(frames[0].image, GREY[3])
    assert "contradicts itself" in " ".join(clip.info.notes), "these are perhaps milliseconds"


def test_without_times_frames_are_numbered(tmp_path: Path) -> None:
    clip = open_clip(save(tmp_path / "a", dataset(GREY)))
    assert not clip.info.timed
    assert [frame.time_s for frame in clip.frames()] == [0, 1, 2, 3]


def test_region_gives_rows_and_columns_apart(tmp_path: Path) -> None:
    small = region(RegionLocationMaxX1=10, PhysicalDeltaX=0.03)
    spectral = region(RegionSpatialFormat=3, RegionLocationMaxX1=45)
    seconds = region(PhysicalUnitsXDirection=4, RegionLocationMaxX1=45)
    edge = region(RegionLocationMaxX1=45, RegionLocationMaxY1=31)
    data = dataset(GREY, SequenceOfUltrasoundRegions=[small, spectral, seconds, edge], PixelSpacing=["9", "9"])
    info = open_clip(save(tmp_path / "a", data)).info
    assert info.calibration is not None
    assert info.calibration.origin is CalibrationOrigin.DICOM_REGION
    assert info.calibration.column_spacing_mm == pytest.approx(0.1)
    assert info.calibration.row_spacing_mm == pytest.approx(0.2)
    assert len(info.notes) == 2
    assert "another spacing" in info.notes[0]
    assert "contradicts" in info.notes[1]


def test_region_of_a_resized_frame_is_not_used(tmp_path: Path) -> None:
    data = dataset(GREY, SequenceOfUltrasoundRegions=[region(RegionLocationMaxX1=90)])
    info = open_clip(save(tmp_path / "a", data)).info
    assert info.calibration is None
    assert "resized" in info.notes[0]


def test_pixel_spacing_is_used_and_imager_spacing_is_not(tmp_path: Path) -> None:
    info = open_clip(save(tmp_path / "a", dataset(GREY, PixelSpacing=["0.2", "0.1"]))).info
    assert info.calibration is not None
    assert info.calibration.origin is CalibrationOrigin.DICOM_PIXEL_SPACING
    assert (info.calibration.row_spacing_mm, info.calibration.column_spacing_mm) == (0.2, 0.1)
    assert open_clip(save(tmp_path / "b", dataset(GREY, ImagerPixelSpacing=["0.2", "0.1"]))).info.calibration is None
    assert open_clip(save(tmp_path / "c", dataset(GREY, PixelSpacing=["0", "0"]))).info.calibration is None


def test_cut_off_native_pixels(tmp_path: Path) -> None:
    path = save(tmp_path / "a", dataset(GREY))
    path.write_bytes(path.read_bytes()[:-2000])
    clip = open_clip(path)
    assert len(list(clip.frames())) == 2
    assert clip.truncation == "Decoding stopped after frame 2 of 4 announced: the file ends early."


@pytest.mark.parametrize("has_offsets", [True, False])
def test_cut_off_encapsulated_pixels(tmp_path: Path, has_offsets: bool) -> None:
    path = compressed(tmp_path / "a", RLELossless, has_offsets=has_offsets)
    path.write_bytes(path.read_bytes()[:-2000])
    clip = open_clip(path)
    frames = list(clip.frames())
    assert len(frames) == 2
    assert np.array_equal(frames[1].image, GREY[1])
    assert clip.truncation is not None
    assert "after frame 2 of 4" in clip.truncation


def test_unusable_files_are_refused(tmp_path: Path) -> None:
    unknown = save(tmp_path / "unknown", dataset(GREY))
    unknown.write_bytes(unknown.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.9.9\0", 1))
    no_pixels = dataset(GREY)
    no_frames = dataset(GREY, NumberOfFrames=0)
    bomb = dataset(GREY, Rows=60000, Columns=60000)
    paths = [unknown, save(tmp_path / "zero", no_frames), save(tmp_path / "bomb", bomb)]
    save(tmp_path / "none", no_pixels)
    del no_pixels.PixelData
    dcmwrite(tmp_path / "none", no_pixels)
    for path in (*paths, tmp_path / "none"):
        with pytest.raises(ClipError) as caught:
            open_clip(path)
        assert caught.value.hint


def test_deflate_bomb_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a", dataset(GREY), DeflatedExplicitVRLittleEndian)
    packer = zlib.compressobj(wbits=-15)
    start = 144 + int.from_bytes(path.read_bytes()[140:144], "little")
    path.write_bytes(path.read_bytes()[:start] + packer.compress(bytes(10_000_000)) + packer.flush())
    with pytest.raises(ClipError, match="unpacks to more"):
        open_clip(path, limits=ReadLimits(max_unpacked_bytes=100_000))


@pytest.mark.parametrize(
    ("name", "count", "size", "spacing_mm"),
    [
        ("examples_ybr_color.dcm", 30, (320, 240), None),  # its region is that of 640 x 480 px
        ("color3d_jpeg_baseline.dcm", 120, (640, 480), 0.5105),
        ("OBXXXX1A_rle_2frame.dcm", 2, (800, 600), 0.26229),
        ("gdcm-US-ALOKA-16.dcm", 1, (640, 480), 0.38265),
        ("US1_J2KR.dcm", 1, (640, 480), None),
    ],
)
def test_samples_of_pydicom(name: str, count: int, size: tuple[int, int], spacing_mm: float | None) -> None:
    found = get_testdata_file(name, download=False)
    if found is None:
        pytest.skip(f"{name} is not installed (pip install pydicom-data)")
    clip = open_clip(Path(str(found)))
    frames = list(clip.frames())
    assert (len(frames), (clip.info.width, clip.info.height), clip.truncation) == (count, size, None)
    assert frames[0].image.shape == (size[1], size[0], 3)
    assert 5 < frames[0].image.mean() < 60
    calibration = clip.info.calibration
    assert (calibration and calibration.row_spacing_mm) == (spacing_mm and pytest.approx(spacing_mm, rel=1e-4))


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    # Not ru_maxrss where it can be avoided: on Linux a child starts with its parent's peak.
    code = (
        "import resource, sys; from pathlib import Path; from nerveapp.io.readers.in_process import open_in_process\n"
        "assert sum(1 for _ in open_in_process(Path(sys.argv[1])).frames()) == int(sys.argv[2])\n"
        "status = Path('/proc/self/status')\n"
        "lines = status.read_text().splitlines() if status.exists() else []\n"
        "peaks = [int(line.split()[1]) for line in lines if line.startswith('VmHWM')]\n"
        "print(peaks[0] if peaks else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for count in (200, 10_000):
        pixels = np.broadcast_to(np.resize(GREY, (1, 96, 128)), (count, 96, 128))
        path = save(tmp_path / "a", dataset(pixels))
        run = subprocess.run(
            [sys.executable, "-c", code, str(path), str(count)],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3],
        )  # fmt: skip
        peaks.append(int(run.stdout))
    assert peaks[1] <= 1.25 * peaks[0]
