"""An executor for work that is asked for now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class ThreadPerCall(Executor):
    """Starts a thread for each call.

    A pool refuses work as soon as the interpreter begins to end, which who asks for some learns too late.

    Parameters
    ----------
    name : str
        Of the threads.
    daemon : bool
        Whether a process may end while they work.
    """

    def __init__(self, name: str, *, daemon: bool = False) -> None:
        self._name = name
        self._daemon = daemon

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Start a call."""
        future: Future[_T] = Future()
        work = partial(complete, future, partial(fn, *args, **kwargs))
        threading.Thread(target=work, name=self._name, daemon=self._daemon).start()
        return future


def complete(future: Future[_T], call: Callable[[], _T]) -> None:
    """Call, and let who asks the future have the result, or what was raised."""
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - who asks for the result gets it
        future.set_exception(error)
