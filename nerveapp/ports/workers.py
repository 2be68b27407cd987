"""Who does independent pieces of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers(Protocol):
    """Does independent pieces of work, one after another here or many at a time elsewhere."""

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """Do a piece of work for each item.

        Parameters
        ----------
        work : callable
            Defined in a module, so that another process can find it; done again where its worker was lost, so it must
            leave nothing half done behind.
        items : sequence

        Yields
        ------
        (int, Result)
            The number of an item and its result, each once, in the order in which they are done.

        Raises
        ------
        ClusterError
            If a piece lost its worker again and again.
        """
        ...
