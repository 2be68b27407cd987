"""Trainings as jobs: started, stopped and resumed by people, worked on by a process of their own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.counted import counted
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.report import TrainingReport
from nerveapp.domain.job import TrainingRequest
from nerveapp.errors import CancelledError
from nerveapp.ports import AnnotationStore, JobRunner, JobWork, ModelStore, TrainingFolders, TrainingRun
from nerveapp.workflows.annotating.select_annotations import read_frames
from nerveapp.workflows.training.custom_training import TrainingTools, train_custom_model


def start_training(
    actor: Actor,
    request: TrainingRequest,
    annotation_ids: Collection[str],
    *,
    submission: str,
    annotations: AnnotationStore,
    runner: JobRunner,
    folders: TrainingFolders,
) -> str:
    """Start a training on outlines of the store.

    Parameters
    ----------
    actor : Actor
        Who starts it, which is kept with the request.
    request : TrainingRequest
    annotation_ids : collection of str
        The outlines it is trained on.
    submission : str
        One per form that was sent: sent twice, by a double click or a lost connection, it starts one training.
    annotations, runner, folders
        Ports.

    Returns
    -------
    str
        The job's id.

    Raises
    ------
    RightsError
        If the actor may not train.
    TrainingError, StoreError, WriteError
        If too many wait already, or the training set cannot be read or written; nothing is left then.
    """
    actor.require(Right.TRAIN)
    frames = read_frames(annotations, annotation_ids)
    return runner.start(replace(request, by=actor.code), partial(folders.write, frames), submission=submission)


def stop_training(actor: Actor, runner: JobRunner, job_id: str) -> None:
    """Ask a training to stop after the epoch in hand; raises RightsError, TrainingError."""
    actor.require(Right.TRAIN)
    runner.stop(job_id)


def resume_training(actor: Actor, runner: JobRunner, job_id: str) -> None:
    """Resume a training after its last finished epoch; raises RightsError, TrainingError."""
    actor.require(Right.TRAIN)
    runner.resume(job_id)


def work_on_training(
    actor: Actor,
    job_id: str,
    attempt: int,
    *,
    work: JobWork,
    tools: Callable[[], TrainingTools],
    models: ModelStore,
    save_report: Callable[[TrainingReport], None],
) -> None:
    """Do the work of a job, in a process of its own; one that was stopped ends quietly.

    Parameters
    ----------
    actor : Actor
        On whose behalf.
    job_id : str
    attempt : int
        See `JobWork.begin`.
    work : JobWork
    tools : callable
        Gives the tools; asked inside the job, so that a device that is missing is noted as its failure.
    models : ModelStore
        Where the model goes.
    save_report : callable
        Keeps what was measured.

    Raises
    ------
    NerveAppError
        Whatever ended the training; the job has noted it.
    """
    try:
        with work.begin(job_id, attempt) as job:
            request, images = job.request, job.images()
            job.log(f"{counted(len(images), 'frame')} of {counted(len({image.group for image in images}), 'person')}")

            def report(epoch: EpochReport) -> None:
                job.report(epoch)
                job.log(f"{epoch.network}: epoch {epoch.number} of {epoch.epochs}, training loss {epoch.loss:.4f}")

            found = train_custom_model(
                actor,
                TrainingRun(request.recipe, report, job.cancelled, checkpoints=job.checkpoints),
                images,
                tools=tools(),
                runs=job.runs,
                store=models,
                beside_random=request.beside_random,
                log=job.log,
            )
            save_report(found)
    except CancelledError:
        return
    work.discard_runs(job_id)  # the database knows that it is done: nobody resumes from what is removed now
