"""What works on queued analyses: each begins at once, a few go on, all on one network."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from nerveapp.clock import now
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.clip import Clip
from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.domain.job import JobState
from nerveapp.errors import CancelledError, NerveAppError, StoreError
from nerveapp.io.early_results import EarlyResults
from nerveapp.io.job_folder import until_taken
from nerveapp.ports import AnalysisStore, Previews, Segmenter, Segmenters
from nerveapp.workflows.analysing.analyse import BYTES_IN_FLIGHT
from nerveapp.workflows.analysing.run_analysis import SHOW_EVERY_S, AnalysisProgress, run_analysis
from nerveapp.workflows.execution.take_turns import SharedNetwork, TurnTaker
from nerveapp.workflows.execution.working_places import WorkingPlaces

POLL_EVERY_S = 0.2
"""Jobs of other machines are found by looking; those of this app also wake the worker."""

BEAT_S = 0.5
AT_ONCE = 12
"""Analyses at a time: each has a decoder's process, some threads and its share of the frames in flight."""

PLACES = 1 + (os.cpu_count() or 1)
"""So many go on past their first frame at a time; the others wait in line with that."""

VIDEO_FIRST = 2
"""With so many at work at most, a clip is decoded for its video ahead of its outlines: more would wait for decoders."""

_SHARES = 4
"""Each analysis may hold so small a part of what one alone may: of a screen's size some twenty frames, which following
needs. Seldom do all at once hold large ones."""

PATIENCE_S = 120.0
"""For so long a database may be busy or away before a result is given up."""

_PATIENTLY = {"patience_s": PATIENCE_S, "pause_s": BEAT_S}

COLLECT_AFTER_S = 2.0
"""Memory is tidied up so long after an analysis: at once, the page that draws its result would wait for that."""

MOST_NETWORKS = 3
_LOG = logging.getLogger(__name__)
_STOPPED = "It was stopped. Press Analyse again to start it anew."


class _Run:
    """One analysis at work."""

    def __init__(self, job: AnalysisJob) -> None:
        self.job = job
        self.frames_done = 0
        self.untold: list[EarlyOutline] = []
        self.told_at = 0.0
        self.stop = threading.Event()
        self.network: SharedNetwork | None = None
        self.thread: threading.Thread | None = None


