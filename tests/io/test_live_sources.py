"""Files played at their own speed, FFmpeg's devices, and what users of a server may choose."""

import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from nerveapp.domain.clip import Frame
from nerveapp.errors import ClipError
from nerveapp.io.live_files import Mp4LiveFiles
from nerveapp.io.live_sources import FfmpegLiveSources
from nerveapp.io.readers.open_clip import IsolatedClipReader, ReadLimits
from nerveapp.ports import LiveSource

TEST_PICTURE = "lavfi:testsrc=rate=25:size=320x240,realtime"


@pytest.fixture
def sources() -> FfmpegLiveSources:
    return FfmpegLiveSources(IsolatedClipReader(ReadLimits()))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Half a second at 20 frames a second, each frame lighter than the one before."""
    path = tmp_path / "film.mp4"
    grey = [np.full((48, 64), 20 + 10 * index, np.uint8) for index in range(10)]
    Mp4LiveFiles().write_clip(path, [Frame(index, index / 20, image) for index, image in enumerate(grey)])
    return path


def taken(source: LiveSource, *, pause_s: float = 0.0) -> Iterator[tuple[float, int]]:
    """Times and grey levels of what is taken until the end."""
    while not source.ended or pause_s:
        live = source.newest(wait_s=1.0)
        if live is None:
            return
        yield live.captured_s, int(live.frame.image.mean())
        time.sleep(pause_s)


def test_a_file_is_played_at_its_own_speed(sources: FfmpegLiveSources, film: Path) -> None:
    source = sources.open(str(film))
    came = list(taken(source, pause_s=0.001))
    source.close()
    assert came[-1][0] - came[0][0] == pytest.approx(0.45, abs=0.2)
    levels = [level for _, level in came]
    assert levels == sorted(levels)
    assert len(came) + source.dropped == 10
    assert source.ended


def test_who_is_late_gets_the_newest_picture_and_the_others_are_counted(sources: FfmpegLiveSources, film: Path) -> None:
    source = sources.open(str(film))
    time.sleep(1.0)
    live = source.newest(wait_s=0)
    assert live is not None
    assert live.frame.index == 9
    assert source.dropped == 9
    assert source.newest(wait_s=0) is None
    source.close()


def test_a_file_can_be_played_over_and_over(sources: FfmpegLiveSources, film: Path) -> None:
    source = sources.open(str(film), repeat=True)
    deadline = time.monotonic() + 20
    last = None
    while time.monotonic() < deadline and (last is None or last.frame.index <= 12):
        last = source.newest(wait_s=1.0) or last
    source.close()
    assert last is not None
    assert last.frame.index > 12
    assert source.ended


def test_a_device_is_read_in_this_process(sources: FfmpegLiveSources) -> None:
    try:
        av.ContainerFormat("lavfi", "r")
    except ValueError:
        pytest.skip("this build of FFmpeg has no test pictures")
    source = sources.open(TEST_PICTURE)
    first = source.newest(wait_s=5.0)
    assert first is not None
    assert first.frame.image.shape == (240, 320, 3)
    assert time.monotonic() - first.captured_s < 5
    second = source.newest(wait_s=5.0)
    assert second is not None
    assert second.captured_s > first.captured_s
    source.close()
    assert source.ended


@pytest.mark.parametrize(
    ("source", "words", "hint"),
    [
        ("/dev/video99", "/dev/video99 cannot be opened: no such file", "v4l2-ctl"),
        ("nowhere.mp4", "There is no file or device nowhere.mp4", "/dev/video0"),
        ("rtsp://someone:secret@127.0.0.1:9/a", "rtsp://127.0.0.1:9 cannot be opened", "Check the address"),
        ("concat:a.mp4|b.mp4", "There is no file or device", "Give a clip"),
        ("file:///etc/passwd", "There is no file or device", "Give a clip"),
    ],
)
def test_what_cannot_be_opened_is_explained(sources: FfmpegLiveSources, source: str, words: str, hint: str) -> None:
    with pytest.raises(ClipError) as failure:
        sources.open(source)
    assert words in failure.value.message
    assert hint in failure.value.hint
    assert "secret" not in str(failure.value)


def test_a_file_that_is_no_clip_is_refused(sources: FfmpegLiveSources, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("no clip")
    with pytest.raises(ClipError):
        sources.open(str(tmp_path / "notes.mp4"))


def test_users_choose_among_what_is_offered(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("b.mp4", "a.mp4", ".hidden"):
        (folder / name).touch()
    (folder / "out.mp4").symlink_to("/etc/passwd")
    reader = IsolatedClipReader(ReadLimits())
    entries = ["Room 1=/dev/video0", "rtsp://someone:secret@scanner/a?b=c", str(folder), f"Teaching={folder}"]
    offered = FfmpegLiveSources(reader, entries).offered()
    assert [(one.label, one.source) for one in offered] == [
        ("Room 1", "/dev/video0"),
        ("rtsp://scanner", "rtsp://someone:secret@scanner/a?b=c"),
        ("a.mp4", str(folder / "a.mp4")),
        ("b.mp4", str(folder / "b.mp4")),
        ("Teaching: a.mp4", str(folder / "a.mp4")),
        ("Teaching: b.mp4", str(folder / "b.mp4")),
    ]
    assert FfmpegLiveSources(reader).offered() == ()


def test_a_kept_clip_has_the_frames_at_their_times(tmp_path: Path) -> None:
    times = (5.0, 5.04, 5.2)
    frames = [Frame(index, at, np.full((47, 65), 60 * index, np.uint8)) for index, at in enumerate(times)]
    Mp4LiveFiles().write_clip(tmp_path / "kept.mp4", frames)
    clip = IsolatedClipReader(ReadLimits()).open([tmp_path / "kept.mp4"])
    read = [(frame.time_s, float(frame.image[:47, :65].mean())) for frame in clip.frames()]
    assert [time_s for time_s, _ in read] == pytest.approx([0, 0.04, 0.2], abs=0.001)
    assert [level for _, level in read] == pytest.approx([0, 60, 120], abs=2)


def test_a_still_that_is_played_does_not_take_a_core(sources: FfmpegLiveSources, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((48, 64), np.uint8)).save(tmp_path / "still.png")
    source, until = sources.open(str(tmp_path / "still.png"), repeat=True), time.monotonic() + 0.6
    last = None
    while time.monotonic() < until:
        last = source.newest(wait_s=0.1) or last
    source.close()
    assert last is not None
    assert 1 <= last.frame.index <= 5
