"""What goes when a session has gone, such as its clip from a server that keeps none. Its analysis goes on.

Streamlit tells a page nothing of its tab's being closed, so somebody looks every few seconds whose session is still
there. A session that lost its connection may come back within a while, and finds everything.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import cache

from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from nerveapp.bootstrap import application
from nerveapp.errors import NerveAppError

_LOG = logging.getLogger(__name__)
_CHECK_EVERY_S = 2.0


class SessionEnds:
    """What is to be done when each session has ended.

    Parameters
    ----------
    is_active : callable
        Whether somebody is connected to a session, by its id.
    patience_s : float
        How long a session without a connection is waited for.
    now : callable
        Clock, in seconds.
    """

    def __init__(
        self, is_active: Callable[[str], bool], patience_s: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._is_active, self._patience_s, self._now = is_active, patience_s, now
        self._ends: dict[str, dict[str, Callable[[], None]]] = {}
        self._gone_since: dict[str, float] = {}
        self._lock = threading.Lock()

    def at_end(self, session: str, what: str, end: Callable[[], None]) -> None:
        """Have `end` called once the session is over, in place of what was to be done for the same `what`."""
        with self._lock:
            self._ends.setdefault(session, {})[what] = end

    def holders(self, what: str) -> int:
        """Count the sessions at whose end something is to be done for the same `what`, those being ended among them."""
        with self._lock:
            return sum(what in ends for ends in self._ends.values())

    def look(self) -> None:
        """End what belongs to sessions that nobody has been connected to for long enough.

        What cannot be done now, such as while the database is busy, is tried again at the next look.
        """
        for session in self._over():
            with self._lock:
                ends = dict(self._ends.get(session, {}))
            for what, end in ends.items():
                over = True
                try:
                    over = _is_done(what, end)
                finally:  # one that breaks down is not tried again, and stands in no other's way
                    if over:
                        self._forget(session, what, end)

    def _forget(self, session: str, what: str, end: Callable[[], None]) -> None:
        with self._lock:
            left = self._ends.get(session, {})
            if left.get(what) is end:
                del left[what]
            if not left:
                self._ends.pop(session, None)
                self._gone_since.pop(session, None)

    def _over(self) -> list[str]:
        with self._lock:
            sessions = list(self._ends)
        over = []
        for session in sessions:
            if self._is_active(session):
                self._gone_since.pop(session, None)
            elif self._now() - self._gone_since.setdefault(session, self._now()) >= self._patience_s:
                over.append(session)
        return over

    def keep_looking(self, every_s: float) -> None:
        """Look again and again, each time on a thread of its own: what breaks one down ends no other."""

        def looking() -> None:
            self.keep_looking(every_s)
            self.look()

        timer = threading.Timer(every_s, looking)
        timer.name, timer.daemon = "session-ends", True
        timer.start()


def _is_done(what: str, end: Callable[[], None]) -> bool:
    try:
        end()
    except NerveAppError:
        _LOG.warning("What a session left is not cleaned up yet: %s", what, exc_info=True)
        return False
    return True


@cache
def _of_this_server() -> SessionEnds:
    ends = SessionEnds(_connected, application().settings.session_patience_s)
    ends.keep_looking(_CHECK_EVERY_S)
    return ends


def _connected(session: str) -> bool:
    # Where no server runs, as in tests of pages, there is nobody to ask, and nobody is gone.
    return not Runtime.exists() or bool(Runtime.instance().is_active_session(session))


def when_the_session_ends(what: str, end: Callable[[], None]) -> None:
    """Have something done once this session is over; see `SessionEnds.at_end`. Without a session nothing is."""
    context = get_script_run_ctx()
    if context is not None:
        _of_this_server().at_end(context.session_id, what, end)


def is_also_anothers(what: str) -> bool:
    """Whether a second session has something to be done for the same `what`: the last one does it for all."""
    return _of_this_server().holders(what) > 1
