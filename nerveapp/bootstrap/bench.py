"""How fast the main job is on this machine, and how much memory decoding takes; knows the adapters that it measures."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nerveapp.bootstrap.application import Application
from nerveapp.demo import DEMO_CLIP
from nerveapp.domain.clip import Clip
from nerveapp.domain.view import View
from nerveapp.errors import NerveAppError
from nerveapp.workflows.analysing.analyse import analyse

SHORT_FRAMES, LONG_FRAMES = 200, 10_000


@dataclass(frozen=True, slots=True)
class SpeedResult:
    """Times of the main job on the demo clip and of what it is compared with, all taken in turn.

    Parameters
    ----------
    frames, width, height : int
        Of the demo clip.
    engine : str
        What computed.
    seconds : tuple of (str, tuple of float)
        What was timed, and its seconds in every round, the warm-up left out.
    gflops : tuple of float
        Of multiplying float32 matrices of 1024 rows and columns, in every round.
    """

    frames: int
    width: int
    height: int
    engine: str
    seconds: tuple[tuple[str, tuple[float, ...]], ...]
    gflops: tuple[float, ...]

    @property
    def frames_per_second(self) -> tuple[tuple[str, float], ...]:
        """What was timed, and its median over the rounds."""
        return tuple((name, self.frames / float(np.median(times))) for name, times in self.seconds)

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times as fast as the eager loop the app was in each round."""
        times = dict(self.seconds)
        return tuple(eager / own for eager, own in zip(times[_EAGER], times[_OWN], strict=True))


@dataclass(frozen=True, slots=True)
class MemoryResult:
    """The most memory that a decoder had for a short and for a long clip of one kind.

    Parameters
    ----------
    kind : str
    short_mb, long_mb : float
        MiB for clips of `SHORT_FRAMES` and of `LONG_FRAMES` frames.
    """

    kind: str
    short_mb: float
    long_mb: float


_OWN, _EAGER, _DECODING = "nerveapp", "eager loop", "decoding alone"


def measure_speed(app: Application, model: str, *, repeats: int, on_round: Callable[[int], None]) -> SpeedResult:
    """Time the main job, decode to measured, beside an eager frame-by-frame loop and decoding alone.

    Parameters
    ----------
    app : Application
    model : str
        Name of the model.
    repeats : int
        Rounds; each times everything once, in turn.
    on_round : callable
        Called with the number of each finished round; 0 is a warm-up and not counted.

    Raises
    ------
    ModelError
        If the model cannot be loaded.
    """
    from nerveapp.network.reference_loop import eager_frame_by_frame, matrix_multiply_gflops  # noqa: PLC0415

    clip = app.local_clips.open([DEMO_CLIP])
    count = sum(1 for _ in clip.frames())
    segmenter = app.segmenters.segmenter(model)
    card = app.models.card(model)
    second = app.models.refinement_card(card) if card.refinement else None
    eager = eager_frame_by_frame(
        card,
        app.models.weights(model).safetensors,
        None if second is None else (second, app.models.weights(second.name).safetensors),
    )
    subjects: dict[str, Callable[[], object]] = {
        _OWN: lambda: analyse(clip, segmenter, view=View(), calibration=None),
        _EAGER: lambda: eager(clip),
        _DECODING: lambda: _exhaust(clip),
    }
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    gflops = []
    for number in range(repeats + 1):
        for name, run in subjects.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
        gflops.append(matrix_multiply_gflops())
        on_round(number)
    counted = tuple((name, tuple(times[1:])) for name, times in seconds.items())
    return SpeedResult(count, clip.info.width, clip.info.height, segmenter.engine, counted, tuple(gflops[1:]))


def _exhaust(clip: Clip) -> None:
    for _ in clip.frames():
        pass


def measure_memory() -> Iterator[MemoryResult]:
    """Decode clips of 200 and of 10,000 frames of each kind, and yield the most memory that their decoders had."""
    from nerveapp.io.long_clips import WRITERS  # noqa: PLC0415 - loads every library that writes clips

    for kind, write in WRITERS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip"
            peaks = []
            for count in (SHORT_FRAMES, LONG_FRAMES):
                write(path, count)
                peaks.append(_peak_mb(path, count))
        yield MemoryResult(kind, peaks[0], peaks[1])


def _peak_mb(path: Path, count: int) -> float:
    from nerveapp.io.readers.decoders.clip import IsolatedClip  # noqa: PLC0415
    from nerveapp.io.readers.decoders.pool import DecoderPool  # noqa: PLC0415
    from nerveapp.io.readers.limits import ReadLimits  # noqa: PLC0415

    pool = DecoderPool()
    try:
        decoded = sum(1 for _ in IsolatedClip([path], None, ReadLimits(), pool).frames())
        if decoded != count:
            raise NerveAppError(f"{decoded} of {count} frames were decoded.", "Run the tests: a reader is broken.")
        return pool.peak_bytes / 2**20
    finally:
        pool.end()
