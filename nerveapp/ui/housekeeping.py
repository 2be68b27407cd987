"""What a server does with its first visitor and once a day: get ready, and let go what is not to be kept any longer."""

from __future__ import annotations

import logging
import threading
import time
from functools import cache

from nerveapp.bootstrap import Application, application
from nerveapp.clock import now
from nerveapp.domain.actor import Actor
from nerveapp.errors import NerveAppError
from nerveapp.workflows.retain import sweep

_EVERY_S = 24 * 3600.0
_log = logging.getLogger(__name__)


@cache
def open_house() -> None:
    """Have a decoder and a worker ready, remove what dead servers left, and begin to sweep."""
    app = application()
    app.scratch.bytes_kept()  # its making removes what dead servers left
    app.clips.warm_up()
    app.analysis_runner.wake()
    threading.Thread(target=_keep_sweeping, args=(app,), name="sweep", daemon=True).start()


def _keep_sweeping(app: Application) -> None:
    while True:
        try:
            sweep(app.library, app.objects, app.settings.retention, actor=Actor(), now=now())
        except NerveAppError as error:
            _log.warning("What is not to be kept any longer could not be removed: %s", error)
        time.sleep(_EVERY_S)
