"""What trains models and packs them, who runs trainings, and where their jobs and folders are kept."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nerveapp.bootstrap.segmenters import load_segmenter
from nerveapp.bootstrap.settings import Settings
from nerveapp.bootstrap.stores import database
from nerveapp.bootstrap.versions import software_versions
from nerveapp.clock import now
from nerveapp.domain.computing import DeviceName
from nerveapp.domain.model import ModelCard
from nerveapp.ports import (
    Checkpoints,
    JobRunner,
    JobWork,
    ModelPackages,
    ModelStore,
    Segmenter,
    TrainedWeights,
    Trainer,
    TrainingFolders,
    Workers,
)
from nerveapp.workflows.training.custom_training import TrainingTools

if TYPE_CHECKING:
    from nerveapp.io.store.jobs import SqlJobStore


def training_tools(
    settings: Settings, *, device: DeviceName = DeviceName.AUTO, threads: int = 1, encoder_weights: Path | None = None
) -> TrainingTools:
    """Give what a custom training works with; raises as `trainer` does."""
    return TrainingTools(
        trainer(settings, device=device, threads=threads, encoder_weights=encoder_weights),
        _segmenter_of,
        now,
        software_versions(),
    )


def trainer(
    settings: Settings, *, device: DeviceName = DeviceName.AUTO, threads: int = 1, encoder_weights: Path | None = None
) -> Trainer:
    """Give the trainer of this machine, or of the cluster named.

    Raises
    ------
    ModelError
        If the device is not there.
    ClusterError
        If the cluster is not reached.
    """
    from nerveapp.network.torch_engine import best_device  # noqa: PLC0415
    from nerveapp.network.trainer import UNetTrainer  # noqa: PLC0415

    here = best_device(device)
    if not settings.cluster:
        return UNetTrainer(here, threads=threads, encoder_weights=encoder_weights)
    from nerveapp.io.ray_cluster import connect  # noqa: PLC0415

    connect(settings.cluster, settings.of_workers)
    from nerveapp.network.ray_training import train_on_ray  # noqa: PLC0415

    train_network = partial(train_on_ray, workers=settings.cluster_workers, storage=str(settings.jobs / "ray"))
    return UNetTrainer(here, threads=threads, encoder_weights=encoder_weights, train_network=train_network)


def checkpoints(folder: Path) -> Checkpoints:
    """Give the checkpoints that are kept in a folder."""
    from nerveapp.io.job_work import FolderCheckpoints  # noqa: PLC0415 - only trainings need it

    return FolderCheckpoints(folder)


def job_runner(settings: Settings) -> JobRunner:
    """Give what runs trainings outside of the page: processes of this machine, or jobs of the cluster named."""
    if settings.cluster:
        from nerveapp.io.ray_cluster import RayJobRunner  # noqa: PLC0415

        return RayJobRunner(settings.jobs, job_store(settings), settings.cluster, settings.of_workers)
    from nerveapp.io.jobs import LocalJobRunner  # noqa: PLC0415 - only the training page needs it

    return LocalJobRunner(settings.jobs, job_store(settings), settings=settings.of_workers)


def job_store(settings: Settings) -> SqlJobStore:
    """Give what knows how trainings stand; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.jobs import SqlJobStore  # noqa: PLC0415

    return SqlJobStore(database(settings.database))


def workers(settings: Settings, *, on_ray: bool) -> Workers:
    """Give who does independent pieces of work: this process, or Ray on the cluster named or on this machine's cores.

    Raises
    ------
    ClusterError
        If the cluster is not reached.
    """
    if on_ray:
        from nerveapp.io.ray_cluster import RayWorkers  # noqa: PLC0415

        return RayWorkers(settings.cluster, settings=settings.of_workers)
    from nerveapp.io.workers import HereWorkers  # noqa: PLC0415

    return HereWorkers()


def job_work(settings: Settings) -> JobWork:
    """Give what hands jobs to the processes that work on them; raises StoreError if the database cannot be opened."""
    from nerveapp.io.job_work import FolderJobWork  # noqa: PLC0415 - only a job's own process needs it

    return FolderJobWork(settings.jobs, job_store(settings))


def training_folders() -> TrainingFolders:
    """Give what writes training sets."""
    from nerveapp.io.training_folders import PictureFolders  # noqa: PLC0415 - only trainings need it

    return PictureFolders(software_versions())


def model_packages() -> ModelPackages:
    """Give what packs models and adds packed ones."""
    from nerveapp.io.model_zip import ZipModelPackages  # noqa: PLC0415

    def rebuild(card: ModelCard, safetensors: bytes) -> TrainedWeights:
        from nerveapp.network.trainer import rebuilt  # noqa: PLC0415 - importing torch takes seconds

        return rebuilt(card, safetensors)

    return ZipModelPackages(rebuild)


def _segmenter_of(name: str, store: ModelStore) -> Segmenter:
    return load_segmenter(name, store=store)
