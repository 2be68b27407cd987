"""How a training is to go: split, settings, how long it will take."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from itertools import count
from uuid import uuid4

import streamlit as st

from nerveapp.analysis.splits import split_leakage
from nerveapp.analysis.training_time import USUAL_PACE, expected_seconds, pace_of, views_of
from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.counted import counted
from nerveapp.domain.experiments.recipe import ARCHITECTURES, ENCODERS, IMAGENET, SCRATCH, Recipe
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.job import TrainingRequest
from nerveapp.domain.labelled import LabelledImage
from nerveapp.errors import NerveAppError
from nerveapp.ports import AnnotationStore, JobRunner
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.labels import person_in_words
from nerveapp.ui.page.plain_text import capital, plain
from nerveapp.workflows.annotating.dataset import Listed
from nerveapp.workflows.training.custom_recipe import check_name, custom_recipe, started
from nerveapp.workflows.training.train import parent_of, split_by_recipe
from nerveapp.workflows.training.training_jobs import start_training
from nerveapp.workflows.training.training_set import as_images

_SIZES = {
    "as in the recipe": None,
    "128 x 96": (96, 128),
    "256 x 192": (192, 256),
    "256 x 256": (256, 256),
    "320 x 256": (256, 320),
}
_SUBMISSION = "train-submission"
_START, _START_GONE = "train-from", "train-from-gone"
_STRENGTHS = {"off": 0.0, "weak": 0.5, "as in the recipe": 1.0, "strong": 1.5}


@dataclass(frozen=True, slots=True)
class _Pace:
    """Seconds per image and network pixel, and whether this machine was measured."""

    seconds: float
    measured: bool


def plan_training(store: AnnotationStore, runner: JobRunner, found: Sequence[Listed]) -> None:
    """Draw the form and start the training that was asked for."""
    images = as_images(found)
    people = len({image.group for image in images})
    name_column, recipe_column, split_column = st.columns([1.2, 1.5, 2])
    known = {*application().models.stored(), *(job.request.recipe.name for job in runner.jobs())}
    free = next(name for number in count(1) if (name := f"custom-{number}") not in known)
    with name_column:
        wanted = _name(free, known)
    name = wanted or free
    like = recipe_column.selectbox(
        "Trained like", list(RECIPES), format_func=lambda one: RECIPES[one].title, key="train-recipe"
    )
    kinds = [kind for kind in SplitKind if people > 1 or not kind.by_person]
    split = split_column.selectbox(
        "Held out", kinds, format_func=lambda kind: kind.words.capitalize(), key=f"train-split-{people > 1}"
    )
    base = _settings(RECIPES[like])
    try:
        recipe = custom_recipe(base, images, name=name, split=split)
        _show_split(images, recipe)
    except NerveAppError as error:
        show_error(error)
        return
    beside_random = split.by_person and st.checkbox(
        "Also train once on frames at random, to see by how much that overstates the score", key="train-beside"
    )
    pace = _pace(runner)
    _show_time(expected_seconds(recipe, len(images), beside_random=beside_random, pace=pace.seconds), pace)
    # A form is sent once: the button of the next one has another key, which a second click on this one does not reach.
    submission = st.session_state.setdefault(_SUBMISSION, _new_submission())
    if st.button(
        "Train", type="primary", icon=":material/model_training:", disabled=wanted is None, key=f"train-{submission}"
    ):
        request = TrainingRequest(recipe, len(images), people, beside_random, now())
        with st.spinner("Writing the training set"):
            start_training(
                actor(),
                request,
                [one.entry.id for one in found],
                submission=submission,
                annotations=store,
                runner=runner,
                folders=application().training_folders,
            )
            st.session_state[_SUBMISSION] = _new_submission()
        st.rerun()


def _name(free: str, known: Container[str]) -> str | None:
    """Ask for the model's name; None, with the reason below the field, where it cannot have the one that was given."""
    name = st.text_input("Name of the model", placeholder=free, key="train-name").strip() or free
    try:
        check_name(name)
    except NerveAppError as error:
        st.caption(f":red[{plain(error.message)} {plain(error.hint)}]")
        return None
    if name in known:
        st.caption(":red[There is a model or a training of this name already.]")
        return None
    return name


def _new_submission() -> str:
    return f"{now():%Y%m%d-%H%M%S}-{uuid4().hex[:8]}"


