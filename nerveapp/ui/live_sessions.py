"""Who is live on this server: few at a time, since each takes a core."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.view import View
from nerveapp.errors import ClipError
from nerveapp.workflows.live_session import LiveSession

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
        self._lock = threading.Lock()

    def check_room(self) -> None:
        """Refuse another one where there are enough; raises ClipError."""
        with self._lock:
            self._running = [one for one in self._running if not one.over]
            if len(self._running) >= MOST_AT_ONCE:
                raise ClipError(
                    f"{MOST_AT_ONCE} others are live on this server.", "Wait until one of them has stopped."
                )

    def add(self, session: LiveSession) -> None:
        """Count another one until it is over."""
        with self._lock:
            self._running.append(session)


@cache
def live_sessions() -> LiveSessions:
    """Give those of this server."""
    return LiveSessions()
