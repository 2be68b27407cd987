"""Commands about this machine: doctor, bench."""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from nerveapp import bootstrap
from nerveapp.cli.console import console, output
from nerveapp.demo import DEMO_CLIP
from nerveapp.domain.clip import Clip
from nerveapp.domain.view import View
from nerveapp.errors import NerveAppError
from nerveapp.io.readers.decoders.clip import IsolatedClip
from nerveapp.io.readers.decoders.pool import DecoderPool
from nerveapp.io.readers.open_clip import ReadLimits, open_clip
from nerveapp.io.video_writing import writing_video
from nerveapp.workflows.analyse import analyse

_SHORT_FRAMES, _LONG_FRAMES = 200, 10_000


def doctor() -> None:
    """Tell what is installed, where the network computes and whether the main job works here."""
    for package, number in bootstrap.software_versions():
        output.print(f"{package:30s} {number}")
    checks: list[tuple[str, Callable[[], str]]] = [
        ("OpenCV", lambda: str(importlib.import_module("cv2").__version__)),
        ("H.264 film", _try_film),
        ("torch device", _torch_device),
        *((f"model {name}", _model_check(name)) for name in bootstrap.model_store().names()),
        ("demo clip, first frames", _try_demo),
    ]
    failed = 0
    for label, check in checks:
        try:
            output.print(f"[green]ok[/green]    {label}: {check()}")
        except (NerveAppError, ImportError, OSError) as error:
            failed += 1
            output.print(f"[red]fails[/red] {label}: {error}")
            if "libGL" in str(error) or "libxcb" in str(error):
                output.print("      On Debian and Ubuntu: apt-get install libgl1 libglib2.0-0 libxcb1")
    if failed:
        raise NerveAppError(f"{failed} of {len(checks)} checks failed.", "See the lines marked fails.")


def _try_film() -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with writing_video(path, width=64, height=64, frame_rate=25) as film:
            for number in range(3):
                film.add(np.full((64, 64), 60 * number, np.uint8), number / 25)
        frames = sum(1 for _ in open_clip(path).frames())
    return f"written and read back, {frames} frames"


def _torch_device() -> str:
    from nerveapp.network.torch_engine import best_device  # noqa: PLC0415 - importing torch takes seconds

    return str(best_device())


def _model_check(name: str) -> Callable[[], str]:
    def check() -> str:
        bootstrap.model_store().weights(name)
        return f"hashes match; {bootstrap.load_segmenter(name).engine}"

    return check


def _try_demo() -> str:
    clip = open_clip(DEMO_CLIP)
    segmenter = bootstrap.load_segmenter(bootstrap.default_model(View(), bootstrap.model_store().names()))
    predicted = segmenter.segment([next(iter(clip.frames())).image])[0]
    return f"nerve found, confidence {predicted.confidence:.2f}" if predicted.components else "no nerve found"


def bench(
    model: Annotated[str, typer.Option(help="Name of the model.")] = "median-wrist",
    repeats: Annotated[int, typer.Option(min=1, help="Rounds; each times everything once, in turn.")] = 3,
    memory: Annotated[bool, typer.Option(help="Also compare the memory that short and long clips take.")] = True,
) -> None:
    """Time the main job, decode to measured, on the demo clip against three yardsticks of the same run.

    Frames per second and ratios are medians over the rounds; compare ratios, not frames per second, between machines.
    """
    from nerveapp.network.reference_loop import eager_frame_by_frame, matrix_multiply_gflops  # noqa: PLC0415

    clip = open_clip(DEMO_CLIP)
    count = sum(1 for _ in clip.frames())
    store = bootstrap.model_store()
    segmenter = bootstrap.load_segmenter(model)
    card = store.card(model)
    second = store.refinement_card(card) if card.refinement else None
    eager = eager_frame_by_frame(
        card,
        store.weights(model).safetensors,
        None if second is None else (second, store.weights(second.name).safetensors),
    )
    subjects: dict[str, Callable[[], object]] = {
        "nerveapp": lambda: analyse(clip, segmenter, view=View(), calibration=None),
        "eager loop": lambda: eager(clip),
        "decoding alone": lambda: _exhaust(clip),
    }
    rounds: dict[str, list[float]] = {name: [] for name in subjects}
    peaks = []
    for number in range(repeats + 1):
        for name, run in subjects.items():
            started = time.perf_counter()
            run()
            if number:  # the first round warms up
                rounds[name].append(time.perf_counter() - started)
        peaks.append(matrix_multiply_gflops())
        console.print(f"round {number} of {repeats}" + (" (warm-up, not counted)" if number == 0 else ""))
    output.print(f"{count} frames {clip.info.width}x{clip.info.height}, {segmenter.engine}")
    for name, seconds in rounds.items():
        output.print(f"{name:16s} {count / float(np.median(seconds)):8.1f} frames per second")
    output.print(f"{'matrix multiply':16s} {np.median(peaks[1:]):8.1f} GFLOP/s (float32, 1024, torch)")
    ratios = np.array(rounds["eager loop"]) / np.array(rounds["nerveapp"])
    output.print(
        f"nerveapp is {np.median(ratios):.2f} times the eager loop (rounds {ratios.min():.2f}–{ratios.max():.2f})"
    )

    if memory:
        _bench_memory()


def _bench_memory() -> None:
    """Read clips of 200 and of 10,000 frames and print the most memory that their decoders had."""
    from nerveapp.io.long_clips import WRITERS  # noqa: PLC0415 - loads every library that writes clips

    for kind, write in WRITERS.items():
        with tempfile.TemporaryDirectory() as folder:
            peaks = []
            for count in (_SHORT_FRAMES, _LONG_FRAMES):
                path = Path(folder) / "clip"
                write(path, count)
                peaks.append(_peak_mb(path, count))
        output.print(
            f"{kind:16s} {_LONG_FRAMES} frames take {peaks[1] / peaks[0]:.2f} times the memory of {_SHORT_FRAMES} "
            f"({peaks[1]:.0f} and {peaks[0]:.0f} MB)"
        )


def _peak_mb(path: Path, count: int) -> float:
    pool = DecoderPool()
    try:
        decoded = sum(1 for _ in IsolatedClip([path], None, ReadLimits(), pool).frames())
        if decoded != count:
            raise NerveAppError(f"{decoded} of {count} frames were decoded.", "Run the tests: a reader is broken.")
        return pool.peak_bytes / 2**20
    finally:
        pool.end()


def _exhaust(clip: Clip) -> None:
    for _ in clip.frames():
        pass
