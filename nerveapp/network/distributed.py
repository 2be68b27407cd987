"""The distributed context of a training: one process, or several that share every batch of one network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import distributed as torch_distributed
from torch.nn.parallel import DistributedDataParallel

from nerveapp.network.loss import TrainingMetrics

Batches = Iterator[tuple[torch.Tensor, torch.Tensor]]


class DistributedContext(Protocol):
    """One process's side of a training that several may share."""

    @property
    def first(self) -> bool:
        """Whether this process is the one that reports, validates and keeps checkpoints."""
        ...

    def wrap(self, network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        """Give what maps views to logits and brings every process's gradients together."""
        ...

    def share(self, batches: Batches) -> Batches:
        """Give this process's part of each batch."""
        ...

    def mean(self, metrics: TrainingMetrics) -> TrainingMetrics:
        """Average the metrics of all processes: all get the same numbers, and so decide alike."""
        ...

    def broadcast(self, decision: bool) -> bool:
        """Give every process the decision of the first one."""
        ...


class SingleProcess:
    """One process that does all of the work (the `DistributedContext` protocol)."""

    first = True

    def wrap(self, network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        """Give the network itself."""
        del device
        return network

    def share(self, batches: Batches) -> Batches:
        """Give all of it."""
        return batches

    def mean(self, metrics: TrainingMetrics) -> TrainingMetrics:
        """Give them as they are."""
        return metrics

    def broadcast(self, decision: bool) -> bool:
        """Give it as it is."""
        return decision


class DataParallel:
    """Processes of torch's default group, whose gradients are averaged (the `DistributedContext` protocol).

    Every process draws the same views from the same rng state, so that any of their checkpoints is that of all; batch
    norms and the Dice of the loss see a process's own part of the batch alone, which is why several processes do not
    end in the very same weights as one.
    """

    def __init__(self) -> None:
        self._rank = torch_distributed.get_rank()
        self._size = torch_distributed.get_world_size()

    @property
    def first(self) -> bool:
        """Whether this process has rank 0."""
        return self._rank == 0

    def wrap(self, network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
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

    def mean(self, metrics: TrainingMetrics) -> TrainingMetrics:
        """Average over the processes."""
        numbers = torch.tensor([metrics.loss, metrics.dice, metrics.iou], dtype=torch.float64)
        numbers = self._on_wire(numbers)
        torch_distributed.all_reduce(numbers)
        loss, dice, iou = (numbers / self._size).tolist()
        return TrainingMetrics(loss, dice, iou)

    def broadcast(self, decision: bool) -> bool:
        """Send the decision of rank 0 to all."""
        flag = self._on_wire(torch.tensor([int(decision)]))
        torch_distributed.broadcast(flag, src=0)
        return bool(flag.item())

    def _on_wire(self, numbers: torch.Tensor) -> torch.Tensor:
        """Put numbers where the group's backend takes them from: NCCL carries what is on a GPU alone."""
        return numbers.cuda() if torch_distributed.get_backend() == "nccl" else numbers
