"""A decoder that crashes, hangs, asks for all memory or talks rubbish ends its own process and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nerveapp.demo import DEMO_CLIP
from nerveapp.errors import ClipError, SettingsError
from nerveapp.io.readers.decoders import clip as decoded
from nerveapp.io.readers.decoders import memory
from nerveapp.io.readers.decoders.clip import IsolatedClip
from nerveapp.io.readers.decoders.messages import info_message, info_of
from nerveapp.io.readers.decoders.pool import MEMORY_VARIABLE, Decoder, DecoderPool
from nerveapp.io.readers.in_process import open_in_process
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.open_clip import open_clip
from tests.io.readers.dicom_files import GREY, dataset, region, save


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[DecoderPool]:
    monkeypatch.setenv(MEMORY_VARIABLE, "1024")
    pool = DecoderPool(module="tests.io.readers.bad_decoder")
    yield pool
    pool.end()


def opened(path: Path, pool: DecoderPool) -> IsolatedClip:
    path.write_bytes(b"x")
    return IsolatedClip([path], None, ReadLimits(), pool)


@pytest.mark.parametrize("way", ["abort", "memory", "rubbish"])
def test_failure_while_opening_is_told_and_the_next_clip_is_read(
    tmp_path: Path, failing: DecoderPool, way: str
) -> None:
    with pytest.raises(ClipError, match="decoder failed") as caught:
        opened(tmp_path / f"{way}-open", failing)
    assert caught.value.hint
    assert len(list(opened(tmp_path / "fine", failing).frames())) == 40


@pytest.mark.parametrize("way", ["abort", "memory", "rubbish"])
def test_failure_in_the_middle_keeps_the_frames_before_it(tmp_path: Path, failing: DecoderPool, way: str) -> None:
    clip = opened(tmp_path / f"{way}-7", failing)
    frames = list(clip.frames())
    assert [int(frame.image[0, 0]) for frame in frames] == list(range(7))
    assert clip.truncation == "Decoding stopped after frame 7 of 40 announced: the decoder failed on this file."


def test_decoder_that_hangs_is_ended(tmp_path: Path, failing: DecoderPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded, "_FRAME_S", 0.5)
    clip = opened(tmp_path / "hang-3", failing)
    started = time.monotonic()
    assert len(list(clip.frames())) == 3
    assert time.monotonic() - started < 20
    assert clip.truncation is not None
    assert "took too long" in clip.truncation


def test_frames_stay_what_they_were(failing: DecoderPool, tmp_path: Path) -> None:
    kept = list(opened(tmp_path / "fine", failing).frames())
    parts = [frame.image[2:, 2:] for frame in opened(tmp_path / "other", failing).frames()]
    assert [int(frame.image.min()) for frame in kept] == list(range(40))
    assert [int(frame.image.max()) for frame in kept] == list(range(40))
    assert [int(part.max()) for part in parts] == list(range(40))
    assert [frame.time_s for frame in kept] == pytest.approx([index / 10 for index in range(40)])


def test_stream_that_is_left_early_gives_its_decoder_back(tmp_path: Path, failing: DecoderPool) -> None:
    clip = opened(tmp_path / "fine", failing)
    used = set()
    for _ in range(5):
        frames = clip.frames()
        assert next(frames).index == 0
        used |= {id(decoder) for decoder in failing._lent}
        frames.close()  # type: ignore[attr-defined]
        assert not failing._lent
    assert len(used) == 1


def test_many_readers_at_once_do_not_mix(tmp_path: Path, failing: DecoderPool) -> None:
    def read(number: int) -> bool:
        folder = tmp_path / str(number)
        folder.mkdir()
        fails = number % 3 == 0
        frames = list(opened(folder / ("abort-9" if fails else "fine"), failing).frames())
        return [int(frame.image[0, 0]) for frame in frames] == list(range(9 if fails else 40))

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(read, range(12)))


def test_description_travels_whole(tmp_path: Path) -> None:
    data = dataset(GREY, SequenceOfUltrasoundRegions=[region(), region(PhysicalDeltaX=0.03)], Manufacturer="ACME")
    info = open_in_process(save(tmp_path / "a", data)).info
    assert len(info.regions) == 2
    assert info_of(info_message(info)) == info
    assert open_clip(tmp_path / "a").info == info


def test_same_frames_as_in_this_process() -> None:
    here, there = open_in_process(DEMO_CLIP), open_clip(DEMO_CLIP)
    assert here.info == there.info
    pairs = zip(here.frames(), there.frames(), strict=True)
    assert all(one.time_s == other.time_s and np.array_equal(one.image, other.image) for one, other in pairs)


def test_nothing_is_left_behind(tmp_path: Path, failing: DecoderPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded, "memory_folder", lambda: str(tmp_path / "memory"))
    (tmp_path / "memory").mkdir()
    clip = opened(tmp_path / "abort-7", failing)
    for _ in clip.frames():
        assert not list((tmp_path / "memory").iterdir())
    processes = [decoder._process for decoder in (*failing._idle, *failing._lent)]
    failing.end()
    assert all(process.poll() is not None for process in processes)


def test_what_a_killed_app_left_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_folder", lambda: str(tmp_path))
    old, new, other = (tmp_path / name for name in ("nerveapp-frames-a", "nerveapp-frames-b", "of-somebody-else"))
    for path in (old, new, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (0, 0))
    pool = DecoderPool()
    pool.warm_up()
    pool.end()
    assert [path.exists() for path in (old, new, other)] == [False, True, True]


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
def test_decoders_go_when_the_app_is_killed() -> None:
    code = (
        "import time; from nerveapp.io.readers.open_clip import open_clip; from nerveapp.demo import DEMO_CLIP\n"
        "from nerveapp.io.readers.decoders.pool import POOL\n"
        "frames = open_clip(DEMO_CLIP).frames(); next(frames)\n"
        "print(*(one._process.pid for one in POOL._lent), flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    ) as app:
        assert app.stdout is not None
        pid = int(app.stdout.readline())
        app.kill()
    deadline = time.monotonic() + 20
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    gone = not _runs(pid)
    if not gone:
        os.kill(pid, signal.SIGKILL)
    assert gone


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_process_given_back_while_this_thread_takes_another_blocks_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The garbage collector closes readers that nobody finished, at any time and on any thread."""
    pool = DecoderPool()
    unfinished = pool.lent()
    unfinished.__enter__()
    start = pool._started

    def collected(*, warm: bool) -> Decoder:
        unfinished.__exit__(None, None, None)
        return start(warm=warm)

    def take() -> None:
        with pool.lent():
            pass

    monkeypatch.setattr(pool, "_started", collected)
    taking = threading.Thread(target=take, daemon=True)
    taking.start()
    taking.join(60)
    assert not taking.is_alive()
    monkeypatch.undo()
    pool.end()


