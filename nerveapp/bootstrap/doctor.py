"""Whether the main job works on this machine, part by part; knows the adapters that it checks."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nerveapp.bootstrap.application import Application
from nerveapp.demo import DEMO_CLIP
from nerveapp.domain.view import View
from nerveapp.errors import NerveAppError


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Parameters
    ----------
    label : str
        What was checked.
    works : bool
    finding : str
        What was found, or why it fails.
    """

    label: str
    works: bool
    finding: str


def checks(app: Application) -> Iterator[Check]:
    """Check what the main job needs, one thing after another; what fails stops no other check."""
    subjects: list[tuple[str, Callable[[], str]]] = [
        ("OpenCV", _opencv),
        ("H.264 video", lambda: _h264(app)),
        ("torch device", _torch_device),
        *((f"model {name}", _model(app, name)) for name in app.models.names()),
        ("demo clip, first frames", lambda: _demo(app)),
    ]
    for label, check in subjects:
        try:
            yield Check(label, True, check())
        except (NerveAppError, ImportError, OSError) as error:
            yield Check(label, False, str(error))


def _opencv() -> str:
    return str(importlib.import_module("cv2").__version__)


def _h264(app: Application) -> str:
    from nerveapp.io.video_writing import writing_video  # noqa: PLC0415 - a check of its own: it may not load

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        with writing_video(path, width=64, height=64, frame_rate=25) as video:
            for number in range(3):
                video.add(np.full((64, 64), 60 * number, np.uint8), number / 25)
        frames = sum(1 for _ in app.local_clips.open([path]).frames())
    return f"written and read back, {frames} frames"


def _torch_device() -> str:
    from nerveapp.network.torch_engine import best_device  # noqa: PLC0415 - importing torch takes seconds

    return str(best_device())


def _model(app: Application, name: str) -> Callable[[], str]:
    def check() -> str:
        app.models.weights(name)
        return f"hashes match; {app.segmenters.segmenter(name).engine}"

    return check


def _demo(app: Application) -> str:
    clip = app.local_clips.open([DEMO_CLIP])
    segmenter = app.segmenters.segmenter(app.default_model(View()))
    predicted = segmenter.segment([next(iter(clip.frames())).image])[0]
    return f"nerve found, confidence {predicted.confidence:.2f}" if predicted.components else "no nerve found"
