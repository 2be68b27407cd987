"""Which adapter keeps what, and which one trains."""

from __future__ import annotations

import atexit
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from nerveapp.bootstrap.settings import REPOSITORY, Settings
from nerveapp.domain.computing import DeviceName
from nerveapp.domain.model import ModelCard
from nerveapp.ports import (
    AnnotationStore,
    JobRunner,
    Library,
    ModelPackages,
    ModelRegistry,
    ObjectStore,
    ScratchFolder,
    TrainedWeights,
    Trainer,
    Workers,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from nerveapp.io.store.jobs import SqlJobStore


def annotation_store(settings: Settings) -> AnnotationStore:
    """Give the store of annotations of this installation; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.annotations import SqlAnnotationStore  # noqa: PLC0415 - only correcting needs a database

    return SqlAnnotationStore(database(settings.database))


def library(settings: Settings) -> Library:
    """Give the library of this installation; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.library import SqlLibrary  # noqa: PLC0415 - only where something is kept

    return SqlLibrary(database(settings.database))


def object_store(settings: Settings) -> ObjectStore:
    """Give the store of files: clips, previews, masks; raises StoreError where its URL names none."""
    if "://" not in settings.data:
        from nerveapp.io.folder_objects import FolderObjects  # noqa: PLC0415

        return FolderObjects(Path(settings.data))
    from nerveapp.io.fsspec_objects import FsspecObjects  # noqa: PLC0415 - only where a URL is set
    from nerveapp.io.read_cache import ReadCache  # noqa: PLC0415

    cache = ReadCache(REPOSITORY / "data" / "temp" / "objects", settings.cache_limit_mb << 20)
    return FsspecObjects(settings.data, cache)


def job_runner(settings: Settings) -> JobRunner:
    """Give what runs trainings outside of the page: processes of this machine, or jobs of the cluster named."""
    if settings.cluster:
        from nerveapp.io.ray_cluster import RayJobRunner  # noqa: PLC0415

        return RayJobRunner(settings.jobs, job_store(settings), settings.cluster)
    from nerveapp.io.jobs import LocalJobRunner  # noqa: PLC0415 - only the training page needs it

    return LocalJobRunner(settings.jobs, job_store(settings))


def workers(settings: Settings, *, on_ray: bool) -> Workers:
    """Give who does independent pieces of work: this process, or Ray on the cluster named or on this machine's cores.

    Raises
    ------
    ClusterError
        If the cluster is not reached.
    """
    if on_ray:
        from nerveapp.io.ray_cluster import RayWorkers  # noqa: PLC0415

        return RayWorkers(settings.cluster)
    from nerveapp.io.workers import HereWorkers  # noqa: PLC0415

    return HereWorkers()


def model_registry(settings: Settings) -> ModelRegistry:
    """Give what is locked and in use here; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.registry import SqlModelRegistry  # noqa: PLC0415

    return SqlModelRegistry(database(settings.database))


def model_registry_if_there(settings: Settings) -> ModelRegistry | None:
    """Give the registry where there is a store, and make none; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.connection import is_there  # noqa: PLC0415 - only where a model is chosen

    return model_registry(settings) if is_there(settings.database) else None


def model_packages() -> ModelPackages:
    """Give what packs models and adds packed ones."""
    from nerveapp.io.model_zip import ZipModelPackages  # noqa: PLC0415

    def rebuild(card: ModelCard, safetensors: bytes) -> TrainedWeights:
        from nerveapp.network.trainer import rebuilt  # noqa: PLC0415 - importing torch takes seconds

        return rebuilt(card, safetensors)

    return ZipModelPackages(rebuild)


def job_store(settings: Settings) -> SqlJobStore:
    """Give what knows how trainings stand; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.jobs import SqlJobStore  # noqa: PLC0415

    return SqlJobStore(database(settings.database))


@lru_cache(maxsize=2)
def database(url: str) -> Engine:
    """Open a database, once per process; raises StoreError if it cannot be opened."""
    from nerveapp.io.store.connection import open_database  # noqa: PLC0415

    return open_database(url)


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

    connect(settings.cluster)
    from nerveapp.network.ray_training import train_on_ray  # noqa: PLC0415

    train_network = partial(train_on_ray, workers=settings.cluster_workers, storage=str(settings.jobs / "ray"))
    return UNetTrainer(here, threads=threads, encoder_weights=encoder_weights, train_network=train_network)


@lru_cache(maxsize=1)
def scratch_folder() -> ScratchFolder:
    """Give the folder of this process; making it removes what dead servers left."""
    from nerveapp.io.server_folder import ServerFolder  # noqa: PLC0415 - only servers need it

    folder = ServerFolder()
    atexit.register(folder.remove)
    return folder