def _in_time(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held


def test_a_spare_is_not_started_while_the_one_that_is_lent_may_soon_be_back() -> None:
    pool = DecoderPool(module="tests.io.readers.bad_decoder", settle_after_s=3600)
    pool.warm_up()
    with pool.lent() as first:
        assert pool._idle == []
    assert pool._idle == [first]
    pool.end()


def test_a_spare_that_stays_away_is_replaced() -> None:
    pool = DecoderPool(module="tests.io.readers.bad_decoder", settle_after_s=0)
    pool.warm_up()
    with pool.lent():
        assert _in_time(lambda: len(pool._idle) == 1)
    pool.end()


def test_many_that_come_back_are_at_hand_for_a_while_and_then_end() -> None:
    pool = DecoderPool(module="tests.io.readers.bad_decoder", settle_after_s=0)
    with pool.lent() as one, pool.lent() as two, pool.lent() as three:
        used = [one, two, three]
    assert set(pool._idle) <= set(used)
    assert _in_time(lambda: len(pool._idle) == 1)
    assert _in_time(lambda: sum(one.alive for one in used) == 1)
    pool.end()


def test_a_decoders_memory_that_is_no_number_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, "3GB")
    with pytest.raises(SettingsError, match="'3GB'"):
        opened(tmp_path / "clip", DecoderPool(module="tests.io.readers.bad_decoder"))
