"""The last seconds of running pictures, to keep a clip of when something was seen."""

from __future__ import annotations

import threading
from collections import deque

from nerveapp.domain.live import LiveMeasurement

KEPT_S = 10.0
KEPT_BYTES = 1 << 29
"""Ten seconds of 640 x 480 px in colour at 25 a second are 230 MB; of larger pictures there are fewer seconds."""


class RecentFrames:
    """Outlined pictures of the last seconds; safe to call from several threads.

    Parameters
    ----------
    seconds : float
        Older ones go.
    most_bytes : int
        Of their pixels together; the oldest go first, and the newest one always stays.
    """

    def __init__(self, *, seconds: float = KEPT_S, most_bytes: int = KEPT_BYTES) -> None:
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._bytes = 0
        self._held: deque[LiveMeasurement] = deque()
        self._lock = threading.Lock()

    def add(self, outline: LiveMeasurement) -> None:
        """Hold another; pictures of another size than those before begin anew, since a clip has one size."""
        with self._lock:
            image = outline.live.frame.image
            if self._held and self._held[-1].live.frame.image.shape != image.shape:
                self._clear()
            self._held.append(outline)
            self._bytes += image.nbytes
            newest_s = outline.live.captured_s
            while len(self._held) > 1 and (
                self._bytes > self._most_bytes or newest_s - self._held[0].live.captured_s > self._seconds
            ):
                self._bytes -= self._held.popleft().live.frame.image.nbytes

    def all(self) -> tuple[LiveMeasurement, ...]:
        """Give what is held, the oldest first."""
        with self._lock:
            return tuple(self._held)

    def clear(self) -> None:
        """Hold nothing."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        self._held.clear()
        self._bytes = 0
