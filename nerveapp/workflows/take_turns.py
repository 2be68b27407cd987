"""Many analyses at one network: whoever came first is served first, and a first frame before all others."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count

from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.ports import Segmenter


@dataclass(order=True, slots=True)
class _Turn:
    later: bool
    ticket: int
    images: Sequence[Image] = field(compare=False, default=())
    done: Future[list[PredictedMask]] | None = field(compare=False, default=None)


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
        for number in range(segmenter.workers):
            threading.Thread(target=self._serve, name=f"network-{number}", daemon=True).start()

    def segment(self, images: Sequence[Image], *, first: bool) -> list[PredictedMask]:
        """Outline frames when their turn comes.

        Parameters
        ----------
        images : sequence of ndarray
            One batch.
        first : bool
            Whether somebody waits for the first frame of an analysis: it goes before all that are not.
        """
        done: Future[list[PredictedMask]] = Future()
        self._turns.put(_Turn(not first, next(self._tickets), images, done))
        return done.result()

    def _serve(self) -> None:
        while True:
            turn = self._turns.get()
            if turn.done is None:
                return
            try:
                turn.done.set_result(self.segmenter.segment(turn.images))
            except BaseException as error:  # noqa: BLE001 - it is raised where the frames came from
                turn.done.set_exception(error)
            del turn  # frames are large

    def close(self) -> None:
        """Let the threads end, after what waits."""
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

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        """Outline frames when this analysis's turn comes."""
        with self._lock:
            first, self._began = not self._began, True
        return self._network.segment(images, first=first)
