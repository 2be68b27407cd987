"""Trainings as jobs: what is started, what is reported, and how each ending is noted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import Annotation, ClipRecord, Source, State
from nerveapp.domain.experiments.report import TrainingReport
from nerveapp.domain.experiments.shipped_recipes import POSTER_RECIPE
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.job import JobState, TrainingRequest
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.segmentation import PackedMask
from nerveapp.errors import AnnotationError, CancelledError, ModelError, RightsError
from nerveapp.ports import JobRunner, JobWork, Segmenter, TrainingFolders, TrainingResult, TrainingRun
from nerveapp.workflows.training.custom_recipe import custom_recipe
from nerveapp.workflows.training.custom_training import TrainingTools
from nerveapp.workflows.training.training_jobs import resume_training, start_training, stop_training, work_on_training
from tests.fakes import FakeAnnotationStore, FakeModelStore, FakeSegmenter, FakeTrainer
from tests.fakes.clock import START
from tests.fakes.job_runner import FakeJobRunner
from tests.fakes.job_work import FakeJobWork, FakeRunningJob
from tests.fakes.training_folders import FakeTrainingFolders

NOBODY = Actor(rights=frozenset(Right) - {Right.TRAIN})


def images(people: str = "abc", each: int = 2) -> list[LabelledImage]:
    nerve = np.zeros((16, 24), bool)
    nerve[4:12, 4:20] = True
    return [
        LabelledImage(
            f"{person}-{number}", person, np.full((16, 24), number, np.uint8), nerve, clip=person, frame=number
        )
        for person in people
        for number in range(each)
    ]


def request(*, beside_random: bool = False, refinement: bool = False) -> TrainingRequest:
    second = replace(POSTER_RECIPE, name="", crop_size_factor=4.0) if refinement else None
    recipe = custom_recipe(replace(POSTER_RECIPE, refinement=second), images(), name="mine", split=SplitKind.FOLDS)
    return TrainingRequest(recipe, 6, 3, beside_random, START)


def tools(trainer: FakeTrainer) -> TrainingTools:
    return TrainingTools(trainer, lambda _name, _store: cast("Segmenter", FakeSegmenter()), lambda: START, ())


def work_on(work: JobWork, trainer: FakeTrainer, reports: list[TrainingReport], store: FakeModelStore) -> None:
    work_on_training(
        Actor(), "job", 1, work=work, tools=lambda: tools(trainer), models=store, save_report=reports.append
    )


@pytest.mark.parametrize("refinement", [False, True])
@pytest.mark.parametrize("beside_random", [False, True])
def test_a_job_goes_through_the_steps_that_were_announced(beside_random: bool, refinement: bool) -> None:
    work = FakeJobWork(job := FakeRunningJob(request(beside_random=beside_random, refinement=refinement), images()))
    reports: list[TrainingReport] = []
    store = FakeModelStore()
    work_on(work, FakeTrainer(), reports, store)
    trained = list(dict.fromkeys(epoch.network for epoch in job.epochs))
    assert trained == [step.network for step in job.request.steps]
    assert (work.state, work.discarded) == (JobState.DONE, ["job"])
    assert [one.model for one in reports] == ["mine"]
    assert "mine" in store.stored()
    assert "6 frames of 3 people" in job.lines


class Stopping(FakeTrainer):
    def train(self, images: object, run: TrainingRun) -> TrainingResult:
        result = super().train(images, run)  # type: ignore[arg-type]
        if run.cancelled():
            raise CancelledError("Training was stopped.")
        return result


def test_a_job_that_is_stopped_ends_quietly_and_keeps_its_runs() -> None:
    work = FakeJobWork(FakeRunningJob(request(), images(), stops_after=1))
    reports: list[TrainingReport] = []
    work_on(work, Stopping(), reports, FakeModelStore())
    assert (work.state, work.discarded, reports) == (JobState.STOPPED, [], [])


def test_a_device_that_is_missing_is_the_failure_of_the_job() -> None:
    def missing() -> TrainingTools:
        raise ModelError("There is no GPU.", "Train on the CPU.")

    work, reports = FakeJobWork(FakeRunningJob(request(), images())), list[TrainingReport]()
    with pytest.raises(ModelError):
        work_on_training(
            Actor(), "job", 1, work=work, tools=missing, models=FakeModelStore(), save_report=reports.append
        )
    assert work.state is JobState.FAILED


def start(runner: JobRunner, folders: TrainingFolders, ids: Sequence[str], *, actor: Actor = Actor()) -> str:  # noqa: B008
    store = FakeAnnotationStore()
    clip = ClipRecord("c" * 64, 24, 16, 10, "S01")
    mask = PackedMask.pack(images()[0].nerve)
    traced = Annotation("a1", clip.sha256, 3, "R1", State.FINAL, Source.TRACED, mask, None, START, 1.0, None)
    store.register(clip)
    store.save(traced, np.zeros((16, 24), np.uint8))
    return start_training(actor, request(), ids, submission="form", annotations=store, runner=runner, folders=folders)


def test_a_form_that_is_sent_twice_starts_one_training_on_the_outlines_chosen() -> None:
    runner, folders = FakeJobRunner(), FakeTrainingFolders()
    assert start(runner, folders, ["a1"]) == start(runner, folders, ["a1"]) == "form"
    assert len(runner.jobs()) == 1
    ((folder, frames),) = folders.written.items()
    assert (folder, [one.annotation.id for one in frames]) == (Path("jobs/form"), ["a1"])


def test_nothing_is_started_without_outlines() -> None:
    runner = FakeJobRunner()
    with pytest.raises(AnnotationError):
        start(runner, FakeTrainingFolders(), [])
    assert runner.jobs() == ()


def test_who_may_not_train_starts_stops_and_resumes_nothing() -> None:
    runner = FakeJobRunner()
    for attempt in (
        lambda: start(runner, FakeTrainingFolders(), ["a1"], actor=NOBODY),
        lambda: stop_training(NOBODY, runner, "form"),
        lambda: resume_training(NOBODY, runner, "form"),
    ):
        with pytest.raises(RightsError):
            attempt()
    assert (runner.jobs(), runner.asked) == ((), [])
    stop_training(Actor(), runner, "form")
    resume_training(Actor(), runner, "form")
    assert runner.asked == [("stop", "form"), ("resume", "form")]


def test_a_training_is_kept_with_who_started_it() -> None:
    runner = FakeJobRunner()
    start(runner, FakeTrainingFolders(), ["a1"], actor=Actor("R7"))
    assert [one.by for one in runner.started.values()] == ["R7"]