class AnalysisWorker:
    """Takes analyses from the queue and does them, until it is told that its app is gone and nothing waits any more.

    Parameters
    ----------
    store : AnalysisStore
    open_clip : callable
        Opens a stored clip by its hash.
    segmenters : Segmenters
    previews : Previews
    early : EarlyResults
    name : str
        Known to the store as whose these analyses are.
    """

    def __init__(
        self,
        store: AnalysisStore,
        *,
        open_clip: Callable[[str], Clip],
        segmenters: Segmenters,
        previews: Previews,
        early: EarlyResults,
        name: str,
    ) -> None:
        self.name = name
        self._store = store
        self._open_clip = open_clip
        self._segmenters = segmenters
        self._previews = previews
        self._early = early
        self._runs: list[_Run] = []
        self._networks: list[SharedNetwork] = []
        self._loading = threading.Lock()
        self._places = WorkingPlaces(PLACES)
        self._woken = threading.Event()
        self._alone = threading.Event()
        self._closing = threading.Event()
        self._untidy_since: float | None = None

    def wake(self) -> None:
        """Have it look at the queue now."""
        self._woken.set()

    def finish(self) -> None:
        """Let it end as soon as nothing waits or runs: its app is gone."""
        self._alone.set()
        self._woken.set()

    def close(self, within_s: float) -> None:
        """Stop what runs, which waits again for somebody else, and end."""
        self._closing.set()
        self._woken.set()
        runs = list(self._runs)
        for run in runs:
            run.stop.set()
        deadline = time.monotonic() + within_s
        for run in runs:
            if run.thread is not None and run.thread.ident is not None:  # else it is about to begin, and to stop
                run.thread.join(max(0.0, deadline - time.monotonic()))
        with suppress(StoreError):
            self._store.release(self.name)

    def warm_up(self, model: str) -> None:
        """Load a model before anybody asks for it; one that cannot be loaded is told to who asks."""
        try:
            with self._loading:
                self._network(model, test_time_flip=False)
        except NerveAppError as error:
            _LOG.warning("%s is not loaded: %s", model, error)

    def work(self) -> None:
        """Work until the app is gone and the queue is empty."""
        threading.Thread(target=self._beat, name="heart", daemon=True).start()
        while not self._closing.is_set():
            self._woken.clear()
            found = self._begin_what_waits()
            if self._alone.is_set() and not found and not self._runs:
                break
            self._woken.wait(POLL_EVERY_S)
        self._closing.set()
        for network in self._networks:
            network.close()

    def _begin_what_waits(self) -> bool:
        """Begin as many as may run; returns whether anything was there or could not be seen."""
        while len(self._runs) < AT_ONCE and not self._closing.is_set():
            try:
                job = self._store.take(worker=self.name, now=now())
            except StoreError as error:
                _LOG.warning("The queue cannot be read: %s", error)
                return not self._alone.is_set()
            if job is None:
                return False
            run = _Run(job)
            run.thread = threading.Thread(target=self._do, args=(run,), name=f"analysis-{job.id[:8]}", daemon=True)
            self._runs.append(run)
            run.thread.start()
        return True

    def _do(self, run: _Run) -> None:
        job = run.job
        self._early.remove(job.id)  # of an attempt that was cut off
        try:
            analysis = run_analysis(
                job,
                open_clip=self._open_clip,
                segmenter=lambda model, flip: self._turns(run, model, test_time_flip=flip),
                previews=self._previews,
                on_progress=lambda progress: self._show(run, progress),
                cancelled=run.stop.is_set,
                video_first=len(self._runs) <= VIDEO_FIRST,
                # Many at a time each go slowly: drawing as often for each would take a tenth of all there is.
                picture_every_s=lambda: SHOW_EVERY_S * max(1.0, len(self._runs) / 2),
                bytes_in_flight=BYTES_IN_FLIGHT // _SHARES,
            )
            until_taken(lambda: self._store.save(job, analysis, now=now()), **_PATIENTLY)
        except CancelledError:
            if not self._closing.is_set():
                self._end(job, JobState.STOPPED, _STOPPED)
        except NerveAppError as error:
            self._end(job, JobState.FAILED, str(error))
        except BaseException as error:
            self._end(job, JobState.FAILED, f"It broke down: {type(error).__name__}. See the server's log.")
            _LOG.exception("Analysis %s broke down", job.id)
            if not isinstance(error, Exception):
                raise
        finally:
            self._early.remove(job.id)
            self._places.leave(run)
            self._runs.remove(run)
            run.network = None
            self._untidy_since = self._untidy_since or time.monotonic()
            self._woken.set()

    def _show(self, run: _Run, progress: AnalysisProgress) -> None:
        run.frames_done = progress.frames_done
        run.untold.append(progress.outline)
        if progress.picture is not None:
            self._early.put_picture(run.job.id, progress.picture)
        now = time.monotonic()
        if now - run.told_at >= SHOW_EVERY_S:
            self._early.add_outlines(run.job.id, run.untold)
            run.untold, run.told_at = [], now
        self._places.hold(run, run.stop.is_set)

    def _end(self, job: AnalysisJob, state: JobState, said: str) -> None:
        try:
            until_taken(lambda: self._store.end(job, state, said, now=now()), **_PATIENTLY)
        except StoreError:
            _LOG.exception("It cannot be noted that analysis %s ended: %s", job.id, said)

    def _turns(self, run: _Run, model: str, *, test_time_flip: bool) -> Segmenter:
        with self._loading:  # until the run is known to use it, another that loads might close it
            run.network = self._network(model, test_time_flip=test_time_flip)
        return TurnTaker(run.network)

    def _network(self, model: str, *, test_time_flip: bool) -> SharedNetwork:
        segmenter = self._segmenters.segmenter(model, test_time_flip=test_time_flip)
        known = next((one for one in self._networks if one.segmenter is segmenter), None)
        if known is not None:
            return known
        used = [run.network for run in self._runs]
        for idle in [one for one in self._networks if one not in used][: -MOST_NETWORKS + 1 or None]:
            self._networks.remove(idle)
            idle.close()
        self._networks.append(SharedNetwork(segmenter))
        return self._networks[-1]

    def _beat(self) -> None:
        while not self._closing.wait(BEAT_S):
            for run in list(self._runs):
                with suppress(StoreError):  # a busy database is no reason to die; the next beat may reach it
                    if not self._store.beat(run.job, run.frames_done, now=now()):
                        run.stop.set()
            if self._untidy_since is not None and time.monotonic() - self._untidy_since > COLLECT_AFTER_S:
                self._untidy_since = None
                gc.collect()  # what decoders and networks leave may be held by cycles, and is large
