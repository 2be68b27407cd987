"""Pixel data that other programs read right although their header, or their table of offsets, says otherwise."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import imagecodecs
import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from pydicom import dcmwrite
from pydicom.data import get_testdata_files
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.processing import convert_color_space
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom import stored_frames
from nerveapp.io.readers.in_process import open_in_process as open_clip
from nerveapp.io.readers.limits import ReadLimits
from tests.io.readers.dicom_files import GREY, dataset, save

JPEG_BASELINE, JPEG_EXTENDED = UID("1.2.840.10008.1.2.4.50"), UID("1.2.840.10008.1.2.4.51")
JPEG_LOSSLESS = UID("1.2.840.10008.1.2.4.70")
JPEG_LS, HTJ2K = UID("1.2.840.10008.1.2.4.80"), UID("1.2.840.10008.1.2.4.201")
MPEG2, MPEG4, HEVC = (UID(f"1.2.840.10008.1.2.4.{number}") for number in (100, 102, 107))


def item(data: bytes) -> bytes:
    return struct.pack("<HHL", 0xFFFE, 0xE000, len(data)) + data


def in_items(path: Path, data: Dataset, syntax: UID, offsets: bytes, fragments: list[bytes]) -> Path:
    """Write pixel data of undefined length, item by item, whatever they are."""
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.PixelData = item(offsets) + b"".join(map(item, fragments)) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    data["PixelData"].VR = "OB"
    data["PixelData"].is_undefined_length = True
    dcmwrite(path, data, enforce_file_format=True)
    if not syntax.is_encapsulated:  # pydicom gives these a length all the same
        tag = b"\xe0\x7f\x10\x00OB\0\0"
        before, behind = path.read_bytes().split(tag)
        path.write_bytes(before + tag + b"\xff\xff\xff\xff" + behind[4:])
    return path


CODES = [
    code + b"\0" * (len(code) % 2) for code in (bytes(imagecodecs.jpeg8_encode(frame, level=98)) for frame in GREY)
]
DECODED = [imagecodecs.jpeg8_decode(code) for code in CODES]
STARTS = [sum(len(code) + 8 for code in CODES[:index]) for index in range(len(CODES))]


def matches(path: Path, expected: Any, *, worst: int = 0) -> bool:
    frames = list(open_clip(path).frames())
    return len(frames) == len(expected) and all(
        int(np.abs(frame.image.astype(int) - np.asarray(image, int)).max()) <= worst
        for frame, image in zip(frames, expected, strict=True)
    )


@pytest.mark.parametrize(
    "table",
    [
        [0, 0, 0, 0],
        [start - 8 * index for index, start in enumerate(STARTS)],
        [start + 8 for start in STARTS],
        [start + 1000 for start in STARTS],
        STARTS[:2],
        STARTS[::-1],
        [],
        STARTS,
    ],
    ids=["zeros", "without item heads", "at the data", "absolute", "short", "backwards", "none", "right"],
)
def test_no_table_of_offsets_loses_a_frame(tmp_path: Path, table: list[int]) -> None:
    offsets = struct.pack(f"<{len(table)}L", *table)
    assert matches(in_items(tmp_path / "a", dataset(GREY), JPEG_BASELINE, offsets, CODES), DECODED)


@pytest.mark.parametrize("padding", [b"", b"\0", b"\0" * 6])
def test_frames_in_several_padded_fragments(tmp_path: Path, padding: bytes) -> None:
    codes = [code + padding for code in CODES]
    halves = [part for code in codes for part in (code[:60], code[60:])]
    assert matches(in_items(tmp_path / "a", dataset(GREY), JPEG_BASELINE, b"", halves), DECODED)


def test_frames_are_counted_where_the_header_does_not(tmp_path: Path) -> None:
    encapsulated, native = dataset(GREY), dataset(GREY)
    del encapsulated.NumberOfFrames, native.NumberOfFrames
    path = in_items(tmp_path / "a", encapsulated, JPEG_BASELINE, b"", CODES)
    assert matches(path, DECODED)
    assert "does not give its number of frames" in " ".join(open_clip(path).info.notes)
    assert matches(save(tmp_path / "b", native), GREY)


def test_more_frames_than_announced_are_told(tmp_path: Path) -> None:
    path = in_items(tmp_path / "a", dataset(GREY, NumberOfFrames=3), JPEG_BASELINE, b"", CODES)
    assert matches(path, DECODED[:3])
    assert "hold 4" in " ".join(open_clip(path).info.notes)


def test_several_codes_of_one_announced_frame_are_told(tmp_path: Path) -> None:
    path = in_items(tmp_path / "a", dataset(GREY, NumberOfFrames=1), JPEG_BASELINE, b"", CODES)
    assert matches(path, DECODED[:1])
    assert "hold 4" in " ".join(open_clip(path).info.notes)


def test_table_that_names_fragments_is_no_table_of_frames(tmp_path: Path) -> None:
    halves = [part for code in CODES for part in (code[:60], code[60:])]
    starts = [sum(len(part) + 8 for part in halves[:index]) for index in range(4)]
    path = in_items(tmp_path / "a", dataset(GREY), JPEG_BASELINE, struct.pack("<4L", *starts), halves)
    assert matches(path, DECODED)


@pytest.mark.parametrize("count", [1, 4])
def test_lossless_code_that_is_cut_off_is_no_frame(tmp_path: Path, count: int) -> None:
    codes = [bytes(imagecodecs.ljpeg_encode(frame)) for frame in GREY[:count]]
    codes[-1] = codes[-1][: len(codes[-1]) // 4 * 2]
    path = in_items(tmp_path / "a", dataset(GREY[:count]), JPEG_LOSSLESS, b"", codes)
    if count == 1:
        with pytest.raises(ClipError):
            open_clip(path)
    else:
        clip = open_clip(path)
        assert len(list(clip.frames())) == 3
        assert clip.truncation is not None


@pytest.mark.parametrize(
    ("syntax", "encode"), [(JPEG_LS, imagecodecs.jpegls_encode), (JPEG_LOSSLESS, imagecodecs.ljpeg_encode)]
)
def test_codes_with_bits_at_the_top_of_their_words(tmp_path: Path, syntax: UID, encode: Any) -> None:
    high = (GREY.astype(np.uint16) * 16) << 4
    scaled = np.rint((high - int(high.min())) * (255 / int(high.max() - high.min())))
    path = in_items(
        tmp_path / "a",
        dataset(high, BitsStored=12, HighBit=15),
        syntax,
        b"",
        [bytes(encode(one)) + b"\0" for one in high],
    )
    assert matches(path, scaled, worst=1)


def test_slope_below_zero_turns_greys_round(tmp_path: Path) -> None:
    deep = GREY.astype(np.uint16) * 100
    turned = np.rint((int(deep.max()) - deep.astype(float)) * (255 / int(deep.max() - deep.min())))
    assert matches(save(tmp_path / "a", dataset(deep, RescaleSlope="-1", RescaleIntercept="51000")), turned, worst=1)


def test_native_pixels_in_items(tmp_path: Path) -> None:
    raw = GREY.tobytes()
    path = in_items(tmp_path / "a", dataset(GREY), ExplicitVRLittleEndian, b"", [raw[:1000], raw[1000:]])
    assert matches(path, GREY)


@pytest.mark.filterwarnings("ignore:Expected")
@pytest.mark.parametrize(
    ("named", "written"),
    [(ExplicitVRLittleEndian, ImplicitVRLittleEndian), (ImplicitVRLittleEndian, ExplicitVRLittleEndian)],
)
def test_data_set_in_another_encoding_than_named(tmp_path: Path, named: UID, written: UID) -> None:
    data = dataset(GREY)
    body = io.BytesIO()
    data["PixelData"].VR = "OW"
    dcmwrite(body, data, implicit_vr=written.is_implicit_VR, little_endian=True)
    empty = Dataset()
    empty.file_meta = FileMetaDataset()
    empty.file_meta.TransferSyntaxUID = named
    empty.SOPClassUID, empty.SOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    head = io.BytesIO()
    dcmwrite(head, empty, enforce_file_format=True)
    length = 144 + int.from_bytes(head.getvalue()[140:144], "little")
    (tmp_path / "a").write_bytes(head.getvalue()[:length] + body.getvalue())
    assert matches(tmp_path / "a", GREY)


def test_bits_at_the_top_of_their_words(tmp_path: Path) -> None:
    rubbish = np.random.default_rng(1).integers(0, 16, GREY.shape, dtype=np.uint16)
    deep = GREY.astype(np.uint16) * 16
    scaled = np.rint((deep - deep.min()) * (255 / int(deep.max() - deep.min())))
    high = dataset((deep << 4) | rubbish, BitsStored=12, HighBit=15)
    low = dataset(deep | (rubbish << 12), BitsStored=12, HighBit=11)
    assert matches(save(tmp_path / "a", high), scaled, worst=1)
    assert matches(save(tmp_path / "b", low), scaled, worst=1)


def shared_colours(rgb: Any) -> tuple[bytes, Any]:
    """Give RGB as YBR_FULL_422 stores it, and what two pixels with one colour look like again."""
    ybr = convert_color_space(rgb, "RGB", "YBR_FULL")
    ybr[..., 1:] = ybr[..., ::2, 1:].repeat(2, axis=-2)
    pairs = np.stack([ybr[..., ::2, 0], ybr[..., 1::2, 0], ybr[..., ::2, 1], ybr[..., ::2, 2]], axis=-1)
    return pairs.tobytes(), convert_color_space(ybr, "YBR_FULL", "RGB")


def test_native_colours_with_two_samples_per_pixel_or_three(tmp_path: Path) -> None:
    rgb = np.random.default_rng(2).integers(0, 255, (5, 30, 44, 3), dtype=np.uint8)
    stored, expected = shared_colours(rgb)
    conforming = dataset(rgb, "RGB", PhotometricInterpretation="YBR_FULL_422", PixelData=stored)
    assert matches(save(tmp_path / "a", conforming), expected)
    full = convert_color_space(rgb, "RGB", "YBR_FULL")
    back = convert_color_space(full, "YBR_FULL", "RGB")
    mislabelled = dataset(rgb, "RGB", PhotometricInterpretation="YBR_FULL_422", PixelData=full.tobytes())
    assert matches(save(tmp_path / "b", mislabelled), back)


@pytest.mark.parametrize("missing", [0, 1])
def test_vector_of_steps_may_leave_out_the_first(tmp_path: Path, missing: int) -> None:
    steps = ["0", "10", "30", "20"][missing:]
    data = dataset(GREY, FrameTimeVector=steps, FrameIncrementPointer=0x00181065)
    times = [frame.time_s for frame in open_clip(save(tmp_path / "a", data)).frames()]
    assert times == pytest.approx([0, 0.01, 0.04, 0.06])


def test_times_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    for number, (rate, told) in enumerate(((25, 0), (27, 0), (50, 1))):
        info = open_clip(save(tmp_path / f"{number}", dataset(GREY, FrameTime="40", CineRate=str(rate)))).info
        assert sum("contradicts itself" in note for note in info.notes) == told
        assert info.timed
    for name, elements, said in (
        ("vector", {"FrameTimeVector": ["0", "40", "40", "40"], "CineRate": "50"}, "it says 50 frames per second"),
        ("cumulative", {"FrameTimeVector": ["0", "40", "80", "120"], "CineRate": "25"}, "it says 25 frames per second"),
        ("agrees", {"FrameTimeVector": ["0", "40", "40", "40"], "CineRate": "25"}, ""),
        ("seconds", {"FrameTime": ".04"}, "Are its times seconds?"),
    ):
        notes = open_clip(save(tmp_path / name, dataset(GREY, **elements))).info.notes
        assert any(said in note for note in notes) if said else not any("contradicts" in note for note in notes)


def test_rates_that_give_no_finite_time_are_not_used(tmp_path: Path) -> None:
    data = dataset(GREY, CineRate="1", RecommendedDisplayFrameRate="1")
    data["CineRate"].VR = data["RecommendedDisplayFrameRate"].VR = "DS"
    data.CineRate = data.RecommendedDisplayFrameRate = "1e-320"
    clip = open_clip(save(tmp_path / "a", data))
    assert [frame.time_s for frame in clip.frames()] == [0, 1, 2, 3]
    assert not clip.info.timed


DEEP = GREY.astype(np.uint16) * 16


@pytest.mark.parametrize(
    ("syntax", "encode", "worst"),
    [
        (JPEG_EXTENDED, lambda image: imagecodecs.jpeg8_encode(image, level=98, bitspersample=12), 8),
        (JPEG_LS, imagecodecs.jpegls_encode, 0),
        (HTJ2K, lambda image: imagecodecs.htj2k_encode(image, reversible=True), 0),
    ],
    ids=["12-bit JPEG", "JPEG-LS", "HTJ2K"],
)
def test_codes_of_more_than_8_bits(tmp_path: Path, syntax: UID, encode: Any, worst: int) -> None:
    data = dataset(DEEP, BitsStored=12, HighBit=11)
    path = in_items(tmp_path / "a", data, syntax, b"", [bytes(encode(image)) + b"\0" for image in DEEP])
    scaled = np.rint((DEEP - DEEP.min()) * (255 / int(DEEP.max() - DEEP.min())))
    assert matches(path, scaled, worst=worst + 1)


def test_run_lengths_with_bits_at_the_top_of_their_words(tmp_path: Path) -> None:
    deep = GREY.astype(np.uint16) * 16
    scaled = np.rint((deep - deep.min()) * (255 / int(deep.max() - deep.min())))
    data = dataset((deep << 4) | 5, BitsStored=12, HighBit=15)
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.compress(RLELossless)
    dcmwrite(tmp_path / "a", data, enforce_file_format=True)
    assert matches(tmp_path / "a", scaled, worst=1)


def test_planes_named_for_coded_colours_are_none(tmp_path: Path) -> None:
    colours = np.random.default_rng(2).integers(0, 255, (4, 8, 10, 3), dtype=np.uint8).repeat(4, 1).repeat(4, 2)
    codes = [bytes(imagecodecs.jpeg8_encode(one, level=98, subsampling="444")) for one in colours]
    data = dataset(colours, "YBR_FULL", PlanarConfiguration=1)
    path = in_items(tmp_path / "a", data, JPEG_BASELINE, b"", [code + b"\0" * (len(code) % 2) for code in codes])
    assert matches(path, [imagecodecs.jpeg8_decode(code) for code in codes], worst=3)


def test_lossless_codes_of_luminance_and_colour_are_not_converted_twice(tmp_path: Path) -> None:
    colours = np.random.default_rng(2).integers(0, 255, (4, 8, 9, 3), dtype=np.uint8).repeat(4, 1).repeat(5, 2)
    stored = np.stack([convert_color_space(one.copy(), "RGB", "YBR_FULL") for one in colours])
    codes = [bytes(imagecodecs.jpeg8_encode(one, lossless=True, colorspace="RGB")) for one in stored]
    # As DCMTK writes them: JFIF in the place of Adobe's marker says that they are luminance and colour.
    jfif, adobe = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", slice(2, 18)
    assert all(code[adobe].startswith(b"\xff\xee\0\x0eAdobe") for code in codes)
    codes = [code[:2] + jfif + code[adobe.stop :] for code in codes]
    path = in_items(
        tmp_path / "a",
        dataset(stored, "YBR_FULL"),
        JPEG_LOSSLESS,
        b"",
        [code + b"\0" * (len(code) % 2) for code in codes],
    )
    assert matches(path, colours, worst=2)


JFIF, ADOBE_YCC = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", b"\xff\xee\0\x0eAdobe\0d\0\0\0\0\1"


@pytest.mark.parametrize("sampling", ["444", "422"])
@pytest.mark.parametrize(
    ("segments", "photometric"),
    [
        (b"", "YBR_FULL_422"),
        (ADOBE_YCC, "YBR_FULL_422"),
        (JFIF + ADOBE_YCC, "YBR_FULL"),
        (JFIF, "YBR_PARTIAL_422"),
        (JFIF, "YBR_RCT"),
        (JFIF, "RGB"),
        (ADOBE_YCC, "RGB"),
    ],
)
def test_colours_are_those_that_the_code_itself_tells(
    tmp_path: Path, segments: bytes, photometric: str, sampling: str
) -> None:
    colours = np.random.default_rng(2).integers(0, 255, (4, 4, 5, 3), dtype=np.uint8).repeat(16, 1).repeat(16, 2)
    codes = [bytes(imagecodecs.jpeg8_encode(one, level=98, subsampling=sampling)) for one in colours]
    assert all(code[2:6] == JFIF[:4] for code in codes)
    codes = [code[:2] + segments + code[2 + len(JFIF) :] + bytes(200) for code in codes]  # some files are padded so
    data = dataset(colours, photometric, SamplesPerPixel=3, PlanarConfiguration=0)
    path = in_items(tmp_path / "a", data, JPEG_BASELINE, b"", [code + b"\0" * (len(code) % 2) for code in codes])
    assert matches(path, [imagecodecs.jpeg8_decode(code) for code in codes], worst=3)


def test_codes_of_red_green_and_blue_are_read(tmp_path: Path) -> None:
    """libjpeg names their components R, G and B; Adobe's segment may be left out."""
    colours = np.random.default_rng(2).integers(0, 255, (4, 8, 10, 3), dtype=np.uint8).repeat(4, 1).repeat(4, 2)
    codes = [bytes(imagecodecs.jpeg8_encode(one, level=98, colorspace="RGB", outcolorspace="RGB")) for one in colours]
    adobe = slice(2, 2 + len(ADOBE_YCC))
    assert all(code[adobe].startswith(b"\xff\xee\0\x0eAdobe") for code in codes)
    codes = [code[:2] + code[adobe.stop :] for code in codes]
    path = in_items(
        tmp_path / "a", dataset(colours, "RGB"), JPEG_BASELINE, b"", [code + b"\0" * (len(code) % 2) for code in codes]
    )
    assert matches(path, colours, worst=12)


