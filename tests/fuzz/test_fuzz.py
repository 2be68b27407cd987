"""Spoiled files of every kind: each is read, or refused in words, in bounded time and memory, and leaves nothing.

2,000 inputs by default; `NERVEAPP_FUZZ_INPUTS=20000 python -m pytest -m fuzz` tries more, `NERVEAPP_FUZZ_SEED` others.
An input that fails is written to the folder of the test and named by its number; the same seed makes it again.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from nerveapp.domain.annotation import ClipRecord
from nerveapp.errors import NerveAppError
from nerveapp.io.annotation_files import preview
from nerveapp.io.readers.decoders import clip as decoded
from nerveapp.io.readers.decoders.clip import IsolatedClip
from nerveapp.io.readers.decoders.memory import peak_bytes
from nerveapp.io.readers.decoders.pool import MEMORY_VARIABLE, DecoderEndedError, DecoderPool
from nerveapp.io.readers.limits import ReadLimits
from tests.fuzz import seeds

INPUTS = int(os.environ.get("NERVEAPP_FUZZ_INPUTS", "2000"))
SEED = int(os.environ.get("NERVEAPP_FUZZ_SEED", "1"))
SLOW_S = 30.0
PEAK_MB = 1536
MOST_FRAMES = 40
EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
CLIP = ClipRecord("ab" * 32, 64, 48, 5)

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(3600)]


def spoiled(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """Change a file as transport, editors and people who mean harm do."""
    result = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        at = int(len(result) * rng.random() ** rng.choice((1, 1, 3)))  # headers more often than not
        size = rng.choice((1, 2, 4, 8))
        match rng.randrange(8):
            case 0 | 1:
                result[at : at + 1] = bytes([rng.randrange(256)])
            case 2:
                edge = rng.choice(EDGES) & (1 << 8 * size) - 1
                result[at : at + size] = edge.to_bytes(size, rng.choice(("little", "big")))
            case 3:
                del result[at : at + rng.choice((1, 7, 64, 1024))]
            case 4:
                result[at:at] = result[at : at + rng.choice((1, 7, 64, 1024))]
            case 5:
                del result[at:]
            case 6:
                result[at : at + 64] = bytes(64)
            case _:
                start = rng.randrange(len(other))
                result[at : at + 64] = other[start : start + 64]
    return bytes(result)


@dataclass
class Tally:
    """What became of the inputs."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, outcome: str, name: str, seconds: float, failure: str) -> None:
        with self.lock:
            self.outcomes[outcome] += 1
            self.slowest = max(self.slowest, (seconds, name))
            self.failures.extend([failure] if failure else [])


def read_clip(path: Path, pool: DecoderPool) -> str:
    """Read a file as the app does; what comes out must be a clip, or words."""
    try:
        clip = IsolatedClip([path], None, ReadLimits(), pool)
        last_s = 0.0
        for frame in islice(clip.frames(), MOST_FRAMES):
            assert frame.image.dtype == np.uint8
            assert frame.image.shape[:2] == (clip.info.height, clip.info.width)
            assert last_s <= frame.time_s < float("inf")
            last_s = frame.time_s
    except DecoderEndedError:
        return "decoder ended"
    except NerveAppError as error:
        assert error.message
        return "refused"
    return "read"


def read_outlines(data: bytes) -> str:
    try:
        found = preview(data, name="frame_000002.x", clip=CLIP)
    except NerveAppError as error:
        assert error.message
        return "refused"
    assert all(outline.mask.size == (48, 64) and 0 <= outline.frame < 5 for outline in found.outlines)
    return "read"


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[DecoderPool]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(decoded, "memory_folder", lambda: None)
    monkeypatch.setenv(MEMORY_VARIABLE, "2048")
    found = DecoderPool(spares=1)
    yield found
    found.end()


def test_spoiled_files_end_in_words(tmp_path: Path, pool: DecoderPool, capfd: pytest.CaptureFixture[str]) -> None:
    clips, outlines = list(seeds.clips().items()), list(seeds.outlines().items())
    everything = [data for _, data in (*clips, *outlines)]
    tally = Tally()
    temporary, inputs = tmp_path / "temporary", tmp_path / "inputs"
    inputs.mkdir()
    own_bytes = peak_bytes()

    def attempt(number: int) -> None:
        rng = random.Random(SEED * 1_000_003 + number)  # noqa: S311 - reproducible on purpose
        is_clip = number % 5 != 0
        name, data = rng.choice(clips if is_clip else outlines)
        bad = spoiled(data, rng.choice(everything), rng)
        path = inputs / f"{number:06d}"
        started, failure, outcome = time.monotonic(), "", "failed"
        try:
            if is_clip:
                path.write_bytes(bad)
                outcome = read_clip(path, pool)
                path.unlink()
            else:
                outcome = read_outlines(bad)
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            path.write_bytes(bad)
            failure = f"{number} ({name}): {type(error).__name__}: {error}"
        seconds = time.monotonic() - started
        if seconds > SLOW_S:
            failure = failure or f"{number} ({name}): took {seconds:.0f} s"
        tally.note(f"{'clip' if is_clip else 'outlines'} {outcome}", f"{number}, {name}", seconds, failure)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(attempt, range(INPUTS)))
    peak_mb = pool.peak_bytes / 2**20
    pool.end()
    printed = capfd.readouterr().err
    with capfd.disabled():
        slowest = f"{tally.slowest[0]:.1f} s ({tally.slowest[1]})"
        print(f"\nfuzz: {INPUTS} inputs, seed {SEED}: {dict(tally.outcomes)}; slowest {slowest}; "
              f"decoders' peak {peak_mb:.0f} MB")  # fmt: skip
    assert tally.failures == []
    crashes = printed.split("Traceback (most recent call last)")[1:]
    assert [re.findall(r"^\w[\w.]*: .*|^\w+Error$", crash, re.M)[:1] for crash in crashes] == [], crashes[0]
    assert 0 < peak_mb < PEAK_MB
    assert (peak_bytes() - own_bytes) / 2**20 < PEAK_MB
    assert list(temporary.iterdir()) == []
