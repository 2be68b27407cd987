"""Stand-in for the port of this name."""

from collections.abc import Callable, Iterator, Sequence

from nerveapp.ports import Item, Result


class FakeWorkers:
    """Does the last piece first, as workers may."""

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        for number in reversed(range(len(items))):
            yield number, work(items[number])
