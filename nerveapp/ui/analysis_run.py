"""An analysis on a thread of its own, so that the page stays alive, shows progress and can stop it."""

from __future__ import annotations

import atexit
import gc
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp import bootstrap
from nerveapp.analysis.rendering import draw_outline
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.view import View
from nerveapp.errors import CancelledError, NerveAppError
from nerveapp.io.video_writing import writing_video
from nerveapp.workflows.analyse import AnalysedFrame, analyse

PREVIEW_FRAME_RATE = 25.0
"""The film the player gets shows one decoded frame per video frame; the true times travel beside it."""

_LARGEST_PREVIEW_PX = 960
_LONG_CLIP_FRAMES = 2000
_LONG_CLIP_PREVIEW_PX = 640
_LIVE_EVERY_S = 0.25

_queue: deque[AnalysisRun] = deque()
_turns = threading.Condition()
"""Whoever is first in the queue runs: two at once would only share the cores."""

_running: weakref.WeakSet[AnalysisRun] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be analysed and how."""

    clip: Clip
    view: View
    calibration: Calibration | None
    model: str
    flip: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished analysis and the film for the player."""

    analysis: Analysis
    film: Path
    film_scale: float


class AnalysisRun:
    """One analysis, from start to outcome. Runs wait for each other: two at once would only share the cores.

    Parameters
    ----------
    request : Request
    folder : Path
        Where the film goes.
    """

    def __init__(self, request: Request, folder: Path) -> None:
        self.request = request
        self.frames_done = 0
        self.live: bytes | None = None
        self.waiting = True
        self.outcome: Outcome | None = None
        self.error: NerveAppError | None = None
        self._film = folder / "film.mp4"
        self._scale = _preview_scale(request.clip)
        self._live_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="analysis", daemon=True)
        _running.add(self)
        self._thread.start()

    @property
    def finished(self) -> bool:
        """Whether there is an outcome, an error or a crash."""
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask it to stop: after the frame in hand, and at once where it waits for its turn."""
        with _turns:
            self._stop.set()
            _turns.notify_all()

    def join(self, timeout_s: float) -> None:
        """Wait for its end."""
        self._thread.join(timeout_s)

    def _work(self) -> None:
        try:
            with self._turn():
                self.waiting = False
                self.outcome = self._analyse()
        except NerveAppError as error:
            self.error = error
        gc.collect()  # Streamlit, told in .streamlit/config.toml, no longer does it: frames are large

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until those before are done; raises CancelledError if it is stopped meanwhile."""
        try:
            with _turns:
                _queue.append(self)
                _turns.wait_for(lambda: self._stop.is_set() or _queue[0] is self)
                if self._stop.is_set():
                    raise CancelledError("The analysis was stopped.", "Press Analyse to start it again.")
            yield
        finally:
            with _turns:
                _queue.remove(self)
                _turns.notify_all()

    def _analyse(self) -> Outcome:
        request = self.request
        segmenter = bootstrap.cached_segmenter(request.model, flip=request.flip)
        info = request.clip.info
        width, height = round(info.width * self._scale), round(info.height * self._scale)
        with writing_video(
            self._film, width=width, height=height, frame_rate=PREVIEW_FRAME_RATE, scrubbable=True, quality=23
        ) as film:

            def on_frame(done: AnalysedFrame) -> None:
                image = self._scaled(done.frame.image, width, height)
                film.add(image, done.frame.index / PREVIEW_FRAME_RATE)
                self._show(done)

            analysis = analyse(
                request.clip,
                segmenter,
                view=request.view,
                calibration=request.calibration,
                on_frame=on_frame,
                cancelled=self._stop.is_set,
            )
        return Outcome(analysis, self._film, self._scale)

    def _scaled(self, image: Image, width: int, height: int) -> npt.NDArray[np.uint8]:
        if self._scale == 1:
            return image
        return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

    def _show(self, done: AnalysedFrame) -> None:
        self.frames_done = done.frame.index + 1
        now = time.monotonic()
        if now - self._live_at < _LIVE_EVERY_S:
            return
        self._live_at = now
        drawn = draw_outline(done.frame.image, done.mask.unpack())
        _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
        self.live = jpeg.tobytes()


def _preview_scale(clip: Clip) -> float:
    long = (clip.info.frame_count or 0) > _LONG_CLIP_FRAMES
    largest = _LONG_CLIP_PREVIEW_PX if long else _LARGEST_PREVIEW_PX
    return min(1.0, largest / max(clip.info.width, clip.info.height))


@atexit.register
def _stop_all() -> None:
    """Stop the threads before the interpreter goes: a network cut off in mid-computation aborts the process."""
    for run in list(_running):
        run.cancel()
    for run in list(_running):
        run.join(3)
