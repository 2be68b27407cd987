"""The Train page: from what is stored to a model, watched while it learns, scored by person."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import streamlit as st

from nerveapp import bootstrap
from nerveapp.analysis.splits import group_folds
from nerveapp.domain.job import JobState, TrainingJob, TrainingRequest
from nerveapp.domain.recipe import RECIPES, Recipe
from nerveapp.errors import NerveAppError
from nerveapp.io.annotation_files import Exported, Format, chosen, export
from nerveapp.ports import AnnotationStore, JobRunner
from nerveapp.ui.charts import loss_figure
from nerveapp.ui.shell import show_error

POLL_S = 1.0
_ICONS = {
    JobState.WAITING: ":material/hourglass:",
    JobState.RUNNING: ":material/model_training:",
    JobState.STOPPED: ":material/pause:",
    JobState.FAILED: ":material/error:",
    JobState.DONE: ":material/check:",
}


def show_training(store: AnnotationStore, runner: JobRunner) -> None:
    """Draw the page."""
    st.write(
        "A U-Net learns from the final outlines in the store. It is scored by cross-validation: the people are dealt "
        "into folds, and each frame is outlined by the one network that never saw its person. The model then learns "
        "from all."
    )
    with st.expander("Train a model", expanded=not runner.jobs()):
        _new(store, runner)
    _watch(runner)


def _new(store: AnnotationStore, runner: JobRunner) -> None:
    try:
        frames = chosen(store)
    except NerveAppError as error:
        st.info(f"{error.message} {error.hint}", icon=":material/info:")
        return
    people = Counter(frame.clip.subject or frame.clip.sha256 for frame in frames)
    name_column, recipe_column, epochs_column = st.columns([1.2, 1.6, 1])
    name = name_column.text_input("Name of the model", placeholder="mine", key="train-name")
    recipe = RECIPES[
        recipe_column.selectbox(
            "Trained like", list(RECIPES), format_func=lambda one: RECIPES[one].title, key="train-recipe"
        )
    ]
    epochs = epochs_column.number_input("Epochs", 1, 500, recipe.epochs, key=f"train-epochs-{recipe.name}")
    _say_split(frames, people, recipe)
    taken = name in bootstrap.model_store().names()
    if taken:
        st.warning("There is a model of this name already.", icon=":material/warning:")
    ready = bool(name) and not taken and len(people) > 1
    if st.button("Train", type="primary", icon=":material/model_training:", disabled=not ready, key="train-start"):
        runner.start(_request(name, recipe, int(epochs), frames, people), _training_set(frames))
        st.rerun()


def _training_set(frames: list[Exported]) -> bytes:
    return export(Format.TRAINING, frames, bootstrap.software_versions())[0]


def _request(name: str, recipe: Recipe, epochs: int, frames: list[Exported], people: Counter[str]) -> TrainingRequest:
    folds = min(recipe.folds, len(people))
    per_fold = epochs * recipe.members + (recipe.close_up.epochs if recipe.close_up else 0)
    return TrainingRequest(
        name=name,
        recipe=recipe.name,
        epochs=epochs,
        images=len(frames),
        people=len(people),
        folds=folds,
        epochs_in_all=(folds + 1) * per_fold,
        made_at=datetime.now(UTC),
    )


def _say_split(frames: list[Exported], people: Counter[str], recipe: Recipe) -> None:
    st.caption(f"{len(frames)} frames of {len(people)} people. People without a code count by clip.")
    if len(people) < 2:
        st.warning(
            "All frames are of one person, so that nobody is left to score the model on. Annotate clips of other "
            "people, each with a subject code.",
            icon=":material/person:",
        )
        return
    groups = [frame.clip.subject or frame.clip.sha256 for frame in frames]
    folds = group_folds(groups, folds=min(recipe.folds, len(people)), seed=recipe.seed)
    counts = [
        f"{sum(fold == number for fold in folds)} frames of "
        f"{len({group for group, fold in zip(groups, folds, strict=True) if fold == number})}"
        for number in sorted(set(folds))
    ]
    st.caption(f"Split by person: {'; '.join(counts)} people. No person is on both sides, so no test frame leaks.")
    if len(people) < 5:
        st.caption(f"With {len(people)} people the score says little about the next person.")


@st.fragment(run_every=POLL_S)
def _watch(runner: JobRunner) -> None:
    for job in runner.jobs():
        with st.container(border=True, key=f"job-{job.id}"):
            _show_job(runner, job)


def _show_job(runner: JobRunner, job: TrainingJob) -> None:
    request = job.request
    words, button = st.columns([5, 1], vertical_alignment="center")
    words.markdown(
        f"{_ICONS[job.state]} **{request.name}** · {job.state} · {request.images} frames of {request.people} people, "
        f"{request.folds} folds"
    )
    try:
        if job.state in (JobState.RUNNING, JobState.WAITING):
            button.button("Stop", icon=":material/stop:", key=f"stop-{job.id}", on_click=runner.stop, args=(job.id,))
        elif job.state in (JobState.STOPPED, JobState.FAILED):
            button.button(
                "Resume", icon=":material/play_arrow:", key=f"resume-{job.id}", on_click=runner.resume, args=(job.id,)
            )
    except NerveAppError as error:
        show_error(error)
    if job.said:
        st.caption(job.said)
    if not job.epochs or job.state is JobState.DONE:
        return
    last = job.epochs[-1]
    done = len({(epoch.network, epoch.number) for epoch in job.epochs})
    st.progress(
        min(1.0, done / request.epochs_in_all),
        f"{last.network}: epoch {last.number} of {last.epochs}, training loss {last.loss:.3f}{_time_left(job, done)}",
    )
    st.plotly_chart(loss_figure(job.epochs), key=f"losses-{job.id}", config={"displayModeBar": False})


def _time_left(job: TrainingJob, done: int) -> str:
    """Say how long it will take at the pace of the last epochs."""
    recent = job.epochs[-20:]
    if job.state is not JobState.RUNNING or len(recent) < 3:
        return ""
    pace = (recent[-1].at - recent[0].at).total_seconds() / (len(recent) - 1)
    minutes = max(0, job.request.epochs_in_all - done) * pace / 60
    return f", about {minutes:.0f} min left" if minutes >= 1 else ", less than a minute left"
