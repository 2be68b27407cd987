"""Many analyses at one network: whoever came first is served first, and a first frame before all others."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TypeVar

from nerveapp.analysis.tracking import Track
from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import Pointed
from nerveapp.errors import CancelledError
from nerveapp.ports import Segmenter, Tracker
from nerveapp.workflows.execution.thread_per_call import complete

Answer = TypeVar("Answer")


@dataclass(order=True, slots=True)
class _Turn:
    later: bool
    ticket: int
    work: Callable[[], None] | None = field(compare=False, default=None)


class SharedNetwork:
    """A segmenter that many analyses use at a time, on threads of its own: as many as suit it.

    Parameters
    ----------
    segmenter : Segmenter
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self.segmenter = segmenter
        self._turns: queue.PriorityQueue[_Turn] = queue.PriorityQueue()
        self._tickets = count()
        self._closed = False
        self._lock = threading.Lock()
        for number in range(segmenter.workers):
            threading.Thread(target=self._serve, name=f"network-{number}", daemon=True).start()

    def run(self, call: Callable[[], Answer], *, first: bool) -> Answer:
        """Have the network work on something when its turn comes.

        Parameters
        ----------
        call : callable
            Asks the network about one batch, or one frame.
        first : bool
            Whether somebody waits for the first frame of an analysis: it goes before all that are not.

        Raises
        ------
        CancelledError
            If it is closed, as when the worker ends: nobody would ever take the turn.
        """
        done: Future[Answer] = Future()
        with self._lock:
            if self._closed:
                raise CancelledError("The analysis was stopped.", "Press Analyse again to start it anew.")
            self._turns.put(_Turn(not first, next(self._tickets), partial(complete, done, call)))
        return done.result()

    def _serve(self) -> None:
        while True:
            turn = self._turns.get()
            if turn.work is None:
                return
            turn.work()
            del turn  # frames are large

    def close(self) -> None:
        """Let the threads end, after what waits."""
        with self._lock:
            self._closed = True
            for _ in range(self.segmenter.workers):
                self._turns.put(_Turn(True, next(self._tickets)))


class TurnTaker:
    """One analysis's access to a shared network (the `Segmenter` port).

    Parameters
    ----------
    network : SharedNetwork
    """

    def __init__(self, network: SharedNetwork) -> None:
        self._network = network
        self._lock = threading.Lock()
        self._began = False

    @property
    def card(self) -> ModelCard:
        """The model behind it."""
        return self._network.segmenter.card

    @property
    def engine(self) -> str:
        """What computes."""
        return self._network.segmenter.engine

    @property
    def batch_size(self) -> int:
        """Frames per call that suit the device."""
        return self._network.segmenter.batch_size

    @property
    def workers(self) -> int:
        """Calls at a time that suit the device."""
        return self._network.segmenter.workers

    @property
    def tracker(self) -> Tracker | None:
        """What follows when this analysis's turn comes; None where the model has none."""
        tracker = self._network.segmenter.tracker
        return None if tracker is None else _TrackerInTurns(tracker, self._network)

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        """Outline frames when this analysis's turn comes."""
        with self._lock:
            first, self._began = not self._began, True
        return self._network.run(lambda: self._network.segmenter.segment(images), first=first)


@dataclass(frozen=True, slots=True)
class _TrackerInTurns:
    """One analysis's access to what follows with a shared network (the `Tracker` port)."""

    tracker: Tracker
    network: SharedNetwork

    def point(self, image: Image, x: float, y: float, *, extent: tuple[float, float] | None = None) -> Pointed | None:
        return self.network.run(lambda: self.tracker.point(image, x, y, extent=extent), first=True)

    def preview(self, image: Image, x: float, y: float) -> PredictedMask | None:
        return self.network.run(lambda: self.tracker.preview(image, x, y), first=True)

    def begin(self, image: Image, mask: Mask) -> Track | None:
        return self.network.run(lambda: self.tracker.begin(image, mask), first=False)

    def follow(self, track: Track, image: Image) -> Track | None:
        return self.network.run(lambda: self.tracker.follow(track, image), first=False)