def _settings(base: Recipe) -> Recipe:
    """Draw what may be changed; as it is, nothing needs to be."""
    with st.popover("Settings", icon=":material/tune:"):
        one, two, three = st.columns(3)
        epochs = one.number_input("Epochs", 1, 1000, base.epochs, key=f"train-epochs-{base.name}")
        batch = two.number_input("Batch", 1, 64, base.batch_size, key="train-batch")
        rate = three.number_input(
            "Peak learning rate", 1e-6, 1e-1, base.learning_rate, format="%.1e", step=1e-4, key="train-rate"
        )
        one, two, three = st.columns(3)
        architecture = one.selectbox("Architecture", ARCHITECTURES, key="train-architecture")
        encoder = two.selectbox("Encoder", ENCODERS, key="train-encoder")
        size = three.selectbox("Input size", list(_SIZES), key="train-size")
        one, two, three, four = st.columns([1.4, 1.4, 1, 1])
        networks = four.number_input(
            "Networks",
            1,
            5,
            base.members,
            help="First networks, trained from seeds in a row and averaged. Two take twice as long to train as one.",
            key=f"train-networks-{base.name}",
        )
        base = replace(base, members=int(networks))
        starts = _starts(base, architecture, encoder)
        if (gone := st.session_state.get(_START)) is not None and gone not in starts:
            st.session_state[_START] = next(iter(starts))
            st.session_state[_START_GONE] = gone
        start = one.selectbox("Start", list(starts), key=_START)
        if (gone := st.session_state.get(_START_GONE)) is not None and gone not in starts:
            st.warning(f"{plain(capital(gone))} does not fit these networks: the start is {plain(start)} now.")
        strength = two.selectbox("Augmentation", list(_STRENGTHS), index=2, key="train-augmentation")
        seed = three.number_input("Seed", 0, 10_000, base.seed, key="train-seed")
        if base.refinement is not None:
            st.caption("Epochs and input size are the first network's; the refinement stage keeps its size.")
    height, width = _SIZES[size] or (base.input_height, base.input_width)

    def changed(recipe: Recipe) -> Recipe:
        return replace(
            recipe,
            batch_size=int(batch),
            learning_rate=float(rate),
            architecture=architecture,
            encoder=encoder,
            augmentation=_STRENGTHS[strength],
            seed=int(seed),
            epochs=max(1, round(recipe.epochs * int(epochs) / base.epochs)),
        )

    refinement = changed(base.refinement) if base.refinement else None
    whole = replace(changed(base), refinement=refinement, input_height=height, input_width=width)
    return started(whole, starts[start], application().models)


def _starts(base: Recipe, architecture: str, encoder: str) -> dict[str, str]:
    """Offer starts that fit: the pretrained encoder, models of the same make, or nothing."""
    offered = {}
    if encoder == ENCODERS[0]:
        offered["ImageNet encoder"] = IMAGENET
    store = application().models
    for name in store.names():
        card = store.card(name)
        same = (card.architecture, card.encoder, card.classes, card.refinement is None)
        fits = card.members in (1, base.members)  # each of several may start from a single one
        if fits and same == (architecture, encoder, base.classes, base.refinement is None):
            offered[f"the model {name}"] = f"{name} {card.sha256}"
    return offered | {"from scratch": SCRATCH}


def _show_split(images: Sequence[LabelledImage], recipe: Recipe) -> None:
    splits = [split_by_recipe(images, recipe.for_fold(part)) for part in recipe.parts_held_out]
    for split in splits:
        parent_of(recipe, split, application().models)
    tested = sum(len(split.held_out) for split in splits)
    leaked = sum(split_leakage(split) * len(split.held_out) for split in splits) / tested
    with st.container(key="train-split-shown"):
        if recipe.split.by_person:
            st.caption(":material/verified_user: Nobody is on both sides.")
        else:
            st.caption(
                ":material/warning: The same people are in training and test: the score measures how well these people "
                "are outlined, not the next one."
            )
        st.dataframe(
            [
                {
                    "held out": f"part {number}",
                    "training": f"{counted(len(split.training), 'frame')} of {split.training_people}",
                    "test": f"{counted(len(split.held_out), 'frame')} of {split.held_out_people}",
                    "too close in time": counted(len(images) - len(split.training) - len(split.held_out), "frame"),
                    "test people": _people(split.held_out),
                }
                for number, split in enumerate(splits, start=1)
            ],
            hide_index=True,
        )
        st.caption(
            f"Leakage {leaked:.0%}: the share of test frames within 2 frames of a training frame. Training frames too "
            "close in time to a test frame are used for neither."
        )
        if recipe.phantom_share:
            st.caption(
                f":material/science: {counted(recipe.phantom_stills, 'synthetic still')} are trained on as well, in "
                f"each epoch {recipe.phantom_share:.0%} as many as frames of yours; no score is of them."
            )


def _people(images: Sequence[LabelledImage]) -> str:
    names = sorted({person_in_words(image.group) for image in images})
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")


def _pace(runner: JobRunner) -> _Pace:
    """Read this machine's pace off its last training."""
    for job in runner.jobs()[:3]:
        recipe = job.request.recipe
        epochs = runner.epochs(job.id)
        first = [epoch.at for epoch in epochs if epoch.report.network == recipe.for_fold(0).name]
        kept = round(job.request.images * (1 - 1 / recipe.folds))
        found = pace_of(first, views_of(recipe, kept))
        if found is not None:
            return _Pace(found, measured=True)
    return _Pace(USUAL_PACE, measured=False)


def _show_time(seconds: float, pace: _Pace) -> None:
    basis = "at the pace of the last training here" if pace.measured else "on a usual CPU core; a GPU is far quicker"
    st.caption(f":material/schedule: About {in_time(seconds)}, {basis}. It goes on when this page is closed.")


def in_time(seconds: float) -> str:
    """Give a length of time in the words people use, such as "25 minutes"."""
    if seconds < 90:
        return "a minute"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"
