"""Accepting a value of an analysis for its cell of the visit's worksheet."""

from __future__ import annotations

import streamlit as st

from nerveapp.analysis.report_words import how_chosen, who_outlined
from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.accepted_value import AcceptedValue, Choice, Reservation
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.exam import Exam
from nerveapp.domain.measurement import area_in_words
from nerveapp.errors import NerveAppError
from nerveapp.ui.analysis.corrections import corrections_switched_off
from nerveapp.ui.clips.clip_form import follow
from nerveapp.ui.page.actor import actor, ask_who
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import capital, plain
from nerveapp.ui.page.session_state import SessionState
from nerveapp.workflows.models.choose_model import choice_made, is_here, unseen_area_error
from nerveapp.workflows.visits.accept_value import accept_value
from nerveapp.workflows.visits.candidates import Candidate, candidates
from nerveapp.workflows.visits.outdated import clips_behind, today_of, why_outdated

_LABELS = {
    Choice.FRAME: "This frame",
    Choice.LARGEST: "Largest",
    Choice.MEDIAN: "Median",
    Choice.MOST_STABLE: "Most stable run",
}


def values_to_accept(
    analysis: Analysis, *, frame: int | None = None, corrections_left_out: bool = False
) -> tuple[Candidate, ...]:
    """Give what may be accepted of an analysis; see `workflows.visits.candidates.candidates`."""
    app = application()
    choice = choice_made(analysis.model, analysis.view, app.models, app.registry_if_there)
    return candidates(analysis, choice, frame=frame, corrections_left_out=corrections_left_out)


def choose_value(offered: tuple[Candidate, ...], *, key: str, standing: AcceptedValue | None = None) -> Candidate:
    """Draw the values to choose from, one at least; gives the one chosen, at first as what stands was."""
    by_choice = {one.choice: one for one in offered}
    first = list(by_choice).index(standing.choice) if standing is not None and standing.choice in by_choice else 0
    # The names stay the same from frame to frame, so that the choice made stays, too: what changes stands below them.
    chosen = st.radio(
        "Value",
        list(by_choice),
        index=first,
        format_func=_LABELS.__getitem__,
        captions=[f"**{area_in_words(one.area, one.unit)}**, {_where(one)}" for one in offered],
        horizontal=True,
        key=f"{key}-choice",
        label_visibility="collapsed",
    )
    return by_choice[chosen]


def offer_accepting(
    chosen: Candidate, analysis: Analysis, *, analysis_id: str, exam: Exam, key: str
) -> AcceptedValue | None:
    """Draw what speaks against a value and the button that accepts it; gives the value once it is accepted."""
    despite: tuple[Reservation, ...] = ()
    if chosen.reservations:
        st.markdown("  \n".join(f":material/warning: {plain(capital(one))}." for one in chosen.reservations))
        # What was known of one value, or of fewer things against it, is not known of another.
        follow(f"{key}-despite", False, of=(chosen.choice, chosen.first_frame, chosen.last_frame, chosen.reservations))
        known = st.checkbox("I know that, and accept it all the same", key=f"{key}-despite")
        despite = chosen.reservations if known else ()
    complete = analysis.view.complete
    if not complete:
        st.caption("Choose nerve, site and side of the clip to accept a value.")
    if not actor().code:
        st.caption("Type your code above: a value is kept with who accepted it.")
    waiting = not complete or not actor().code or len(despite) < len(chosen.reservations)
    displayed: Candidate = st.session_state.get(f"{key}-displayed", chosen)
    st.session_state[f"{key}-displayed"] = chosen
    pressed = bool(st.session_state.get(f"{key}-accept"))  # also where it must not be pressed any more
    st.button("Accept", type="primary", icon=":material/check:", disabled=waiting, key=f"{key}-accept")
    if not pressed:
        return None
    if displayed != chosen:  # another tab calibrated or corrected the clip meanwhile
        st.warning(
            f"Nothing was accepted: what was displayed, {_in_words(displayed)}, is {_in_words(chosen)} now. Accept it "
            "again if that is meant.",
            icon=":material/difference:",
        )
        return None
    if waiting:
        return None
    app, model = application(), analysis.model
    card = app.models.card(model.name) if is_here(model, app.models) else model
    try:
        return accept_value(
            chosen,
            analysis,
            analysis_id=analysis_id,
            exam=exam,
            despite=despite,
            model_error=unseen_area_error(card),
            annotations=app.annotations,
            store=app.visits.worksheets,
            actor=actor(),
            now=now(),
        )
    except NerveAppError as error:
        show_error(error)
        return None


def offer_for_visit(here: SessionState, analysis: Analysis) -> None:
    """Draw on the Analyse page how its clip stands in its visit: the value accepted, and those that may be."""
    app, record = application(), here.record
    exam = app.library.exam(record.exam) if record.exam else None
    if exam is None:
        return
    with st.expander(f"Visit of {plain(exam.patient)}, {exam.when}: accept a value", icon=":material/assignment:"):
        st.page_link("pages/visit.py", label="Worksheet of the visit", query_params={"visit": exam.id})
        values = [one for one in app.visits.worksheets.values(exam.id) if one.view == record.view]
        today = today_of(values, clips_behind(values, app.library), annotations=app.annotations, analyses=app.analyses)
        for value in values:
            outdated = f" **Outdated: {why}.**" if (why := why_outdated(value, today)) else ""
            st.caption(f"Accepted: {accepted_in_words(value)}.{outdated}")
        ask_who()
        offered = values_to_accept(
            analysis,
            frame=min(here.frame, len(analysis.frames) - 1),
            corrections_left_out=corrections_switched_off(analysis),
        )
        if not offered:
            st.caption("There is no area to accept.")
            return
        key = f"visit-{here.analysis}"
        standing = values[-1] if values else None
        chosen = choose_value(offered, key=key, standing=standing)
        if standing is not None:
            st.caption(f"What you accept takes the place of the value of {plain(standing.by) or 'nobody named'}.")
        if offer_accepting(chosen, analysis, analysis_id=here.analysis, exam=exam, key=key) is not None:
            st.rerun()


def accepted_in_words(value: AcceptedValue) -> str:
    """Say what was accepted, how it was chosen, by whom and when."""
    area = area_in_words(value.area, value.unit, digits=1)
    by = f" by {plain(value.by)}" if value.by else ""
    return f"{area}, {chosen_in_words(value)},{by} on {value.at:%Y-%m-%d %H:%M} UTC"


def chosen_in_words(value: AcceptedValue) -> str:
    """Say how a value was chosen, and whether a person drew its outline."""
    measured, said = value.measured, how_chosen(value)
    if measured is not None and (measured.corrected or measured.is_mixed):
        said += f", {who_outlined(measured, model='the model')}"
    return said


def _in_words(candidate: Candidate) -> str:
    return f"{_LABELS[candidate.choice]}: {area_in_words(candidate.area, candidate.unit)}"


def _where(candidate: Candidate) -> str:
    if candidate.first_frame == candidate.last_frame:
        return f"frame {candidate.first_frame}"
    return f"frames {candidate.first_frame}–{candidate.last_frame}"
