"""A thread that reads pictures as they come, and holds the newest one until somebody takes it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeAlias

from nerveapp.domain.clip import Frame, Image
from nerveapp.domain.live import LiveFrame
from nerveapp.errors import ClipError, NerveAppError

CapturedImage: TypeAlias = tuple[float, Image]
"""When a picture came, by `time.monotonic`, and its pixels."""

_OPEN_S = 20.0
_CLOSE_S = 5.0


class NewestFrame:
    """Gives the newest of the pictures that a thread reads (the `LiveSource` port).

    Parameters
    ----------
    read : callable
        Yields pictures as they come, on the thread; it is given what says whether to stop, and closes what it opened.

    Raises
    ------
    ClipError
        If the first picture does not come.
    """

    def __init__(self, read: Callable[[Callable[[], bool]], Iterator[CapturedImage]]) -> None:
        self._changed = threading.Condition()
        self._newest: LiveFrame | None = None
        self._came = self._dropped = 0
        self._ended = self._closed = False
        self._failure: NerveAppError | None = None
        self._thread = threading.Thread(target=self._reading, args=(read,), name="live-source", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._came or self._ended, _OPEN_S)
            failure = self._failure
            if failure is None and not self._came:
                failure = ClipError(
                    "The source gives no pictures.", "Check that the machine is on and sends a picture."
                )
        if failure is not None:
            self.close()
            raise failure

    @property
    def dropped(self) -> int:
        """Pictures that nobody asked for in time."""
        return self._dropped

    @property
    def ended(self) -> bool:
        """Whether no more pictures will come."""
        return self._ended

    def newest(self, *, wait_s: float) -> LiveFrame | None:
        """Give the newest picture; see the port."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._ended, wait_s)
            newest, self._newest = self._newest, None
            if newest is None and self._failure is not None:
                raise self._failure
            return newest

    def close(self) -> None:
        """Let the source go; see the port."""
        self._closed = True
        self._thread.join(_CLOSE_S)

    def _reading(self, read: Callable[[Callable[[], bool]], Iterator[CapturedImage]]) -> None:
        first_s: float | None = None
        images = read(lambda: self._closed)
        try:
            for captured_s, image in images:
                first_s = captured_s if first_s is None else first_s
                with self._changed:
                    self._dropped += self._newest is not None
                    self._newest = LiveFrame(Frame(self._came, captured_s - first_s, image), captured_s)
                    self._came += 1
                    self._changed.notify_all()
                if self._closed:
                    return
        except NerveAppError as error:
            self._failure = error
        except Exception:
            self._failure = ClipError("The source cannot be read any more.", "Start again; the log says why.")
            raise
        finally:
            with suppress(NerveAppError):
                images.close()  # type: ignore[attr-defined]  # it is a generator
            with self._changed:
                self._ended = True
                self._changed.notify_all()


def waited_until(due_s: float, stopped: Callable[[], bool]) -> float:
    """Wait until a picture is due, or until it is to stop, and say when it came.

    Parameters
    ----------
    due_s : float
        By `time.monotonic`.
    stopped : callable

    Returns
    -------
    float
        When it was due, since waking up late is part of the latency; the present where it was late already.
    """
    now_s = time.monotonic()
    if now_s >= due_s:
        return now_s
    while (left_s := due_s - time.monotonic()) > 0 and not stopped():
        time.sleep(min(left_s, 0.1))
    return due_s
