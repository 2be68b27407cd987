"""A network trained by processes of a Ray cluster together, with Ray Train; imported only where a cluster is named."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import ray
import ray.exceptions
import ray.train
import ray.train.torch
import torch
from safetensors.torch import load, save

from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.labelled import LabelledImage
from nerveapp.errors import CancelledError, NerveAppError, TrainingError
from nerveapp.network.checkpoint import TrainResult
from nerveapp.network.team import DataParallel
from nerveapp.network.torchvision_operators import declare_missing_operators
from nerveapp.network.training import train

LOST_AT_MOST = 5
"""So often a lost worker is replaced and all go on from the last epoch; a sixth time it is no chance any more."""

_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class _Given:
    """What every worker gets; it travels through Ray's object store once."""

    network: torch.nn.Module
    real: Sequence[LabelledImage]
    synthetic: Sequence[LabelledImage]
    recipe: Recipe
    held_out: Sequence[LabelledImage]


_End = tuple[bytes, tuple[float, ...]]


class _Desk:
    """Where the workers report and the one who asked for the training listens; an actor of its own outlives both."""

    def __init__(self, checkpoint: bytes | None) -> None:
        self._checkpoint = checkpoint
        self._told: list[EpochReport] = []
        self._stopping = False
        self._end: _End | NerveAppError | None = None

    def checkpoint(self) -> bytes | None:
        """Give the last one."""
        return self._checkpoint

    def tell(self, report: EpochReport, checkpoint: bytes) -> bool:
        """Take an epoch and its checkpoint at once, whole or not at all; returns whether to stop."""
        self._told.append(report)
        self._checkpoint = checkpoint
        return self._stopping

    def end(self, how: _End | NerveAppError) -> None:
        """Take the weights and losses, or why there are none."""
        self._end = how

    def stop(self) -> None:
        """Ask the workers to stop after the epoch in hand."""
        self._stopping = True

    def take(self) -> tuple[list[EpochReport], bytes | None]:
        """Give what was told since the last time, and the newest checkpoint where there is a new one."""
        told, self._told = self._told, []
        return told, self._checkpoint if told else None

    def ended(self) -> _End | NerveAppError | None:
        """Give what `end` took."""
        return self._end


def learn_on_ray(
    network: torch.nn.Module,
    real: Sequence[LabelledImage],
    synthetic: Sequence[LabelledImage],
    recipe: Recipe,
    *,
    device: torch.device,
    on_epoch: Callable[[EpochReport], None],
    cancelled: Callable[[], bool],
    held_out: Sequence[LabelledImage],
    checkpoint: bytes | None,
    keep: Callable[[bytes], None] | None,
    workers: int = 1,
    storage: str | None = None,
) -> TrainResult:
    """Train on the cluster this process is connected to; the parameters are those of `train`, but for the last two.

    A worker that is lost is replaced, and all of them go on from the last finished epoch.

    Parameters
    ----------
    device : torch.device
        Of no account: each worker takes the one Ray gives it.
    workers : int
        Processes among which every batch is shared. One reaches the very weights that `train` reaches here; more
        come close, since batch norms then see parts of batches.
    storage : str, optional
        Folder for what Ray Train notes of its runs; every machine must reach it.

    Raises
    ------
    TrainingError
        As `train`, and if workers are lost again and again.
    CancelledError
        If `cancelled` said so.
    """
    del device
    desk: Any = ray.remote(_Desk).options(num_cpus=0).remote(checkpoint)
    given = ray.put(_Given(network, real, synthetic, recipe, held_out))
    on_gpus = ray.cluster_resources().get("GPU", 0) >= workers
    run = ray.train.torch.TorchTrainer(
        _work,
        train_loop_config={"given": [given], "desk": desk, "threads": torch.get_num_threads()},
        scaling_config=ray.train.ScalingConfig(num_workers=workers, use_gpu=on_gpus),
        run_config=ray.train.RunConfig(
            name=f"{recipe.name}-{os.getpid()}",
            storage_path=storage,
            failure_config=ray.train.FailureConfig(max_failures=LOST_AT_MOST),
        ),
    )

    def pass_on() -> None:
        reports, kept = ray.get(desk.take.remote())
        if kept is not None and keep is not None:
            keep(kept)
        for report in reports:
            on_epoch(report)
        if cancelled():
            ray.get(desk.stop.remote())

    with ThreadPoolExecutor(1) as pool:
        fitted = pool.submit(run.fit)
        while not wait([fitted], timeout=_POLL_S).done:
            try:
                pass_on()
            except BaseException:
                ray.get(desk.stop.remote())  # leaving waits for the workers; they end after the epoch in hand
                raise
    pass_on()
    end: _End | NerveAppError | None = ray.get(desk.ended.remote())
    if isinstance(end, NerveAppError):
        raise end
    try:
        fitted.result()
    except (ray.train.TrainingFailedError, ray.exceptions.RayError) as error:
        raise TrainingError(
            f"The cluster's workers failed more than {LOST_AT_MOST} times: {str(error).strip().splitlines()[-1][:200]}",
            "Look at the machines' memory and Ray's dashboard, then resume: it goes on after the last epoch.",
        ) from error
    if end is None:
        raise TrainingError("The cluster ended the training without weights.", "Resume it.")
    average = copy.deepcopy(network).eval()
    weights, losses = end
    average.load_state_dict(load(weights))
    return TrainResult(average, losses)


def _work(config: dict[str, Any]) -> None:
    """Do a worker's share; Ray Train has joined the processes before."""
    desk = config["desk"]
    if ray.get(desk.ended.remote()) is not None:
        return
    declare_missing_operators()  # before the network, which is made of what needs them, is unpacked
    given: _Given = ray.get(config["given"][0])
    torch.set_num_threads(config["threads"])
    team = DataParallel()
    checkpoint = ray.get(desk.checkpoint.remote())
    torch.distributed.barrier()  # none trains on, and so none changes the checkpoint, before all have it
    kept = b""
    stopping = False

    def keep(packed: bytes) -> None:
        nonlocal kept
        kept = packed

    def tell(report: EpochReport) -> None:
        nonlocal stopping
        stopping = ray.get(desk.tell.remote(report, kept))

    try:
        learnt = train(
            given.network,
            given.real,
            given.synthetic,
            given.recipe,
            device=ray.train.torch.get_device(),
            on_epoch=tell,
            cancelled=lambda: stopping,
            held_out=given.held_out,
            checkpoint=checkpoint,
            keep=keep,
            team=team,
        )
    except CancelledError as stopped:  # all stop alike: no failure that Ray should mend
        if team.first:
            ray.get(desk.end.remote(stopped))
        return
    except TrainingError as failed:
        ray.get(desk.end.remote(failed))
        raise  # what befalls one alone (a lack of memory) leaves the others waiting: Ray ends all, and none begins anew
    if team.first:
        ray.get(desk.end.remote((save(learnt.network.to("cpu").state_dict()), learnt.losses)))
