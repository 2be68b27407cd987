"""What a server does with its first visitor and once a day: get ready, and let go what is not to be kept any longer."""

from __future__ import annotations

import logging
import threading
import time

from nerveapp.bootstrap import Application, application
from nerveapp.clock import now
from nerveapp.domain.actor import Actor
from nerveapp.errors import NerveAppError
from nerveapp.workflows.library.retain import sweep

_EVERY_S = 24 * 3600.0
_log = logging.getLogger(__name__)
_opening = threading.Lock()
_opened = threading.Event()


def open_house() -> None:
    """Have a decoder, a worker and libraries ready, remove what dead servers left, and begin to sweep; once.

    No page is drawn meanwhile: it would meet libraries that are half imported.
    """
    with _opening:
        if not _opened.is_set():
            _open()
            _opened.set()


def _open() -> None:
    app = application()
    app.scratch.bytes_kept()  # its making removes what dead servers left
    app.clips.warm_up()
    app.analysis_runner.wake()
    _load_libraries(app)
    threading.Thread(target=_keep_sweeping, args=(app,), name="sweep", daemon=True).start()


def _load_libraries(app: Application) -> None:
    """Import what tables, curves and downloads are made with: the first result of a server is not to wait for it."""
    import pandas as pd  # noqa: PLC0415 - Streamlit's tables import it when the first one is drawn

    from nerveapp.ui.analysis import analyse_view  # noqa: PLC0415 - its page is imported when it is first opened

    _log.debug("%s, %s and %s are loaded.", pd.__name__, analyse_view.__name__, type(app.exports).__name__)


def _keep_sweeping(app: Application) -> None:
    while True:
        try:
            sweep(app.library, app.objects, app.settings.retention, actor=Actor(), now=now())
        except NerveAppError as error:
            _log.warning("What is not to be kept any longer could not be removed: %s", error)
        time.sleep(_EVERY_S)