def test_a_lossless_code_with_much_behind_its_end_is_whole(tmp_path: Path) -> None:
    codes = [bytes(imagecodecs.jpeg8_encode(frame, lossless=True)) for frame in GREY]
    path = in_items(tmp_path / "a", dataset(GREY), JPEG_LOSSLESS, b"", [c + bytes(200 + len(c) % 2) for c in codes])
    assert matches(path, GREY)


def video_of(shown: Sequence[npt.NDArray[np.uint8]], codec: str, container: str) -> list[bytes]:
    """Encode pictures of 96 x 64, 25 a second; gives the video in two parts, both of even length."""
    video = io.BytesIO()
    with av.open(video, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=25, options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 96, 64, "yuv420p", 4_000_000
        for image in shown:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="gray").reformat(format="yuv420p")))
        output.mux(stream.encode())
    code = video.getvalue()
    return [code[:1000], code[1000:] + b"\0" * (len(code) % 2)]


@pytest.mark.parametrize(
    ("syntax", "codec", "container"),
    [(MPEG2, "mpeg2video", "mpegts"), (MPEG4, "h264", "mp4"), (HEVC, "hevc", "mpegts")],
    ids=["MPEG-2", "H.264", "H.265"],
)
def test_video_in_items(tmp_path: Path, syntax: UID, codec: str, container: str) -> None:
    ramp = np.linspace(0, 60, 64 * 96).reshape(64, 96)
    shown = [np.asarray(ramp + 30 * index, np.uint8) for index in range(5)]
    fragments = video_of(shown, codec, container)
    data = dataset(np.zeros((5, 64, 96), np.uint8), FrameTime="40", PixelSpacing=["0.1", "0.1"])
    path = in_items(tmp_path / "a", data, syntax, b"", fragments)
    clip = open_clip(path)
    assert clip.info.calibration is not None
    data = dataset(np.zeros((5, 64, 96), np.uint8), PixelSpacing=["0.1", "0.1"], Rows=128, Columns=192)
    resized = open_clip(in_items(tmp_path / "b", data, syntax, b"", fragments)).info
    assert resized.calibration is None
    assert any("192 x 128 px, the video of 96 x 64" in note for note in resized.notes)
    frames = list(clip.frames())
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    assert clip.truncation is None
    assert all(abs(float(f.image.mean()) - float(image.mean())) < 6 for f, image in zip(frames, shown, strict=True))


