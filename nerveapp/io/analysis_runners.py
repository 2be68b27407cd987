"""Who sees to it that somebody works on queued analyses: a process of this machine, or a thread of this one."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.errors import AnalysisError, StoreError
from nerveapp.io.analysis_worker import AnalysisWorker
from nerveapp.io.early_results import EarlyResults
from nerveapp.ports import AnalysisStore

_CODE = Path(__file__).parents[2]
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 30.0
_LIVED_LONG_S = 60.0
_MOST_OUTPUT_BYTES = 1 << 20


def worker_command(name: str) -> list[str]:
    """Give the command that works on analyses under a name."""
    return [sys.executable, "-m", "nerveapp", "work-analyses", name]


class LocalAnalysisRunner:
    """Keeps one worker's process going as long as the app lives (the `AnalysisRunner` port).

    The worker outlives the app until the queue is empty; one that ends by itself is replaced, and what it was at is
    begun again.

    Parameters
    ----------
    store : AnalysisStore
    early : EarlyResults
        Where the worker puts what it has so far.
    logs : Path
        Folder of what the worker writes.
    command : callable
        Gives the worker's command of its name.
    settings : mapping of str to str
        What its environment holds besides this process's.
    """

    def __init__(
        self,
        store: AnalysisStore,
        early: EarlyResults,
        logs: Path,
        command: Callable[[str], list[str]] = worker_command,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._early = early
        self._logs = logs
        self._command = command
        self._settings = settings
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._watched = False
        self._closed = False
        self._name = ""

    def wake(self) -> None:
        """Start the worker where none lives, and have it look at the queue; see the port.

        Raises
        ------
        AnalysisError
            If no process can be started.
        """
        with self._lock:
            if not self._watched:
                self._begin()
                self._watched = True
                threading.Thread(target=self._watch, name="analysis-worker", daemon=True).start()
            process = self._process
            if process is not None and process.stdin is not None:
                with suppress(OSError):  # it has just ended, and is about to be replaced
                    process.stdin.write(b"\n")
                    process.stdin.flush()

    def early_picture(self, analysis_id: str) -> bytes | None:
        """Give the frame outlined last; see the port."""
        return self._early.picture(analysis_id)

    def early_outlines(self, analysis_id: str) -> tuple[EarlyOutline, ...]:
        """Give the outlines so far; see the port."""
        return self._early.outlines(analysis_id)

    def close(self) -> None:
        """Leave the worker to itself: it ends when nothing waits any more, and is not replaced."""
        with self._lock:
            self._closed = True
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The worker's."""
        return self._process

    def _begin(self) -> None:
        name = uuid.uuid4().hex
        path = os.pathsep.join(filter(None, (str(_CODE), os.environ.get("PYTHONPATH"))))
        try:
            with self._output() as output:
                self._process = subprocess.Popen(  # noqa: S603 - our own command
                    self._command(name),
                    stdin=subprocess.PIPE,  # its other end goes with the app, however that ends
                    stdout=output,
                    stderr=output,
                    env={**os.environ, **self._settings, "PYTHONPATH": path},
                    start_new_session=True,
                )
        except OSError as error:
            raise AnalysisError(
                f"The process that analyses could not be started: {error.strerror or error}.",
                "Check the server's memory, processes and data folder, then try again.",
            ) from error
        self._name = name

    def _output(self) -> BinaryIO:
        """Open the file for what libraries print; the worker's own log is beside it."""
        self._logs.mkdir(parents=True, exist_ok=True)
        path = self._logs / "analyses-output.txt"
        small = path.exists() and path.stat().st_size < _MOST_OUTPUT_BYTES
        return path.open("ab" if small else "wb")

    def _watch(self) -> None:
        """Replace a worker that ended, at once, and ever more slowly where each ends soon."""
        pause = _SHORTEST_PAUSE_S
        while self._process is not None and not self._closed:
            began = time.monotonic()
            self._process.wait()
            with suppress(StoreError):  # what fell silent is begun again a little later anyway
                self._store.release(self._name)
            pause = _SHORTEST_PAUSE_S if time.monotonic() - began > _LIVED_LONG_S else min(_LONGEST_PAUSE_S, 2 * pause)
            time.sleep(pause)
            with self._lock, suppress(AnalysisError):
                if not self._closed:
                    self._begin()


class InProcessAnalysisRunner:
    """Works on a thread of this process (the `AnalysisRunner` port), where no process may be started: in tests.

    Parameters
    ----------
    worker : AnalysisWorker
    early : EarlyResults
    """

    def __init__(self, worker: AnalysisWorker, early: EarlyResults) -> None:
        self._worker = worker
        self._early = early
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Start the thread where there is none, and have it look at the queue; see the port."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._worker.work, name="analyses", daemon=True)
                self._thread.start()
                # A network cut off in mid-computation would abort the process.
                atexit.register(self._worker.close, 3)
        self._worker.wake()

    def early_picture(self, analysis_id: str) -> bytes | None:
        """Give the frame outlined last; see the port."""
        return self._early.picture(analysis_id)

    def early_outlines(self, analysis_id: str) -> tuple[EarlyOutline, ...]:
        """Give the outlines so far; see the port."""
        return self._early.outlines(analysis_id)
