"""Independent pieces of work done by this very process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from nerveapp.ports import Item, Result


class HereWorkers:
    """Does one piece after another (the `Workers` port); each uses all cores by itself."""

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """Do all pieces in their order; see the port."""
        yield from enumerate(map(work, items))
