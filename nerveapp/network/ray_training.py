"""A network trained by processes of a Ray cluster together, with Ray Train; imported only where a cluster is named."""

from __future__ import annotations

import copy
import os
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
from nerveapp.domain.experiments.training_set import TrainingSet
from nerveapp.errors import CancelledError, NerveAppError, TrainingError
from nerveapp.network.checkpoint import TrainResult
from nerveapp.network.distributed import DataParallel
from nerveapp.network.torchvision_operators import declare_missing_operators
from nerveapp.network.training import train
from nerveapp.ports import TrainingRun

LOST_AT_MOST = 5
"""So often a lost worker is replaced and all go on from the last epoch; a sixth time it is no coincidence."""

_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class _Given:
    """What every worker gets; it travels through Ray's object store once."""

    network: torch.nn.Module
    images: TrainingSet
    recipe: Recipe


_End = tuple[bytes, tuple[float, ...]]


class _Coordinator:
    """Where the workers report and the one who asked for the training polls; a Ray actor that outlives both."""

    def __init__(self, checkpoint: bytes | None) -> None:
        self._checkpoint = checkpoint
        self._reports: list[EpochReport] = []
        self._stopping = False
        self._end: _End | NerveAppError | None = None

    def checkpoint(self) -> bytes | None:
        """Give the last one."""
        return self._checkpoint

    def report(self, report: EpochReport, checkpoint: bytes) -> bool:
        """Take an epoch and its checkpoint at once, whole or not at all; returns whether to stop."""
        self._reports.append(report)
        self._checkpoint = checkpoint
        return self._stopping

    def end(self, how: _End | NerveAppError) -> None:
        """Take the weights and losses, or why there are none."""
        self._end = how

    def stop(self) -> None:
        """Ask the workers to stop after the epoch in hand."""
        self._stopping = True

    def take(self) -> tuple[list[EpochReport], bytes | None]:
        """Give the reports since the last time, and the newest checkpoint where there is a new one."""
        reports, self._reports = self._reports, []
        return reports, self._checkpoint if reports else None

    def ended(self) -> _End | NerveAppError | None:
        """Give what `end` took."""
        return self._end


def train_on_ray(
    network: torch.nn.Module,
    images: TrainingSet,
    run: TrainingRun,
    *,
    device: torch.device,
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
        If the run was cancelled.
    """
    del device
    coordinator: Any = ray.remote(_Coordinator).options(num_cpus=0).remote(run.checkpoint())
    given = ray.put(_Given(network, images, run.recipe))
    on_gpus = ray.cluster_resources().get("GPU", 0) >= workers
    ray_trainer = ray.train.torch.TorchTrainer(
        _work,
        train_loop_config={"given": [given], "coordinator": coordinator, "threads": torch.get_num_threads()},
        scaling_config=ray.train.ScalingConfig(num_workers=workers, use_gpu=on_gpus),
        run_config=ray.train.RunConfig(
            name=f"{run.recipe.name}-{os.getpid()}",
            storage_path=storage,
            failure_config=ray.train.FailureConfig(max_failures=LOST_AT_MOST),
        ),
    )

    def pass_on() -> None:
        reports, kept = ray.get(coordinator.take.remote())
        if kept is not None:
            run.keep_checkpoint(kept)
        for report in reports:
            run.on_epoch(report)
        if run.cancelled():
            ray.get(coordinator.stop.remote())

    with ThreadPoolExecutor(1) as pool:
        fitted = pool.submit(ray_trainer.fit)
        while not wait([fitted], timeout=_POLL_S).done:
            try:
                pass_on()
            except BaseException:
                ray.get(coordinator.stop.remote())  # leaving waits for the workers; they end after the epoch in hand
                raise
    pass_on()
    end: _End | NerveAppError | None = ray.get(coordinator.ended.remote())
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
    coordinator = config["coordinator"]
    if ray.get(coordinator.ended.remote()) is not None:
        return
    declare_missing_operators()  # before the network, which is made of what needs them, is unpacked
    given: _Given = ray.get(config["given"][0])
    torch.set_num_threads(config["threads"])
    context = DataParallel()
    kept = _Kept(ray.get(coordinator.checkpoint.remote()))
    torch.distributed.barrier()  # none trains on, and so none changes the checkpoint, before all have it
    stopping = False

    def report(one: EpochReport) -> None:
        nonlocal stopping
        stopping = ray.get(coordinator.report.remote(one, kept.checkpoint))

    try:
        trained = train(
            given.network,
            given.images,
            TrainingRun(given.recipe, on_epoch=report, cancelled=lambda: stopping, checkpoints=kept),
            device=ray.train.torch.get_device(),
            context=context,
        )
    except CancelledError as stopped:  # all stop alike: no failure that Ray should retry
        if context.first:
            ray.get(coordinator.end.remote(stopped))
        return
    except TrainingError as failed:
        ray.get(coordinator.end.remote(failed))
        raise  # what befalls one alone (a lack of memory) leaves the others waiting: Ray ends all, and none begins anew
    if context.first:
        ray.get(coordinator.end.remote((save(trained.network.to("cpu").state_dict()), trained.losses)))


class _Kept:
    """The last checkpoint of the one network a worker trains (the `Checkpoints` port); it leaves with the report."""

    def __init__(self, checkpoint: bytes | None) -> None:
        self.checkpoint = checkpoint

    def load(self, network: str) -> bytes | None:
        """Give it; see the port."""
        del network
        return self.checkpoint

    def save(self, network: str, checkpoint: bytes) -> None:
        """Replace it; see the port."""
        del network
        self.checkpoint = checkpoint
