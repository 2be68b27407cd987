"""The process that works on analyses."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from nerveapp.bootstrap.application import Application
from nerveapp.domain.view import View
from nerveapp.errors import NerveAppError

if TYPE_CHECKING:
    from nerveapp.io.analysis_worker import AnalysisWorker

_LOG_BYTES = 1 << 20
_STANDARD_INPUT = 0


def work_on_analyses(app: Application, name: str) -> None:
    """Work on analyses until standard input ends, as it does when the app is gone, and nothing waits any more.

    Parameters
    ----------
    app : Application
    name : str
        Of the worker, known to who started it.
    """
    _write_log(app.analysis_tools.logs / "analyses.log")
    worker = app.analysis_tools.worker(name)
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
