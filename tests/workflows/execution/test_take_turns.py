import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.domain.view import View
from nerveapp.errors import CancelledError, ModelError
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.execution.take_turns import SharedNetwork, TurnTaker
from tests.fakes import FakeClip, FakeSegmenter

JOBS, FRAMES = 8, 30


class Watched(FakeSegmenter):
    """Knows how many ask it at a time."""

    now = most = 0
    lock = threading.Lock()

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            time.sleep(0.002)
            return super().segment(images)
        finally:
            with self.lock:
                self.now -= 1


def test_all_analyses_get_on_alike_and_never_ask_for_more_than_suits_the_network() -> None:
    segmenter = Watched(workers=2)
    network = SharedNetwork(segmenter)
    order: list[int] = []

    def one(number: int) -> int:
        return len(
            analyse(
                FakeClip(FRAMES),
                TurnTaker(network),
                view=View(),
                calibration=None,
                on_frame=lambda _: order.append(number),
            ).frames
        )

    with ThreadPoolExecutor(JOBS) as pool:
        assert list(pool.map(one, range(JOBS))) == [FRAMES] * JOBS
    network.close()
    assert segmenter.most == 2
    ends = [len(order) - 1 - order[::-1].index(number) for number in range(JOBS)]
    assert min(ends) > 0.7 * len(order), "none is done while others have hardly begun"


def test_the_first_frame_of_one_that_begins_goes_before_all_that_wait() -> None:
    began, go_on = threading.Event(), threading.Event()
    served: list[int] = []

    class Gated(FakeSegmenter):
        def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
            began.set()
            go_on.wait(30)
            served.append(int(images[0].flat[0]))
            return super().segment(images)

    network = SharedNetwork(Gated(workers=1))
    old, new = TurnTaker(network), TurnTaker(network)
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(old.segment, [frame(0)])]
        assert began.wait(30)
        for level in (1, 2, 3):
            waiting.append(pool.submit(old.segment, [frame(level)]))
            time.sleep(0.02)
        waiting.append(pool.submit(new.segment, [frame(9)]))
        time.sleep(0.05)
        go_on.set()
        for one in waiting:
            one.result(30)
    network.close()
    assert served == [0, 9, 1, 2, 3]


def test_a_failure_is_raised_where_the_frame_came_from() -> None:
    network = SharedNetwork(FakeSegmenter(fails_at=3))
    with pytest.raises(ModelError, match="broken"):
        TurnTaker(network).segment([frame(3)])
    assert len(TurnTaker(network).segment([frame(2)])) == 1
    network.close()


def test_nobody_waits_for_a_network_that_is_closed() -> None:
    network = SharedNetwork(FakeSegmenter())
    network.close()
    with pytest.raises(CancelledError):
        TurnTaker(network).segment([frame(1)])


def frame(level: int) -> Image:
    return np.full((40, 60), level, np.uint8)
