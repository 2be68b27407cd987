"""What a clip shows and who it is of, and the model that is to outline it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.model_choice import ModelChoice
from nerveapp.domain.promotion import Role
from nerveapp.domain.view import SITES, Nerve, Side, Site, View, sites_to_choose
from nerveapp.ui.clips.patient_code import is_meant, known_alike, meant_key
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.failures import errors_shown
from nerveapp.ui.page.labels import labels_apart
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.today import today
from nerveapp.workflows.library.filing import file_under_patient, set_view
from nerveapp.workflows.models.choose_model import choice_of, models_to_choose

NERVES = (Nerve.UNKNOWN, *SITES)
SIDES = (Side.UNKNOWN, Side.LEFT, Side.RIGHT)
_ASSUMED = Role.of(View())

_Part = TypeVar("_Part", bound=Nerve | Site | Side)


@dataclass(frozen=True, slots=True)
class OutlineSettings:
    """How a clip is to be outlined.

    Parameters
    ----------
    model : str
        Name of the model.
    test_time_flip : bool
        Test-time flip.
    """

    model: str
    test_time_flip: bool

    def made(self, job: AnalysisJob) -> bool:
        """Whether an analysis was asked for in this way."""
        return (self.model, self.test_time_flip) == (job.request.model, job.request.test_time_flip)


def say_what_it_shows(record: ClipRecord) -> None:
    """Draw patient, nerve, site and side; each change is kept with the clip at once, and areas are judged anew."""
    sha256, view = record.sha256, record.view
    patient_column, nerve_column, site_column, side_column = st.columns(4)
    patient = f"patient-{sha256}"
    follow(patient, record.subject)
    patient_column.text_input(
        "Patient's code",
        key=patient,
        max_chars=32,
        placeholder="such as S012",
        help="A study code, never a name. Today's visit is added to the library under it.",
        on_change=_file,
        args=(record, patient),
    )
    nerve, site, side = (f"{part}-{sha256}" for part in ("nerve", "site", "side"))
    follow(nerve, view.nerve)
    follow(site, view.site)
    follow(side, view.side)
    keys = (record, nerve, site, side)
    nerve_column.selectbox("Nerve", NERVES, format_func=in_words, key=nerve, on_change=_describe, args=keys)
    site_column.selectbox(
        "Site", sites_to_choose(view.nerve), format_func=in_words, key=site, on_change=_describe, args=keys
    )
    side_column.selectbox("Side", SIDES, format_func=in_words, key=side, on_change=_describe, args=keys)
    if (typed := str(st.session_state[patient]).strip()) != record.subject:
        is_meant(typed, key=patient, on_change=partial(_file, record, patient))
    if not view.placed:
        wrist = " Until then it is outlined as the median nerve at the wrist." if Role.of(view) is _ASSUMED else ""
        st.caption(
            f":material/info: The model is chosen by nerve and site, and areas are held against their limit.{wrist}"
        )


def choose_model(record: ClipRecord, job: AnalysisJob | None) -> OutlineSettings:
    """Draw the choice of model: that of the analysis on display, else the one that fits nerve and site best."""
    app = application()
    choices = models_to_choose(record.view, app.models, app.registry_if_there)
    names = [one.name for one in choices]
    if job is not None and job.request.model not in names and job.request.model in app.models.names():
        names.append(job.request.model)
    fitting = names[0]
    asked = job.request.model if job is not None and job.request.model in names else fitting
    key, flip = f"model-{record.sha256}", f"flip-{record.sha256}"
    # Another nerve or site, or another analysis, chooses anew; until then the user's choice stands.
    follow(key, asked, of=(fitting, job.id if job else ""))
    follow(flip, job is not None and job.request.test_time_flip, of=job.id if job else "")
    described = {one.name: one for one in choices}
    for name in names[len(choices) :]:
        described[name] = choice_of(name, record.view, app.models, app.registry_if_there)
    model = st.selectbox(
        "Model",
        names,
        format_func=labels_apart(
            names, lambda name: f"{described[name].title} · {described[name].score_words}"
        ).__getitem__,
        key=key,
        help="Chosen by nerve and site. The Models page lists what each was trained on and how it scored.",
    )
    _warn(described[model])
    asked_for = described[fitting].made_for_view and record.view.placed
    if job is not None and fitting != model and asked_for and not described[model].made_for_view:
        st.info(plain(f"{described[fitting].title} is made for this nerve and site."), icon=":material/info:")
    with_flip = st.toggle(
        "Test-time flip",
        help="Averages with the prediction on the flipped frame: twice the time, more stable outlines.",
        key=flip,
    )
    return OutlineSettings(model, with_flip)


def warn_of_model(record: ClipRecord, model: str) -> None:
    """Say above a result what to beware of, where its model is weak or was not made for the nerve and site."""
    app = application()
    if model in app.models.names():
        _warn(choice_of(model, record.view, app.models, app.registry_if_there))


def _warn(choice: ModelChoice) -> None:
    if choice.warning is not None:
        st.warning(plain(choice.warning), icon=":material/warning:")


def follow(key: str, stored: object, *, of: object = None) -> None:
    """Let a widget show what is stored, whenever that has changed since it was last drawn, as by another tab."""
    seen = f"{key}-stored"
    version = (stored, of)
    if st.session_state.get(seen) != version or key not in st.session_state:
        st.session_state[key], st.session_state[seen] = stored, version


def _describe(record: ClipRecord, nerve: str, site: str, side: str) -> None:
    drawn, state = record.view, st.session_state
    with errors_shown({nerve: drawn.nerve, site: drawn.site, side: drawn.side}):
        set_view(
            record.sha256,
            application().library,
            nerve=if_other(state[nerve], drawn.nerve),
            site=if_other(state[site], drawn.site),
            side=if_other(state[side], drawn.side),
            actor=actor(),
            now=now(),
        )


def if_other(chosen: _Part | None, drawn: _Part) -> _Part | None:
    """Give what was chosen where it is not what was drawn: another tab may have said more since."""
    return chosen if chosen != drawn else None


def _file(record: ClipRecord, key: str) -> None:
    with errors_shown({key: record.subject}):
        code, library = str(st.session_state[key]).strip(), application().library
        if known_alike(code) is not None and not st.session_state.get(meant_key(key, code)):
            return  # it is asked first whether it is meant
        file_under_patient(record.sha256, code, library, today=today(), actor=actor(), now=now())


def in_words(value: Nerve | Site | Side) -> str:
    """Give a choice as people write it."""
    return "Not given" if value.value == "unknown" else value.value.replace("-", " ").capitalize()