@pytest.mark.parametrize("announced", [1, 3, 5])
def test_a_video_goes_on_in_time_where_its_header_counts_fewer_frames(tmp_path: Path, announced: int) -> None:
    shown = [np.full((64, 96), 30 * index, np.uint8) for index in range(5)]
    steps = [0, 40, 40, 40, 40][:announced]
    data = dataset(np.zeros((announced, 64, 96), np.uint8), FrameTimeVector=steps, FrameIncrementPointer=0x00181065)
    clip = open_clip(in_items(tmp_path / "a", data, MPEG4, b"", video_of(shown, "h264", "mp4")))
    assert [frame.time_s for frame in clip.frames()] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_code_of_another_size_than_the_header_is_refused(tmp_path: Path) -> None:
    path = in_items(tmp_path / "a", dataset(GREY, Columns=44), JPEG_BASELINE, b"", CODES)
    with pytest.raises(ClipError, match="but the picture has 45 x 31"):
        open_clip(path)


UNCOMPARED = {
    "OT-PAL-8-face.dcm": "pydicom needs the transfer syntax that this file lacks",
    "J2K_pixelrep_mismatch.dcm": "pydicom 3.0.2 fails on it: output array is read-only",
    "JPEG-lossy.dcm": "pydicom has no decoder for 12-bit JPEG here",
    "JPGExtended.dcm": "pydicom has no decoder for 12-bit JPEG here",
    "JPEG2000-embedded-sequence-delimiter.dcm": "damaged on purpose",
    "MR_truncated.dcm": "cut off within its only frame",
    "SC_rgb_jpeg.dcm": "pydicom's iterator fails on its items",
    "badVR.dcm": "its Number of Frames is no number",
    "image_dfl.dcm": "pydicom does not read deflated files frame by frame",
    "meta_missing_tsyntax.dcm": "no picture",
    "nested_priv_SQ.dcm": "no picture",
}


