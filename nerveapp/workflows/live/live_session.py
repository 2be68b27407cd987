"""A live examination: pictures are outlined as they come until it is stopped; frozen, they rest."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import takewhile

import numpy as np

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.live import LiveFigures, LiveMeasurement
from nerveapp.errors import AnalysisError, NerveAppError
from nerveapp.ports import LiveSource, Segmenter
from nerveapp.workflows.execution.thread_per_call import ThreadPerCall
from nerveapp.workflows.live.live_outlining import LiveOutlining, recalibrated
from nerveapp.workflows.live.recent_frames import RecentFrames

_WAIT_S = 0.2
_COUNTED = 100_000
"""Pictures of which the latency is remembered: more than an hour's."""


class LiveSession:
    """Outlines what a source gives. What it shows can be asked for from any thread.

    Parameters
    ----------
    source : LiveSource
        Closed at the end.
    segmenter : Segmenter
    calibration : Calibration or None
    recent : RecentFrames
        Gets every outlined picture.
    unwatched_s : float, optional
        It ends by itself so long after nobody looked at it any more; never without.
    clock : callable
        The clock of the pictures' coming, s.
    """

    def __init__(
        self,
        source: LiveSource,
        segmenter: Segmenter,
        *,
        calibration: Calibration | None,
        recent: RecentFrames,
        unwatched_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._outlining = LiveOutlining(segmenter, ThreadPerCall("live-find"), calibration=calibration, clock=clock)
        self.recent = recent
        self._clock = clock
        self._unwatched_s = unwatched_s
        self._watched_s = clock()
        self._stop, self._frozen = threading.Event(), threading.Event()
        self._done: deque[tuple[float, float, bool]] = deque(maxlen=_COUNTED)
        self._lock = threading.Lock()
        self._latest: LiveMeasurement | None = None
        self._failure: NerveAppError | None = None
        self._over = threading.Event()

    def start(self) -> None:
        """Run on a thread of its own."""
        # No daemon: it ends before the interpreter does, which a network at work would not survive.
        threading.Thread(target=self._run_to_the_end, name="live").start()

    def run(self, on_outline: Callable[[LiveMeasurement], None] = lambda _: None) -> None:
        """Outline until the source ends or it is stopped.

        Parameters
        ----------
        on_outline : callable
            Called with every outlined picture, on this thread.

        Raises
        ------
        NerveAppError
            If the source breaks off or the model fails.
        """
        try:
            self._outline_all(on_outline)
        except NerveAppError as error:
            self._failure = error
            raise
        except Exception as error:
            if not (isinstance(error, RuntimeError) and _process_ends()):  # then no work is taken any more
                self._failure = AnalysisError("The live examination broke off.", "Start it again; the log says why.")
                raise
        finally:
            self._source.close()
            self._over.set()

    def _outline_all(self, on_outline: Callable[[LiveMeasurement], None]) -> None:
        while not (self._stop.is_set() or self._forsaken() or _process_ends()):
            ended = self._source.ended
            live = self._source.newest(wait_s=_WAIT_S)
            if live is None and ended:
                return
            if self._frozen.is_set():
                self._outlining.forget()
            elif live is not None:
                done = self._outlining.outline(live)
                if self._shown(done):
                    on_outline(done)

    def _shown(self, done: LiveMeasurement) -> bool:
        """Take the next picture in, unless it was frozen meanwhile."""
        with self._lock:
            if self._frozen.is_set():
                return False
            self._done.append((done.live.captured_s, done.latency_s, done.area_px > 0))
            self.recent.add(done)
            self._latest = done
            return True

    def _forsaken(self) -> bool:
        return self._unwatched_s is not None and self._clock() - self._watched_s > self._unwatched_s

    def _run_to_the_end(self) -> None:
        with suppress(NerveAppError):  # it is told by `failure`
            self.run()

    def stop(self) -> None:
        """End it after the picture that is being outlined."""
        self._stop.set()

    def end(self, *, within_s: float = 3.0) -> None:
        """Stop it, and wait until its source is free for somebody else."""
        self.stop()
        self._over.wait(within_s)

    def freeze(self) -> None:
        """Hold the picture and the last seconds; what comes meanwhile is not looked at."""
        with self._lock:
            self._frozen.set()

    def go_on(self) -> None:
        """Go on after a freeze; a clip does not reach back over it."""
        if self._frozen.is_set():
            self.recent.clear()
            self._frozen.clear()

    def calibrate(self, calibration: Calibration | None) -> None:
        """Measure with another calibration from now on, and the picture that is shown too."""
        with self._lock:
            self._outlining.calibration = calibration
            if self._latest is not None:
                self._latest = recalibrated(self._latest, calibration)

    @property
    def frozen(self) -> bool:
        """Whether it rests."""
        return self._frozen.is_set()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._over.is_set()

    @property
    def failure(self) -> NerveAppError | None:
        """Why it ended, where that was a failure."""
        return self._failure

    def watched(self) -> LiveMeasurement | None:
        """Give the picture outlined last to somebody who looks at it; None before the first one."""
        self._watched_s = self._clock()
        return self._latest

    def figures(self, *, last_s: float | None = None) -> LiveFigures:
        """Say how well the computer keeps up.

        Parameters
        ----------
        last_s : float, optional
            Of the last seconds alone; dropped pictures are counted from the start in any case.
        """
        with self._lock:
            newest_s = self._done[-1][0] if self._done else 0.0
            wanted = takewhile(lambda one: last_s is None or newest_s - one[0] < last_s, reversed(self._done))
            done = list(wanted)[::-1]
        latencies = [1000 * latency for _, latency, _ in done]
        lasted = done[-1][0] - done[0][0] if len(done) > 1 else 0.0
        median, high = np.percentile(latencies, [50, 95]) if latencies else (0.0, 0.0)
        return LiveFigures(
            frames=len(done),
            outlined=sum(outlined for *_, outlined in done),
            dropped=self._source.dropped,
            frames_per_second=(len(done) - 1) / lasted if lasted > 0 else 0.0,
            latency_median_ms=float(median),
            latency_p95_ms=float(high),
        )


def _process_ends() -> bool:
    return not threading.main_thread().is_alive()
