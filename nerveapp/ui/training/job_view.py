"""Trainings as they stand: progress, curves, and the same few held-out frames as they improve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from nerveapp.analysis.pictures import image_of
from nerveapp.analysis.rendering import OUTLINE_RGB, draw_polygons
from nerveapp.bootstrap import application
from nerveapp.domain.counted import counted
from nerveapp.domain.experiments.epochs import EpochReport, ValidationPreview
from nerveapp.domain.job import Epoch, JobState, TrainingJob, TrainingRequest
from nerveapp.domain.model_choice import FAILED_DICE
from nerveapp.errors import NerveAppError
from nerveapp.ports import JobRunner
from nerveapp.ui.models.models_view import SHOWN
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.charts import learning_figure
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.page_turn import turn_to
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.today import local
from nerveapp.ui.training.training_form import in_time
from nerveapp.workflows.training.training_jobs import resume_training, stop_training

POLL_S = 1.0
_LOG_LINES = 200
_ICONS = {
    JobState.WAITING: ":material/hourglass:",
    JobState.RUNNING: ":material/model_training:",
    JobState.STOPPED: ":material/pause:",
    JobState.FAILED: ":material/error:",
    JobState.DONE: ":material/check:",
}


def show_jobs(runner: JobRunner) -> None:
    """Draw all trainings; while one runs they are drawn anew every second, without the rest of the page."""
    active = any(job.state.active for job in runner.jobs())
    st.fragment(_jobs, run_every=POLL_S if active else None)(runner, active=active)


def _jobs(runner: JobRunner, *, active: bool) -> None:
    try:
        jobs = runner.jobs()
    except NerveAppError as error:  # drawn by itself, the fragment is outside of what tells failures on a page
        show_error(error)
        return
    if active != any(job.state.active for job in jobs):
        st.rerun()  # the whole page: the last one has ended or one goes on, so that it looks every second or no longer
    for number, job in enumerate(jobs):
        with st.container(border=True, key=f"job-{job.id}"):
            try:
                _job(runner, job, opened=number == 0 or job.state.active)
            except NerveAppError as error:  # one job's failing must not hide the others and their buttons
                show_error(error)


def _job(runner: JobRunner, job: TrainingJob, *, opened: bool) -> None:
    request = job.request
    words, button = st.columns([5, 1], vertical_alignment="center")
    words.markdown(
        f"{_ICONS[job.state]} **{plain(request.recipe.name)}** · {job.state} · {counted(request.images, 'frame')} of "
        f"{counted(request.people, 'person')} · {request.recipe.split.words}"
        + (f" · started by {plain(request.by)}" if request.by else "")
    )
    _button(button, runner, job)
    removed = job.state is JobState.DONE and request.recipe.name not in application().models.stored()
    if job.message and not removed:
        st.caption(plain(job.message))
    if removed:
        st.caption("The model was removed.")
    elif job.state is JobState.DONE:
        if st.button("See the model", icon=":material/schema:", key=f"see-{job.id}"):
            st.session_state[SHOWN] = request.recipe.name
            turn_to("pages/models.py")
        _test_scores(job)
    if not opened:
        return
    epochs = runner.epochs(job.id)
    if not epochs:
        logged = runner.log(job.id)
        steps = request.steps
        at = f"Step 1 of {len(steps)}, {steps[0].title}. " if job.state is JobState.RUNNING else ""
        st.caption(at + (plain(logged[-1][1]) if logged else "Starting."))
        return
    if job.state is not JobState.DONE:
        _progress(job, epochs)
        _network(runner, job, epochs)
    else:
        with st.expander("Course of the training"):
            _network(runner, job, epochs)
    with st.expander("Log"):
        lines = "\n".join(f"{local(at):%H:%M:%S}  {line}" for at, line in runner.log(job.id)[-_LOG_LINES:])
        st.code(lines, language=None, height=200)


def _test_scores(job: TrainingJob) -> None:
    """Show how the model did on what was held out, with the split and the people it was measured on."""
    for score in application().models.card(job.request.recipe.name).scores:
        st.markdown(
            f"**Test score: Dice {score.dice_mean:.3f}** (95 % interval {score.dice_interval}), IoU "
            f"{score.iou_mean:.3f}, on {counted(score.n, 'held-out frame')} of "
            f"{counted(score.groups, 'person')}; {plain(score.split)}."
        )
        if score.dice_mean < FAILED_DICE:
            st.warning(
                "Its outlines are not reliable: on held-out frames less than half of the outline agrees with the "
                "traced one. Do not analyse clips with it.",
                icon=":material/warning:",
            )


def _button(column: st.delta_generator.DeltaGenerator, runner: JobRunner, job: TrainingJob) -> None:
    def act(what: str) -> None:
        try:
            change = stop_training if what == "stop" else resume_training
            change(actor(), runner, job.id)
        except NerveAppError as error:
            show_error(error)

    if job.state.active and job.stop_asked:
        column.button(
            "Stopping",
            icon=":material/hourglass:",
            key=f"stop-{job.id}",
            disabled=True,
            help="It ends with the epoch at work.",
        )
    elif job.state.active:
        column.button("Stop", icon=":material/stop:", key=f"stop-{job.id}", on_click=act, args=("stop",))
    elif job.state is not JobState.DONE:
        column.button("Resume", icon=":material/play_arrow:", key=f"resume-{job.id}", on_click=act, args=("resume",))


def _progress(job: TrainingJob, epochs: Sequence[Epoch]) -> None:
    words = f"{_step(job.request, epochs[-1].report)}{_time_left(job, epochs)}"
    st.progress(min(1.0, len(epochs) / job.request.epochs_in_all), words)


def _step(request: TrainingRequest, last: EpochReport) -> str:
    """Give which network is trained now, of how many, and how far it has come."""
    steps = request.steps
    number = next((index for index, step in enumerate(steps) if step.network == last.network), None)
    epoch = f"epoch {last.number} of {last.epochs}, learning rate {last.learning_rate:.1e}"
    if number is None:  # reported by a version that named its networks otherwise
        return f"{plain(last.network)}: {epoch}"
    if last.number == last.epochs and number + 1 < len(steps):
        number, epoch = number + 1, "starting"
    return f"Step {number + 1} of {len(steps)}, {steps[number].title}: {epoch}"


def _time_left(job: TrainingJob, epochs: Sequence[Epoch]) -> str:
    recent = epochs[-20:]
    if job.state is not JobState.RUNNING or len(recent) < 3:
        return ""
    pace = (recent[-1].at - recent[0].at).total_seconds() / (len(recent) - 1)
    return f", about {in_time(max(0, job.request.epochs_in_all - len(epochs)) * pace)} left"


def _network(runner: JobRunner, job: TrainingJob, epochs: Sequence[Epoch]) -> None:
    by_network: dict[str, list[EpochReport]] = {}
    for epoch in epochs:
        by_network.setdefault(epoch.report.network, []).append(epoch.report)
    names = list(reversed(by_network))
    titles = {step.network: step.title for step in job.request.steps}
    name = names[0]
    if len(names) > 1:
        choice = st.selectbox(
            "Network",
            ["", *names],
            format_func=lambda one: titles.get(one, one) or f"the newest: {titles.get(names[0], names[0])}",
            key=f"network-{job.id}",
            help="One for each part held out, one for frames at random where that was asked for, and the model.",
        )
        name = choice or name
    reports = by_network[name]
    last = reports[-1]
    columns = st.columns(6)
    metrics = [("Training loss", last.loss), ("Training Dice", last.dice), ("Training IoU", last.iou)]
    if last.validation is not None:
        held_out = last.validation
        metrics += [
            ("Validation loss", held_out.loss),
            ("Validation Dice", held_out.dice),
            ("Validation IoU", held_out.iou),
        ]
    for column, (label, value) in zip(columns, metrics, strict=False):
        column.metric(label, f"{value:.3f}")
    for column, of in zip(st.columns(3), ("loss", "dice", "iou"), strict=True):
        column.plotly_chart(
            learning_figure(reports, of=of), key=f"{of}-{job.id}-{name}", config={"displayModeBar": False}
        )
    if last.validation is None:
        st.caption(
            "This network is trained on all frames. The metrics above are of its own training images and do not "
            "apply to other people; the test score is measured on networks that held them out."
        )
        return
    st.caption(
        f"Validation: {counted(last.validation.images, 'held-out frame')}, outlined after each epoch on the network's "
        "grid. They decide nothing: the number of epochs was fixed before."
    )
    _frames(runner, job, name, [report.number for report in reports])


def _frames(runner: JobRunner, job: TrainingJob, network: str, numbers: list[int]) -> None:
    shown = numbers[-1]
    if len(numbers) > 1:
        # A new key per epoch would move the slider back; without a choice of the user's it follows the newest.
        key = f"epoch-{job.id}-{network}"
        wanted = st.select_slider("Outlines after epoch", [*map(str, numbers), "newest"], "newest", key=key)
        shown = shown if wanted == "newest" else int(wanted)
    for column, preview in zip(st.columns(6), runner.previews(job.id, network, shown), strict=False):
        column.image(
            _drawn(runner, job.id, preview), width="stretch", caption=f"Dice {preview.dice:.2f} after epoch {shown}"
        )


@st.cache_data(max_entries=500, show_spinner=False)
def _drawn(
    _runner: JobRunner, job_id: str, preview: ValidationPreview
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = image_of(_runner.image(job_id, preview.image))
    return draw_polygons(image, preview.outline, OUTLINE_RGB)
