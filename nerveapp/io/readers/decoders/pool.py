"""The decoders' processes that are at hand: started, lent to one reader at a time, watched, ended."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nerveapp.environment import whole_number
from nerveapp.errors import ClipError, SettingsError
from nerveapp.io.readers.decoders.memory import sweep
from nerveapp.io.readers.decoders.messages import BrokenMessageError, Message, receive, send

MEMORY_VARIABLE = "NERVEAPP_DECODER_MEMORY_MB"
_DEFAULT_MEMORY_MB = 3072
_MOST_USES = 500
_WATCH_EVERY_S = 0.5
_SETTLE_AFTER_S = 12.0
"""A process that is lent is soon back, and one that is given back soon wanted again: to start one takes half a second
from whoever works meanwhile."""

_HINT = "The file is damaged, or asks for more than this machine allows. Export it again, or at a smaller size."


class DecoderEndedError(ClipError):
    """A decoder's process ended, or had to be ended, while it read a file."""


class Decoder:
    """One process.

    Parameters
    ----------
    memory_mb : int
        How much memory it may have.
    warm : bool
        Whether it imports all readers before it is asked for anything.
    module : str
        What it runs.
    """

    def __init__(self, memory_mb: int, *, warm: bool, module: str) -> None:
        package_home = Path(__file__).parents[4]
        environment = os.environ | {
            "PYTHONPATH": str(package_home),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", module, str(memory_mb << 20), *["warm"] * warm],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C in a terminal is the app's to handle
        )
        self._deadline: float | None = None
        self._late = False
        self.uses = 0
        self.peak_bytes = 0

    def ask(self, message: Message) -> None:
        """Send a message.

        Raises
        ------
        DecoderEndedError
            If the process has ended.
        """
        stream = self._process.stdin
        try:
            if stream is not None:
                send(stream, message)
        except (OSError, ValueError) as error:
            raise self._ended() from error

    def answer(self, within_s: float) -> Message:
        """Wait for a message.

        Raises
        ------
        DecoderEndedError
            If the process has ended, or says nothing in time: then it is ended.
        """
        stream = self._process.stdout
        self._deadline = time.monotonic() + within_s
        try:
            message = receive(stream) if stream is not None else {}
        except (BrokenMessageError, OSError, ValueError) as error:
            raise self._ended() from error
        finally:
            self._deadline = None
        return message

    def check_time(self, now: float) -> None:
        """End the process if an answer is overdue."""
        deadline = self._deadline
        if deadline is not None and now > deadline:
            self._late = True
            self._process.kill()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process and take its remains away."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was to be written to it goes with it
                    stream.close()

    def _ended(self) -> DecoderEndedError:
        if self._late:
            return DecoderEndedError("Reading the file took too long and was stopped.", _HINT)
        return DecoderEndedError("The decoder failed on this file.", _HINT)


class DecoderPool:
    """Processes at hand; safe to use from many threads.

    Parameters
    ----------
    spares : int
        How many are kept started before anybody asks.
    module : str
        What each of them runs.
    settle_after_s : float
        For so long fewer or more may be at hand before some are started or ended.
    """

    def __init__(
        self,
        spares: int = 0,
        *,
        module: str = "nerveapp.io.readers.decoders.worker",
        settle_after_s: float = _SETTLE_AFTER_S,
    ) -> None:
        self._spares, self._module, self._settle_after_s = spares, module, settle_after_s
        self._unsettled_since: float | None = None
        self._idle: list[Decoder] = []
        self._lent: set[Decoder] = set()
        # Re-entrant: the garbage collector may close a reader that nobody finished, which gives its process back, while
        # this very thread takes or gives another.
        self._lock = threading.RLock()
        self._watching = False

    def warm_up(self, spares: int = 1) -> None:
        """Keep so many processes started from now on: the first clip of a visitor waits for none."""
        with self._lock:
            if not self._spares:
                sweep()
            self._spares = spares
            self._fill()

    @contextmanager
    def lent(self, preferred: Decoder | None = None) -> Iterator[Decoder]:
        """Lend a process, if it is free the preferred one; one that fails is ended, and others are not touched.

        Raises
        ------
        DecoderEndedError
            Where the process ends within the `with`.
        """
        decoder = self._take(preferred)
        failed = False
        try:
            yield decoder
        except DecoderEndedError:
            failed = True
            raise
        finally:
            self._give_back(decoder, keep=not failed)

    @property
    def peak_bytes(self) -> int:
        """The most memory that any process at hand had when it last closed a clip; 0 before."""
        return max((decoder.peak_bytes for decoder in self._idle), default=0)

    def _take(self, preferred: Decoder | None) -> Decoder:
        with self._lock:
            for ended in [one for one in self._idle if not one.alive]:
                self._idle.remove(ended)
            if preferred in self._idle:
                decoder = preferred
                self._idle.remove(decoder)
            elif self._idle:
                decoder = self._idle.pop()
            else:
                decoder = self._started(warm=False)
            self._lent.add(decoder)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="decoders", daemon=True).start()
        decoder.uses += 1
        return decoder

    def _give_back(self, decoder: Decoder, *, keep: bool) -> None:
        with self._lock:
            self._lent.discard(decoder)
            keep = keep and decoder.alive and decoder.uses < _MOST_USES
            if keep:
                self._idle.append(decoder)
        if not keep:
            decoder.end()

    def _fill(self) -> None:
        while len(self._idle) < self._spares:
            self._idle.insert(0, self._started(warm=True))

    def _started(self, *, warm: bool) -> Decoder:
        memory_mb = whole_number(MEMORY_VARIABLE, _DEFAULT_MEMORY_MB)
        try:
            return Decoder(memory_mb, warm=warm, module=self._module)
        except (OSError, ValueError) as error:
            raise ClipError(
                "No decoder could be started.", f"Check memory and processes of this machine, and {MEMORY_VARIABLE}."
            ) from error

    def _watch(self) -> None:
        while True:
            time.sleep(_WATCH_EVERY_S)
            now = time.monotonic()
            with self._lock:
                lent = list(self._lent)
                surplus = self._settled(now)
            for decoder in surplus:
                decoder.end()
            for decoder in lent:
                decoder.check_time(now)

    def _settled(self, now: float) -> list[Decoder]:
        """Start those that have long been missing; gives those that nobody has wanted for long, to be ended."""
        surplus = self._idle[self._spares + 1 :]
        if len(self._idle) >= self._spares and not surplus:
            self._unsettled_since = None
        elif self._unsettled_since is None:
            self._unsettled_since = now
        elif now - self._unsettled_since >= self._settle_after_s:
            with suppress(ClipError, SettingsError):  # whoever needs one is told
                self._fill()
            del self._idle[self._spares + 1 :]
            return surplus
        return []

    def end(self) -> None:
        """End all processes."""
        with self._lock:
            decoders = [*self._idle, *self._lent]
            self._idle, self._lent, self._spares = [], set(), 0
        for decoder in decoders:
            decoder.end()


POOL = DecoderPool()
"""The processes of this app."""

atexit.register(POOL.end)
