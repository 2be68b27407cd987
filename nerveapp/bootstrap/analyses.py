"""Analyses as jobs: who keeps them, who works on them, and the process that does."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from nerveapp.bootstrap.settings import Settings
from nerveapp.domain.view import View
from nerveapp.errors import NerveAppError
from nerveapp.ports import AnalysisRunner

if TYPE_CHECKING:
    from nerveapp.bootstrap.application import Application
    from nerveapp.io.analysis_worker import AnalysisWorker
    from nerveapp.io.early_results import EarlyResults

_LOG_BYTES = 1 << 20
_STANDARD_INPUT = 0


def analysis_runner(app: Application) -> AnalysisRunner:
    """Give what works on analyses: a process of this machine, a job of the cluster named, or a thread in tests."""
    from nerveapp.io.analysis_runners import InProcessAnalysisRunner, LocalAnalysisRunner  # noqa: PLC0415

    early = _early(app.settings)
    if not app.settings.analyses_apart:
        return InProcessAnalysisRunner(analysis_worker(app), early)
    if app.settings.cluster:
        from nerveapp.io.ray_cluster import RayAnalysisRunner  # noqa: PLC0415

        return RayAnalysisRunner(app.analyses, early, app.settings.cluster)
    return LocalAnalysisRunner(app.analyses, early, _logs(app.settings), settings=app.settings.of_workers)


def analysis_worker(app: Application, name: str = "") -> AnalysisWorker:
    """Give what works on analyses in this very process."""
    from nerveapp.io.analysis_worker import AnalysisWorker  # noqa: PLC0415

    return AnalysisWorker(
        app.analyses,
        open_clip=app.open_stored_clip,
        segmenters=app.segmenters,
        previews=app.previews,
        early=_early(app.settings),
        name=name or uuid.uuid4().hex,
    )


def work_on_analyses(app: Application, name: str) -> None:
    """Work on analyses until standard input ends, as it does when the app is gone, and nothing waits any more.

    Parameters
    ----------
    app : Application
    name : str
        Of the worker, known to who started it.
    """
    _write_log(_logs(app.settings) / "analyses.log")
    worker = analysis_worker(app, name)
    threading.Thread(target=_listen, args=(worker,), name="app", daemon=True).start()
    threading.Thread(target=_warm_up, args=(app, worker), name="warm-up", daemon=True).start()
    worker.work()


def _listen(worker: AnalysisWorker) -> None:
    """Hear the app: every byte wakes the worker, the end is the app's end."""
    with suppress(OSError):  # where there is no standard input there is no app to wait for
        while os.read(_STANDARD_INPUT, 64):
            worker.wake()
    worker.finish()


def _warm_up(app: Application, worker: AnalysisWorker) -> None:
    try:
        app.clips.warm_up(clips=2)  # one for the outlines, one for the video
        worker.warm_up(app.default_model(View()))
    except NerveAppError as error:
        logging.getLogger(__name__).warning("Nothing is ready beforehand: %s", error)


def _write_log(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for talkative in ("alembic", "libav"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def _early(settings: Settings) -> EarlyResults:
    from nerveapp.io.early_results import EarlyResults  # noqa: PLC0415

    return EarlyResults(_here(settings) / "early")


def _logs(settings: Settings) -> Path:
    return _here(settings) / "logs"


def _here(settings: Settings) -> Path:
    """Give a folder of this machine, also where clips are kept elsewhere."""
    return Path(settings.data) if "://" not in settings.data else settings.jobs.parent
