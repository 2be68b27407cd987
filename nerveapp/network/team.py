"""Processes that train one network together, each on its share of every batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from nerveapp.network.loss import Figures

Batches = Iterator[tuple[torch.Tensor, torch.Tensor]]


class Team(Protocol):
    """One process's side of a training that several may share."""

    @property
    def first(self) -> bool:
        """Whether this process is the one that reports, validates and keeps checkpoints."""
        ...

    def joined(self, network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        """Give what maps views to logits and brings every process's gradients together."""
        ...

    def share(self, batches: Batches) -> Batches:
        """Give this process's part of each batch."""
        ...

    def mean(self, figures: Figures) -> Figures:
        """Average what each process found: all get the same numbers, and so decide alike."""
        ...

    def agree(self, said: bool) -> bool:
        """Give every process what the first one said."""
        ...


class Alone:
    """One process that does everything (the `Team` port)."""

    first = True

    def joined(self, network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        """Give the network itself."""
        del device
        return network

    def share(self, batches: Batches) -> Batches:
        """Give all of it."""
        return batches

    def mean(self, figures: Figures) -> Figures:
        """Give them as they are."""
        return figures

    def agree(self, said: bool) -> bool:
        """Give it as it is."""
        return said


class DataParallel:
    """Processes of torch's default group, whose gradients are averaged (the `Team` port).

    Every process draws the same views from the same chance, so that any of their checkpoints is that of all; batch
    norms and the Dice of the loss see a process's own part of the batch alone, which is why a team does not end in the
    very same weights as one process.
    """

    def __init__(self) -> None:
        self._rank = distributed.get_rank()
        self._size = distributed.get_world_size()

    @property
    def first(self) -> bool:
        """Whether this process has rank 0."""
        return self._rank == 0

    def joined(self, network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        """Wrap the network; alone in the group there is nothing to bring together."""
        if self._size == 1:
            return network
        return DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)

    def share(self, batches: Batches) -> Batches:
        """Give every n-th view; a batch too small for all is shown whole to each."""
        for views, targets in batches:
            if len(views) < self._size:
                yield views, targets
            else:
                yield views[self._rank :: self._size], targets[self._rank :: self._size]

    def mean(self, figures: Figures) -> Figures:
        """Average over the processes."""
        numbers = torch.tensor([figures.loss, figures.dice, figures.iou], dtype=torch.float64)
        numbers = self._on_wire(numbers)
        distributed.all_reduce(numbers)
        loss, dice, iou = (numbers / self._size).tolist()
        return Figures(loss, dice, iou)

    def agree(self, said: bool) -> bool:
        """Send what rank 0 said to all."""
        word = self._on_wire(torch.tensor([int(said)]))
        distributed.broadcast(word, src=0)
        return bool(word.item())

    def _on_wire(self, numbers: torch.Tensor) -> torch.Tensor:
        """Put numbers where the group's backend takes them from: NCCL carries what is on a GPU alone."""
        return numbers.cuda() if distributed.get_backend() == "nccl" else numbers
