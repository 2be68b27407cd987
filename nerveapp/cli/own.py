"""Training on images of one's own: for the command `train --images`, and as the work of a job."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from nerveapp import bootstrap
from nerveapp.domain.computing import DeviceName
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.report import TrainingReport
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.errors import CancelledError
from nerveapp.io.jobs import FolderCheckpoints, give_way, training_set_of, working
from nerveapp.io.labelled import read_labelled_folder
from nerveapp.io.model_store import FolderModelStore
from nerveapp.ports import ModelStore, Segmenter, Trainer
from nerveapp.workflows.train import make_model
from nerveapp.workflows.train_own import train_own


def train_on_own(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    *,
    trainer: Trainer,
    runs: Path,
    store: FolderModelStore,
    on_epoch: Callable[[EpochReport], None],
    cancelled: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda _: None,
    beside_random: bool = False,
) -> TrainingReport:
    """Train, score and store a model with its report; what `runs` holds of an earlier try is used again."""
    checkpoints = FolderCheckpoints(runs / "checkpoints")

    def make(own: Recipe, into: ModelStore) -> ModelCard:
        return make_model(
            own,
            images,
            trainer=trainer,
            store=into,
            versions=bootstrap.software_versions(),
            on_epoch=on_epoch,
            cancelled=cancelled,
            parents=store,
            checkpoints=checkpoints,
        )

    def load(name: str, stored: ModelStore) -> Segmenter:
        if not isinstance(stored, FolderModelStore):
            raise TypeError(f"expected models in a folder, got {type(stored).__name__}")
        return bootstrap.load_segmenter(name, store=stored)

    report = train_own(
        recipe,
        images,
        make=make,
        load=load,
        runs=FolderModelStore(runs),
        store=store,
        versions=bootstrap.software_versions(),
        now=partial(datetime.now, UTC),
        beside_random=beside_random,
        say=say,
    )
    store.save_report(report)
    return report


def work(job_id: Annotated[str, typer.Argument()], attempt: Annotated[int, typer.Argument()]) -> None:
    """Do the work of a job; the app begins this command by itself."""
    give_way()
    settings, jobs = bootstrap.Settings.from_environment(), bootstrap.job_store()
    folder = settings.jobs / job_id
    finished = False
    with suppress(CancelledError), working(jobs, settings.jobs, job_id, attempt) as reporter:
        request = jobs.job(job_id, now=datetime.now(UTC)).request
        images = read_labelled_folder(training_set_of(folder))
        reporter.say(f"{len(images)} frames of {len({image.group for image in images})} people")

        def on_epoch(report: EpochReport) -> None:
            reporter.tell(report)
            reporter.say(f"{report.network}: epoch {report.number} of {report.epochs}, loss {report.loss:.4f}")

        train_on_own(
            request.recipe,
            images,
            trainer=bootstrap.trainer(device=DeviceName.AUTO, threads=settings.training_threads),
            runs=folder / "runs",
            store=bootstrap.model_store(),
            on_epoch=on_epoch,
            cancelled=reporter.cancelled,
            say=reporter.say,
            beside_random=request.beside_random,
        )
        finished = True
    if finished:  # and the database knows it: nobody will go on from what is removed now
        shutil.rmtree(folder / "runs", ignore_errors=True)