def sample_images() -> list[Path]:
    """All files of pydicom's test sets that hold pixel data."""
    found = []
    for path in sorted({Path(str(name)) for name in get_testdata_files("*") if Path(str(name)).is_file()}):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                data = pydicom.dcmread(path, force=True)
            except (pydicom.errors.InvalidDicomError, ValueError, OSError, TypeError, AttributeError, EOFError):
                continue
        if {"PixelData", "FloatPixelData", "DoubleFloatPixelData"} & set(data.dir("Pixel")):
            found.append(path)
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_every_image_of_pydicoms_own_set_is_decoded_as_pydicom_does() -> None:
    compared, why_not = 0, {}
    for path in sample_images():
        if path.name in UNCOMPARED:
            continue
        try:
            reference = list(iter_pixels(path))
        except (RuntimeError, ValueError, NotImplementedError) as error:
            why_not[path.name] = str(error)  # no decoder installed for it
            continue
        ours = list(stored_frames(path, ReadLimits(), len(reference)))
        assert len(ours) == len(reference), path.name
        assert all(np.array_equal(one, other) for one, other in zip(ours, reference, strict=True)), path.name
        compared += 1
    assert compared >= 50
    assert all("plugin" in reason or "decod" in reason for reason in why_not.values()), why_not


def test_four_samples_a_pixel_are_refused_in_words(tmp_path: Path) -> None:
    pixels = np.zeros((4, 8, 10, 4), np.uint8)
    data = dataset(pixels, "ARGB", SamplesPerPixel=4, PlanarConfiguration=0)
    with pytest.raises(ClipError, match="describes its pixels in an impossible way"):
        open_clip(save(tmp_path / "a", data))


def test_a_code_that_is_not_known_is_called_so_and_not_damaged(tmp_path: Path) -> None:
    path = in_items(tmp_path / "a", dataset(GREY), JPEG_BASELINE, b"", [b"\0\1\2\3"] * 4)
    path.write_bytes(path.read_bytes().replace(JPEG_BASELINE.encode(), b"1.2.840.10008.1.2.4.99"))
    with pytest.raises(ClipError, match="decode"):
        list(open_clip(path).frames())
