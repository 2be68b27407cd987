"""Timing analyses as jobs: one alone, and those of ten visitors at once, in a database and a folder of their own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nerveapp.bootstrap import stores
from nerveapp.bootstrap.application import Application
from nerveapp.bootstrap.settings import Settings
from nerveapp.clock import now
from nerveapp.demo import DEMO_CLIP
from nerveapp.domain.analysis_job import AnalysisRequest
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_source import ClipSource, Origin
from nerveapp.domain.job import JobState
from nerveapp.domain.view import View
from nerveapp.errors import NerveAppError
from nerveapp.workflows.analysing.analyse import analyse

_VISITORS = 10
_POLL_EVERY_S = 0.05
"""Looking takes time from what is measured: fifty times a second it was a thirtieth."""
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class JobTimes:
    """How long analyses took as jobs.

    Parameters
    ----------
    bare_s, job_s : tuple of float
        One analysis within this process, and the same as a job from asking to the result, round by round.
    first_overlay_s : float
        From asking for one alone to its first overlay, median.
    first_overlays_s : tuple of float
        Of ten different clips that were asked for at once: from asking to each one's first overlay.
    last_result_s : float
        From asking for the ten to the last result.
    """

    bare_s: tuple[float, ...]
    job_s: tuple[float, ...]
    first_overlay_s: float
    first_overlays_s: tuple[float, ...]
    last_result_s: float

    @property
    def job_ratio(self) -> float:
        """One analysis as a job, in bare ones."""
        return float(np.median(self.job_s) / np.median(self.bare_s))

    @property
    def last_ratio(self) -> float:
        """The last of ten results, in the work there was."""
        return self.last_result_s / (len(self.first_overlays_s) * float(np.median(self.bare_s)))

    @property
    def words(self) -> tuple[str, ...]:
        """A line each, for one alone and for ten at once."""
        return (
            f"as a job, one analysis takes {self.job_ratio:.2f} times the bare one, "
            f"its first overlay {self.first_overlay_s:.2f} s",
            f"ten clips at once: first overlays within {max(self.first_overlays_s):.1f} s, "
            f"last result within {self.last_ratio:.2f} times the work",
        )


def time_analysis_jobs(here: Application, model: str, *, rounds: int = 3) -> JobTimes:
    """Time analyses of the demo clip as jobs of a warm worker.

    Parameters
    ----------
    here : Application
        Analyses in this process, for comparison.
    model : str
    rounds : int
        How often one is timed alone.

    Raises
    ------
    NerveAppError
        If one fails.
    """
    clip, segmenter = here.clips.open([DEMO_CLIP]), here.segmenters.segmenter(model)

    def bare() -> None:
        analyse(clip, segmenter, view=View(), calibration=None)

    bare()
    with _installation() as app:
        (alone,) = _clips(app, 1)
        _timed(app, model, [alone], "warm-up")
        bare_s, job_s, overlays_s = [], [], []
        for number in range(rounds):
            started = time.perf_counter()
            bare()
            bare_s.append(time.perf_counter() - started)
            (overlay,), last = _timed(app, model, [alone], f"{number}", preview=True)
            job_s.append(last)
            overlays_s.append(overlay)
        first, last = _timed(app, model, _clips(app, _VISITORS), "ten")
    return JobTimes(tuple(bare_s), tuple(job_s), float(np.median(overlays_s)), first, last)


@contextmanager
def _installation() -> Iterator[Application]:
    from nerveapp.io.analysis_runners import LocalAnalysisRunner  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="nerveapp-bench-", ignore_cleanup_errors=True) as folder:
        database = f"sqlite:///{Path(folder) / 'nerveapp.db'}"
        settings = replace(Settings.from_environment(), database=database, data=folder, cluster="")
        app = Application(settings)
        app.analysis_runner.wake()
        try:
            yield app
        finally:
            runner = app.analysis_runner
            if isinstance(runner, LocalAnalysisRunner) and runner.process is not None:
                runner.close()
                runner.process.wait(60)
            stores.database(database).dispose()


def _clips(app: Application, count: int) -> list[str]:
    """Keep copies of the demo clip that differ in what no decoder looks at."""
    from nerveapp.io.store.library import SqlLibrary  # noqa: PLC0415

    library = SqlLibrary(stores.database(app.settings.database))
    data, hashes = DEMO_CLIP.read_bytes(), []
    for number in range(count):
        kept = app.objects.put_bytes(f"clips/{count}-{number}/clip.mp4", data + _box_of_nothing(f"{count}-{number}"))
        info = app.clips.open([app.objects.local(kept.key)]).info
        record = ClipRecord(info.sha256, info.width, info.height, info.frame_count or 1)
        source = ClipSource(info.sha256, (kept,), Origin.DEMO, "clip")
        library.add_clip(record, source, b"", actor="", now=now())
        hashes.append(info.sha256)
    return hashes


def _box_of_nothing(text: str) -> bytes:
    content = text.encode()
    return (8 + len(content)).to_bytes(4, "big") + b"free" + content


def _timed(
    app: Application, model: str, clips: Sequence[str], label: str, *, preview: bool = False
) -> tuple[tuple[float, ...], float]:
    """Ask for an analysis of each clip at once; gives when each showed its first overlay, and when all were done."""
    card = app.models.card(model)
    requests = [AnalysisRequest(clip, model, card.sha256, False, label) for clip in clips]
    if preview:
        app.objects.remove("previews")  # it is part of the work
    started = time.perf_counter()
    for request in requests:
        app.analyses.add(request, frame_count=None, actor="", now=now())
        app.analysis_runner.wake()
    overlays: dict[str, float] = {}
    while True:
        elapsed_s = time.perf_counter() - started
        for request in requests:
            if request.id not in overlays and _is_shown(app, request.id):
                overlays[request.id] = elapsed_s
        if not app.analyses.active():
            break
        if elapsed_s > _PATIENCE_S:
            raise NerveAppError(f"After {elapsed_s:.0f} s not all analyses are done.", "Check the worker's log.")
        time.sleep(_POLL_EVERY_S)
    for request in requests:
        job = app.analyses.job(request.id)
        if job is None or job.state is not JobState.DONE:
            raise NerveAppError("An analysis failed.", job.said if job else "")
    return tuple(overlays.get(request.id, elapsed_s) for request in requests), elapsed_s


def _is_shown(app: Application, analysis_id: str) -> bool:
    """Whether a page has an outline to show: in a picture, or in the video once that can be played."""
    runner = app.analysis_runner
    return runner.early_picture(analysis_id) is not None or bool(runner.early_outlines(analysis_id))
