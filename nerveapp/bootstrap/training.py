"""What trainings work with: their tools, and where their jobs and folders are kept."""

from __future__ import annotations

from pathlib import Path

from nerveapp.bootstrap.segmenters import load_segmenter
from nerveapp.bootstrap.settings import Settings
from nerveapp.bootstrap.stores import job_store, trainer
from nerveapp.bootstrap.versions import software_versions
from nerveapp.clock import now
from nerveapp.domain.computing import DeviceName
from nerveapp.ports import Checkpoints, JobWork, ModelStore, Segmenter, TrainingFolders
from nerveapp.workflows.custom_training import TrainingTools


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


def checkpoints(folder: Path) -> Checkpoints:
    """Give the checkpoints that are kept in a folder."""
    from nerveapp.io.job_work import FolderCheckpoints  # noqa: PLC0415 - only trainings need it

    return FolderCheckpoints(folder)


def job_work(settings: Settings) -> JobWork:
    """Give what hands jobs to the processes that work on them; raises StoreError if the database cannot be opened."""
    from nerveapp.io.job_work import FolderJobWork  # noqa: PLC0415 - only a job's own process needs it

    return FolderJobWork(settings.jobs, job_store(settings))


def training_folders() -> TrainingFolders:
    """Give what writes training sets."""
    from nerveapp.io.training_folders import PictureFolders  # noqa: PLC0415 - only trainings need it

    return PictureFolders(software_versions())


def _segmenter_of(name: str, store: ModelStore) -> Segmenter:
    return load_segmenter(name, store=store)
