import threading
import time
from concurrent.futures import ThreadPoolExecutor

from nerveapp.workflows.execution.working_places import WorkingPlaces


def never() -> bool:
    return False


def test_no_more_work_than_there_are_places_and_the_first_are_done_first() -> None:
    places = WorkingPlaces(2)
    began: list[int] = []
    ended: list[int] = []
    at_work: set[int] = set()
    most = 0
    lock = threading.Lock()
    joined = threading.Event()

    def work(number: int) -> None:
        nonlocal most
        for _ in range(20):
            places.hold(number, never)
            joined.wait(10)
            with lock:
                if number not in began:
                    began.append(number)
                at_work.add(number)
                most = max(most, len(at_work))
            time.sleep(0.002)
        with lock:
            at_work.discard(number)
            ended.append(number)
        places.leave(number)

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(work, number) for number in range(6)]
        joined.set()  # all have begun to wait or to work
        for one in done:
            one.result(20)
    assert most == 2
    assert sorted(ended) == list(range(6))
    assert set(began[:2]) & set(ended[:2]), "those first in line are done first"
    assert began[-1] not in ended[:2]


def test_one_that_has_worked_for_long_lets_another_go_on_and_comes_back() -> None:
    time_s = 0.0
    places = WorkingPlaces(1, slice_s=5.0, clock=lambda: time_s)
    places.hold("long", never)
    time_s = 4.0
    waiting = ThreadPoolExecutor(2)
    short = waiting.submit(places.hold, "short", never)
    while "short" not in places._line:
        pass
    places.hold("long", never)
    assert not short.done(), "its slice is not over"
    time_s = 5.5
    long = waiting.submit(places.hold, "long", never)
    short.result(10)
    assert not long.done()
    places.leave("short")
    long.result(10)


def test_one_that_is_alone_goes_on_however_long_it_works() -> None:
    time_s = 0.0
    places = WorkingPlaces(1, slice_s=5.0, clock=lambda: time_s)
    places.hold("long", never)
    time_s = 100.0
    places.hold("long", never)


def test_one_that_is_stopped_waits_no_longer() -> None:
    places = WorkingPlaces(1)
    places.hold("first", never)
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(places.hold, "second", stop.is_set)
        stop.set()
        waiting.result(10)
    places.leave("second")
    places.leave("second")
