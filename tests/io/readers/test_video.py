from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from nerveapp.domain.clip import Frame
from nerveapp.errors import ClipError
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.open_clip import open_clip
from tests.real_data import needs_real_data

WIDTH, HEIGHT = 321, 243


def picture(index: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray[Any, np.dtype[np.uint8]]:
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 3, : width // 2] = (250, 10, 10)
    image[height // 2 :, :, 2] = 3 * index
    return image


def write_video(
    path: Path,
    codec: str = "libx264",
    pixels: str = "yuv444p",
    *,
    count: int = 20,
    rotation: int | None = None,
    times_ms: Sequence[int] = (),
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream: Any = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        if times_ms:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for index in range(len(times_ms) or count):
            frame = av.VideoFrame.from_ndarray(picture(index))
            if times_ms:
                frame.pts, frame.time_base = times_ms[index], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def read(path: Path) -> tuple[list[Frame], str | None]:
    clip = open_clip(path)
    return list(clip.frames()), clip.truncation


@pytest.mark.parametrize(
    ("written", "label", "worst"),
    [
        (("a.mp4", "libx264", "yuv444p"), "H.264 in MP4", 12),
        (("a.mov", "mjpeg", "yuvj444p"), "Motion JPEG in MOV", 12),
        (("a.avi", "rawvideo", "bgr24"), "Uncompressed in AVI", 0),
        (("b.avi", "mpeg4", "yuv420p"), "MPEG-4 in AVI", 12),
        (("a.mkv", "ffv1", "bgr0"), "FFV1 in MKV", 0),
        (("a.webm", "libvpx", "yuv420p"), "VP8 in WebM", 12),
        (("a.gif", "gif", "rgb8"), "Animated GIF", 90),
    ],
)
def test_containers_of_odd_size(tmp_path: Path, written: tuple[str, str, str], label: str, worst: int) -> None:
    name, codec, pixels = written
    path = write_video(tmp_path / name, codec, pixels)
    nameless = path.rename(tmp_path / "clip")  # the name says nothing
    clip = open_clip(nameless)
    frames = list(clip.frames())
    assert (clip.info.format, clip.info.width, clip.info.height) == (label, WIDTH, HEIGHT)
    assert clip.info.frame_count in (None, 20)
    assert clip.truncation is None
    assert [f.index for f in frames] == list(range(20))
    assert [f.time_s for f in frames] == pytest.approx([k / 25 for k in range(20)], abs=1e-3)
    for index in (0, 19):
        image = frames[index].image
        assert image.dtype == np.uint8
        assert image.shape == (HEIGHT, WIDTH, 3)
        inner = np.abs(image[5:70, 5:150].astype(int) - picture(index)[5:70, 5:150])
        assert inner.max() <= worst


def test_frames_can_be_read_again(tmp_path: Path) -> None:
    clip = open_clip(write_video(tmp_path / "a.mp4"))
    first, second = list(clip.frames()), list(clip.frames())
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("pixels", ["gray", "gray16le"])
def test_grey_pixels_stay_grey(tmp_path: Path, pixels: str) -> None:
    frames, _ = read(write_video(tmp_path / "a.mkv", "ffv1", pixels))
    assert frames[0].image.shape == (HEIGHT, WIDTH)
    assert 70 <= int(frames[0].image[5, 5]) <= 90


def test_variable_frame_rate(tmp_path: Path) -> None:
    times_ms = [0, 40, 100, 300, 310, 900]
    frames, _ = read(write_video(tmp_path / "a.mp4", times_ms=times_ms))
    assert [f.time_s for f in frames] == pytest.approx([t / 1000 for t in times_ms], abs=1e-6)


def test_times_start_at_the_first_frame(tmp_path: Path) -> None:
    frames, _ = read(write_video(tmp_path / "a.mkv", "ffv1", "bgr0", times_ms=[500, 540, 620]))
    assert [f.time_s for f in frames] == pytest.approx([0, 0.04, 0.12], abs=1e-3)


def test_what_a_video_cuts_off_is_not_shown(tmp_path: Path) -> None:
    whole, _ = read(write_video(tmp_path / "whole.mp4"))
    path = write_video(tmp_path / "cut.mp4", options={"x264-params": "crop-rect=8,4,2,6"})
    clip = open_clip(path)
    frame = next(clip.frames()).image
    assert frame.shape[:2] == (HEIGHT - 10, WIDTH - 10)
    assert (clip.info.width, clip.info.height) == (WIDTH - 10, HEIGHT - 10)
    assert np.abs(frame.astype(int) - whole[0].image[4:-6, 8:-2]).mean() < 3


def test_a_frame_with_exif_is_read(tmp_path: Path) -> None:
    """As cameras write motion JPEG; PyAV knows no name for it."""
    path, plain = tmp_path / "a.mjpeg", write_video(tmp_path / "b.mjpeg", "mjpeg", "yuvj420p")
    begin, exif = b"\xff\xd8", b"\xff\xe1\0\x16Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"
    path.write_bytes(plain.read_bytes().replace(begin + b"\xff", begin + exif + b"\xff"))
    frames, truncation = read(path)
    assert truncation is None
    assert [frame.image.tolist() for frame in frames] == [frame.image.tolist() for frame in read(plain)[0]]


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_rotation_is_applied(tmp_path: Path, rotation: int) -> None:
    stored, _ = read(write_video(tmp_path / "stored.mp4"))
    path = write_video(tmp_path / "turned.mp4", rotation=rotation)
    with av.open(str(path)) as container:
        announced = next(container.decode(video=0)).rotation  # counterclockwise, by the library's own reading
    clip = open_clip(path)
    frames = list(clip.frames())
    expected = np.rot90(stored[3].image, announced // 90)
    assert announced % 360 == rotation % 360
    assert np.array_equal(frames[3].image, expected)
    assert (clip.info.height, clip.info.width) == expected.shape[:2]


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "options"),
    [
        ("a.mp4", "libx264", "yuv444p", {"movflags": "faststart"}),
        ("a.mkv", "ffv1", "bgr0", {}),
        ("a.avi", "rawvideo", "bgr24", {}),
        ("a.gif", "gif", "rgb8", {}),
        ("a.webm", "libvpx", "yuv420p", {}),
    ],
)
def test_cut_off_file_is_read_as_far_as_it_goes(
    tmp_path: Path, name: str, codec: str, pixels: str, options: dict[str, str]
) -> None:
    path = write_video(tmp_path / name, codec, pixels, container_options=options, options={"g": "5"})
    whole, complete = read(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 7 // 10])
    frames, truncation = read(path)
    assert complete is None
    assert 0 < len(frames) < 20
    assert truncation is not None
    assert truncation.startswith(f"Decoding stopped after frame {len(frames)}")
    assert all(np.array_equal(a.image, b.image) for a, b in zip(frames, whole, strict=False))


def test_damage_in_the_middle_ends_the_clip(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", count=40, container_options={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    start = len(data) * 8 // 10
    data[start : start + 60] = bytes((k * 37) & 255 for k in range(60))
    path.write_bytes(data)
    first, truncation = read(path)
    second, _ = read(path)
    assert len(first) == len(second)
    assert len(first) < 40
    assert truncation is not None
    assert "of 40 announced" in truncation


def test_sound_only_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(ClipError, match="sound but no picture"):
        open_clip(path)


def test_mp4_without_index_is_called_cut_off(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ClipError, match="damaged or cut off"):
        open_clip(path)


def test_playlist_reads_no_other_file(tmp_path: Path) -> None:
    write_video(tmp_path / "secret.mp4")
    path = tmp_path / "clip.mp4"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nsecret.mp4\n#EXT-X-ENDLIST\n")
    with pytest.raises(ClipError):
        open_clip(path)


def test_frames_above_the_limit_are_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    with pytest.raises(ClipError, match="321 x 243"):
        open_clip(path, limits=ReadLimits(max_pixels=1000))


@needs_real_data
def test_real_clip(real_data: Path) -> None:
    path = real_data / "clips" / "brachial-plexus-philips-sparq.mp4"
    clip = open_clip(path)
    frames = list(clip.frames())
    assert (clip.info.width, clip.info.height, clip.info.frame_count) == (800, 600, 60)
    assert (len(frames), clip.truncation, clip.info.format) == (60, None, "H.264 in MP4")
    assert [f.time_s for f in frames] == pytest.approx([k * 15431 / 576000 for k in range(60)], abs=1e-4)


def test_flash_video_that_is_cut_off_says_so(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.flv", "flv1", "yuv420p", count=40)
    whole, truncation = read(path)
    assert (len(whole), truncation) == (40, None)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    frames, truncation = read(path)
    assert 1 <= len(frames) < 40
    assert truncation is not None
    assert "after frame" in truncation


@pytest.mark.parametrize("suffix", ["avi", "wmv", "flv", "mp4", "mkv"])
@pytest.mark.parametrize("count", [6, 12, 40])
def test_frames_coded_in_another_order_than_shown_are_evenly_spaced(tmp_path: Path, suffix: str, count: int) -> None:
    path = write_video(tmp_path / f"a.{suffix}", count=count, options={"bf": "3", "x264-params": "log=-1"})
    frames, truncation = read(path)
    assert [frame.time_s for frame in frames] == pytest.approx([0.04 * index for index in range(count)], abs=2e-3)
    blues = [float(frame.image[HEIGHT // 2 + 9 :, :, 2].mean()) for frame in frames]
    assert blues == sorted(blues), "they come in the order of showing"
    assert truncation is None, "a short clip is no cut-off one"


def test_what_is_transparent_in_a_gif_is_black(tmp_path: Path) -> None:
    layers = []
    for index in range(3):
        grey = np.full((40, 60, 2), 255, np.uint8)
        grey[:, :, 0], grey[:, : 10 + index, 1] = 180, 0
        layers.append(Image.fromarray(grey, "LA").convert("RGBA"))
    layers[0].save(tmp_path / "a.gif", save_all=True, append_images=layers[1:], duration=40, disposal=2)
    for frame in read(tmp_path / "a.gif")[0]:
        assert (frame.image[:, : 10 + frame.index] == 0).all()
        assert frame.image[20, 50].tolist() == [180, 180, 180]


@pytest.mark.parametrize(("suffix", "codec"), [("ts", "mpeg2video"), ("mpg", "mpeg1video")])
def test_recordings_put_end_to_end_go_on_in_time(tmp_path: Path, suffix: str, codec: str) -> None:
    parts = [write_video(tmp_path / f"{part}.{suffix}", codec, "yuv420p", count=6) for part in "ab"]
    (tmp_path / f"joined.{suffix}").write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, _ = read(tmp_path / f"joined.{suffix}")
    assert np.diff([frame.time_s for frame in frames]) == pytest.approx(0.04, abs=0.002)
    assert len(frames) >= 11


def test_jpegs_one_after_the_other_are_a_video(tmp_path: Path) -> None:
    parts = []
    for index in range(5):
        Image.fromarray(picture(20 * index)).save(tmp_path / "one.jpg")
        parts.append((tmp_path / "one.jpg").read_bytes())
    (tmp_path / "clip.mjpeg").write_bytes(b"".join(parts))
    clip = open_clip(tmp_path / "clip.mjpeg")
    assert clip.info.format == "Motion JPEG in MJPEG"
    assert not clip.info.timed, "it tells no times"
    assert [frame.time_s for frame in clip.frames()] == [0, 1, 2, 3, 4]
    assert [round(float(frame.image[200:, :, 2].mean()) / 60) for frame in clip.frames()] == [0, 1, 2, 3, 4]


def test_frames_that_an_edit_list_leaves_out_are_not_missed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", count=12)
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12  # behind version and number of entries: how long the movie is, in its own time
    whole = int.from_bytes(data[at : at + 4])
    data[at : at + 4] = (whole * 8 // 12).to_bytes(4)
    path.write_bytes(data)
    frames, ended = read(path)
    assert (len(frames), open_clip(path).info.frame_count, ended) == (8, 8, None)


def test_a_recording_that_was_interrupted_before_its_index_has_lost_no_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", "mjpeg", "yuvj420p", count=12)
    data = path.read_bytes()
    data = data[: data.rindex(b"idx1")]
    path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    frames, ended = read(path)
    assert (len(frames), open_clip(path).info.frame_count, ended) == (12, 12, None)
    assert not any("lost" in note for note in open_clip(path).info.notes)


@pytest.mark.parametrize(("between", "count"), [(b"", 2), (b"\0", 3), (b"\r\n", 3), (b"\0" * 100, 3)])
def test_jpegs_with_something_between_them_are_a_video(tmp_path: Path, between: bytes, count: int) -> None:
    parts = []
    for index in range(count):
        Image.fromarray(picture(20 * index)).save(tmp_path / "one.jpg")
        parts.append((tmp_path / "one.jpg").read_bytes())
    (tmp_path / "clip.mjpeg").write_bytes(between.join(parts))
    assert len(list(open_clip(tmp_path / "clip.mjpeg").frames())) == count


def test_a_small_picture_behind_another_is_its_preview(tmp_path: Path) -> None:
    Image.fromarray(picture(3)).save(tmp_path / "one.jpg")
    Image.fromarray(picture(3)[::4, ::4]).save(tmp_path / "small.jpg")
    (tmp_path / "a.jpg").write_bytes((tmp_path / "one.jpg").read_bytes() + (tmp_path / "small.jpg").read_bytes())
    assert open_clip(tmp_path / "a.jpg").info.frame_count == 1


def test_jpegs_within_another_file_are_no_clip(tmp_path: Path) -> None:
    Image.fromarray(picture(3)).save(tmp_path / "one.jpg")
    jpeg = (tmp_path / "one.jpg").read_bytes()
    for head in (b"%PDF-1.7\n", b"From: a@b.org\nSubject: clip\n\n"):
        (tmp_path / "a.bin").write_bytes(head + 3 * (b"stream\n" + jpeg + b"\nendstream\n"))
        with pytest.raises(ClipError, match="not a clip NerveApp can read"):
            open_clip(tmp_path / "a.bin")


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_stream_without_a_container_has_no_times(tmp_path: Path, codec: str) -> None:
    clip = open_clip(write_video(tmp_path / {"libx264": "a.h264", "libx265": "a.hevc"}[codec], codec, count=4))
    assert not clip.info.timed
    assert [frame.time_s for frame in clip.frames()] == [0, 1, 2, 3]
    path = next(tmp_path.iterdir())
    path.write_bytes(b"\0\0" + path.read_bytes())  # any number of zeros may stand before a start code
    assert len(list(open_clip(path).frames())) == 4


def test_half_pictures_of_different_moments_are_told(tmp_path: Path) -> None:
    woven = write_video(tmp_path / "a.mpg", "mpeg2video", "yuv420p", count=4, options={"flags": "+ildct+ilme"})
    assert "interlaced" in " ".join(open_clip(woven).info.notes)
    assert open_clip(write_video(tmp_path / "b.mp4", count=4)).info.notes == ()


def test_a_transport_stream_that_ends_within_a_packet_is_cut_off(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.ts")
    assert read(path)[1] is None
    whole = path.read_bytes()
    path.write_bytes(whole[:-90])
    assert read(path)[1] is not None
    packets = [whole[at : at + 188] for at in range(0, len(whole), 188)]
    camcorder = b"".join(bytes(4) + packet for packet in packets)
    path.write_bytes(camcorder)
    assert read(path)[1] is None
    path.write_bytes(camcorder[:-90])
    assert read(path)[1] is not None
