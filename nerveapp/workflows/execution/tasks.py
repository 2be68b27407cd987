"""Work of minutes that a page asks for and does not wait for: it goes on when the page is left, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from nerveapp.errors import CancelledError
from nerveapp.workflows.execution.thread_per_call import ThreadPerCall

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Told of how many steps are done, and of how many there are."""


class Task(Generic[T]):
    """Work in a thread of its own, which ends with the server.

    Parameters
    ----------
    work : callable
        Tells its progress to what it is given, which raises CancelledError once the task was stopped.
    """

    def __init__(self, work: Callable[[Progress], T]) -> None:
        self._stopped = threading.Event()
        self._share = 0.0
        self._future = ThreadPerCall("task", daemon=True).submit(work, self._progress)

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return self._share

    @property
    def ended(self) -> bool:
        """Whether there is a result, or a reason why there is none."""
        return self._future.done()

    @property
    def failed(self) -> bool:
        """Whether it has ended without a result."""
        return self.ended and self._future.exception() is not None

    @property
    def stopped(self) -> bool:
        """Whether it was stopped before it ended."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End it at its next step, without a result; one that has ended keeps what it has."""
        if not self.ended:
            self._stopped.set()

    def result(self) -> T:
        """Wait for the end and give the result; raises what the work raised, CancelledError if it was stopped."""
        return self._future.result()

    def _progress(self, done: int, whole: int) -> None:
        if self._stopped.is_set():
            raise CancelledError("It was stopped.", "Ask for it again.")
        self._share = done / whole


class Tasks(Generic[T]):
    """The tasks of one kind in this process, by what they are about: asked for twice, one is done once.

    Parameters
    ----------
    kept : int
        So many of the newest are remembered.
    """

    def __init__(self, kept: int = 20) -> None:
        self._kept = kept
        self._tasks: dict[Hashable, Task[T]] = {}
        self._lock = threading.Lock()

    def of(self, about: Hashable) -> Task[T] | None:
        """Give the task about something, under way or ended; None if there is none, or it was stopped."""
        task = self._tasks.get(about)
        return None if task is None or task.stopped else task

    def drop(self, about: Hashable) -> None:
        """Forget the task about something, which was told of."""
        with self._lock:
            self._tasks.pop(about, None)

    def start(self, about: Hashable, work: Callable[[Progress], T]) -> Task[T]:
        """Begin; where it is under way already, that goes on."""
        with self._lock:
            under_way = self.of(about)
            if under_way is not None and not under_way.ended:
                return under_way
            self._tasks.pop(about, None)
            self._tasks[about] = task = Task(work)
            for old in list(self._tasks)[: -self._kept]:
                self._tasks.pop(old).stop()
            return task
