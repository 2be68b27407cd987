"""Work that a page asks for and does not wait for."""

import threading

import pytest

from nerveapp.errors import CancelledError, DataError
from nerveapp.workflows.execution.tasks import Progress, Task, Tasks


class Work:
    """Goes on, step by step, only when it is told to."""

    def __init__(self, steps: int = 2) -> None:
        self.steps = steps
        self.go_on = threading.Semaphore(0)
        self.told = threading.Semaphore(0)

    def __call__(self, on_progress: Progress) -> str:
        for step in range(1, self.steps + 1):
            assert self.go_on.acquire(timeout=10)
            on_progress(step, self.steps)
            self.told.release()
        return "found"

    def step(self) -> None:
        self.go_on.release()
        assert self.told.acquire(timeout=10)


def test_a_task_tells_how_far_it_is_and_then_what_it_found() -> None:
    work = Work()
    task = Task(work)
    assert (task.share, task.ended) == (0.0, False)
    work.step()
    assert (task.share, task.ended) == (0.5, False)
    work.step()
    assert task.result() == "found"
    assert (task.share, task.ended) == (1.0, True)


def test_a_task_that_is_stopped_ends_at_its_next_step() -> None:
    work, tasks = Work(), Tasks[str]()
    task = tasks.start("frames", work)
    work.step()
    task.stop()
    assert tasks.of("frames") is None, "nothing is shown of it any more"
    work.go_on.release()
    with pytest.raises(CancelledError):
        task.result()
    assert task.share == 0.5


def test_what_ends_a_task_is_told_to_who_asks_for_its_result_and_it_can_be_asked_for_again() -> None:
    def fails(_: Progress) -> str:
        raise DataError("There are none.", "Draw some.")

    tasks = Tasks[str]()
    with pytest.raises(DataError, match="There are none"):
        tasks.start("frames", fails).result()
    assert tasks.start("frames", lambda _: "found").result() == "found"


def test_stopped_after_it_has_ended_it_keeps_what_it_found() -> None:
    tasks = Tasks[str]()
    task = tasks.start("frames", lambda _: "found")
    task.result()
    task.stop()
    assert tasks.of("frames") is task
    tasks.drop("frames")
    assert tasks.of("frames") is None


def test_asked_for_again_while_a_stopped_one_still_works_it_begins_anew() -> None:
    work, tasks = Work(), Tasks[str]()
    old = tasks.start("frames", work)
    old.stop()
    new = tasks.start("frames", lambda _: "anew")
    work.go_on.release()
    with pytest.raises(CancelledError):
        old.result()
    assert new.result() == "anew"
    assert tasks.of("frames") is new


def test_asked_for_twice_it_is_done_once_and_something_else_is_done_beside_it() -> None:
    work, other, tasks = Work(), Work(), Tasks[str]()
    first = tasks.start("frames", work)
    assert tasks.start("frames", lambda _: "again") is first
    assert tasks.start("others", other) is not first
    for one in (other, work):
        one.step()
        one.step()
    assert first.result() == "found"
    found = tasks.of("frames")
    assert found is not None
    assert found.result() == "found"


def test_the_newest_are_remembered() -> None:
    tasks = Tasks[int](kept=2)
    for number in range(4):
        tasks.start(number, lambda _: 0).result()
    assert [tasks.of(number) is not None for number in range(4)] == [False, False, True, True]
