"""Who is live on this server: few at a time, since each takes a core."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.view import View
from nerveapp.errors import ClipError
from nerveapp.workflows.live.live_session import LiveSession

MOST_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class LiveExam:
    """A live examination of one browser's session.

    Parameters
    ----------
    session : LiveSession
    source : str
        What users call the source.
    model : str
        Name of the model.
    view : View
    calibration : Calibration or None
    """

    session: LiveSession
    source: str
    model: str
    view: View
    calibration: Calibration | None


class LiveSessions:
    """Those that run on this server."""

    def __init__(self) -> None:
        self._running: list[LiveSession] = []
        self._opening = 0
        self._lock = threading.Lock()

    def begin(self, opened: Callable[[], LiveSession]) -> LiveSession:
        """Open another one, which counts from now on until it is over.

        Parameters
        ----------
        opened : callable
            Opens its source and model, which takes seconds.

        Raises
        ------
        ClipError
            If there are enough already; and whatever `opened` raises.
        """
        with self._lock:
            self._running = [one for one in self._running if not one.over]
            if len(self._running) + self._opening >= MOST_AT_ONCE:
                raise ClipError(
                    f"{MOST_AT_ONCE} others are live on this server.", "Wait until one of them has stopped."
                )
            self._opening += 1
        try:
            session = opened()
            with self._lock:
                self._running.append(session)
        finally:
            with self._lock:
                self._opening -= 1
        return session


@cache
def live_sessions() -> LiveSessions:
    """Give those of this server."""
    return LiveSessions()
