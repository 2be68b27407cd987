"""Patients of the library: finding one, what a study knows of the person, and the visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.counted import counted
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ClipFilter
from nerveapp.domain.patient import (
    LATEST_BIRTH,
    NARROWEST_WRIST_MM,
    OLDEST_BIRTH,
    SHORTEST_CM,
    TALLEST_CM,
    WIDEST_WRIST_MM,
    Patient,
    Sex,
)
from nerveapp.ui.clips.library_words import known_of
from nerveapp.ui.clips.patient_code import is_meant
from nerveapp.ui.library.address import AT_ONCE, LibraryFilter
from nerveapp.ui.library.deleting import ask_about_patient, ask_about_visit
from nerveapp.ui.library.dialogs import Act, OpenDialog, ask, close, doing, what_differs
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.library.patients import describe_patient, rename_patient

_MOST_CLIPS = 1000
"""Of one patient, whose clips are counted by visit."""

Turn = Callable[[LibraryFilter], None]


def show_patients(wanted: LibraryFilter, turn: Turn) -> None:
    """Draw the patient at hand, or codes to choose one from.

    Parameters
    ----------
    wanted : LibraryFilter
    turn : callable
        Lists something else.
    """
    library = application().library
    if wanted.patient:
        patient = library.patient(wanted.patient)
        if patient is None:
            st.info(f"There is no patient {plain(wanted.patient)} in the library.", icon=":material/info:")
        else:
            _show_patient(patient, wanted, turn)
    elif wanted.patient is None:
        words = wanted.text.split() or [""]
        found = list(dict.fromkeys(one.code for word in words for one in library.patients(word)))
        if found:
            _offer(found, wanted, turn)


def _offer(codes: list[str], wanted: LibraryFilter, turn: Turn) -> None:
    more = f", the first {AT_ONCE} of {len(codes)}: search for others" if len(codes) > AT_ONCE else ""
    with st.expander(f"Patients ({len(codes)})", icon=":material/groups:", expanded=bool(wanted.text)):
        chosen = st.pills(
            f"Patients by code{more}", codes[:AT_ONCE], format_func=plain, key=f"library-patients-{wanted.text}"
        )
        if chosen:
            turn(replace(wanted, text="", patient=chosen, visit="", page=0))


def _show_patient(patient: Patient, wanted: LibraryFilter, turn: Turn) -> None:
    library = application().library
    exams = library.exams(patient.code)
    clips = Counter(one.record.exam for one in library.clips(ClipFilter(patient=patient.code, limit=_MOST_CLIPS)))
    with st.container(border=True, key="library-patient"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**Patient {plain(patient.code)}** · {known_of(patient)}  \n:small[{counted(len(exams), 'visit')}, "
                f"{counted(clips.total(), 'clip')}]",
                width="stretch",
            )
            with st.container(horizontal=True, width="content"):  # they wrap together
                st.page_link(
                    "pages/follow_up.py",
                    label="Over time",
                    icon=":material/timeline:",
                    query_params={"patient": patient.code},
                )
                if st.button("New visit", icon=":material/event:", key="patient-visit"):
                    ask(OpenDialog(Act.VISIT, patient=patient))
                if st.button("Edit", icon=":material/edit:", key="patient-edit"):
                    ask(OpenDialog(Act.PATIENT, patient=patient))
                if st.button("Delete", icon=":material/delete:", key="patient-delete"):
                    ask_about_patient(patient.code)
                if st.button("Close", icon=":material/close:", key="patient-close", help="Back to all patients"):
                    turn(replace(wanted, patient=None, visit="", page=0))
        for exam in exams:
            told = f"**Visit {exam.when}** · {counted(clips.get(exam.id, 0), 'clip')}"
            _show_visit(patient, exam, told, wanted, turn)


def _show_visit(patient: Patient, exam: Exam, told: str, wanted: LibraryFilter, turn: Turn) -> None:
    chosen = wanted.visit == exam.id
    with st.container(horizontal=True, vertical_alignment="center", key=f"visit-row-{exam.id}"):
        details = (plain(one) for one in (exam.indication, exam.note) if one)
        st.markdown(" · ".join((told, *details)), width="stretch")
        st.page_link("pages/visit.py", label="Worksheet", icon=":material/assignment:", query_params={"visit": exam.id})
        label = "All visits" if chosen else "Only this visit"
        if st.button(label, type="tertiary", icon=":material/filter_alt:", key=f"visit-show-{exam.id}"):
            turn(replace(wanted, visit="" if chosen else exam.id, page=0))
        if st.button("Edit", type="tertiary", icon=":material/edit:", key=f"visit-edit-{exam.id}"):
            ask(OpenDialog(Act.VISIT, patient=patient, exam=exam))
        if st.button("Delete", type="tertiary", icon=":material/delete:", key=f"visit-delete-{exam.id}"):
            ask_about_visit(exam)


@st.dialog("Patient", icon=":material/person:", on_dismiss=close)
def show_patient_form(asked: OpenDialog) -> None:
    """Draw the dialog of what a study knows of a person."""
    patient = asked.patient
    if patient is None:
        raise ValueError("expected a patient")
    key = f"patient-{patient.code}"
    code = st.text_input(
        "Patient's code",
        patient.code,
        max_chars=32,
        key=f"{key}-code",
        help="Another code is the patient's everywhere from then on: visits, clips, outlines. Models that were trained "
        "before know the person by the old one, and by the clips.",
    ).strip()
    meant = code == patient.code or is_meant(code, key=key)
    st.caption("Keep only what the study needs, and leave the rest empty.")
    born = st.number_input(
        "Year of birth", OLDEST_BIRTH, LATEST_BIRTH, value=patient.birth_year, step=1, key=f"{key}-born"
    )
    height = st.number_input(
        "Height in cm", SHORTEST_CM, TALLEST_CM, value=patient.height_cm, step=0.5, key=f"{key}-height"
    )
    wrist = st.number_input(
        "Wrist circumference in mm",
        NARROWEST_WRIST_MM,
        WIDEST_WRIST_MM,
        value=patient.wrist_mm,
        step=1.0,
        key=f"{key}-wrist",
    )
    sexes = [None, *Sex]
    sex = st.selectbox("Sex", sexes, sexes.index(patient.sex), format_func=_sex_in_words, key=f"{key}-sex")
    if st.button("Save", type="primary", key="patient-save") and meant:
        with doing(f"Patient {code} is saved."):
            # What was left as it was may have been described anew in another tab meanwhile.
            typed = Patient(patient.code, born, height, wrist, sex)
            changed = what_differs(patient, typed)
            describe_patient(
                patient.code,
                lambda standing: replace(standing, **changed),
                application().library,
                actor=actor(),
                now=now(),
            )
            if code != patient.code:
                rename_patient(patient.code, code, application().library, actor=actor(), now=now())
                st.query_params.from_dict({"patient": code})  # the address named the old one


def _sex_in_words(sex: Sex | None) -> str:
    return "Not kept" if sex is None else sex.value.capitalize()
