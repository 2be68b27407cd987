"""A visit: its date or day number, indication and note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.counted import counted
from nerveapp.domain.exam import LONGEST_TEXT, Exam
from nerveapp.ui.clips.patient_code import is_meant
from nerveapp.ui.library.dialogs import OpenDialog, close, doing, what_differs
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.today import today
from nerveapp.workflows.library.patients import describe_exam, new_exam

_DATE, _DAY, _UNDATED = "Date", "Day of the study", "Undated"
_FIRST, _LAST = date(1900, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Visit:
    """What was typed of a visit; see `Exam`."""

    date: date | None
    day: int | None
    indication: str
    note: str


def type_visit(key: str, known: Exam | None = None) -> Visit:
    """Draw a visit's fields.

    Parameters
    ----------
    key : str
        Start of the widgets' keys.
    known : Exam, optional
        What the fields begin with.
    """
    first = 0 if known is None or known.date is not None else 2 if known.day is None else 1
    way = st.radio("When", (_DATE, _DAY, _UNDATED), index=first, horizontal=True, key=f"{key}-way")
    on_date, day = None, None
    if way == _DATE:
        begin = known.date if known is not None and known.date is not None else today()
        on_date = st.date_input("Date of the visit", begin, min_value=_FIRST, max_value=_LAST, key=f"{key}-date")
        if on_date > today():
            st.caption(":material/warning: That day is still to come.")
    elif way == _DAY:
        begin_day = known.day if known is not None and known.day is not None else 0
        day = st.number_input("Day number; 0 is the first visit", value=begin_day, step=1, key=f"{key}-day")
    indication = st.text_input(
        "Indication", known.indication if known else "", max_chars=LONGEST_TEXT, key=f"{key}-indication"
    )
    note = st.text_area("Note", known.note if known else "", max_chars=LONGEST_TEXT, height=80, key=f"{key}-note")
    st.caption("No names, dates of birth or numbers of records: everybody who can open this server reads this.")
    return Visit(on_date, day, indication.strip(), note.strip())


def add_visit(patient: str, visit: Visit) -> Exam:
    """Add a visit of a patient, who is added where unknown; raises AnnotationError, LibraryError."""
    return new_exam(
        patient,
        application().library,
        date=visit.date,
        day=visit.day,
        indication=visit.indication,
        note=visit.note,
        actor=actor(),
        now=now(),
    )


def _agreed_to_join(code: str, visit: Visit, key: str) -> bool:
    """Ask before a visit joins those that another patient has already."""
    library = application().library
    if library.patient(code) is None:
        return True
    exams = library.exams(code)
    same = sum(one.date == visit.date and one.day == visit.day for one in exams)
    day = f", {'one' if same == 1 else same} of the same day" if same else ""
    st.warning(f"{plain(code)} is known, with {counted(len(exams), 'visit')}{day}.", icon=":material/merge:")
    return st.checkbox("This visit is of the same person", key=f"{key}-join-{code}")


@st.dialog("Visit", icon=":material/event:", on_dismiss=close)
def show_visit(asked: OpenDialog) -> None:
    """Draw the dialog of a new visit, or of one that is described anew."""
    patient, exam = asked.patient, asked.exam
    if patient is None:
        raise ValueError("expected a patient")
    key = f"visit-{exam.id if exam else 'new'}-{patient.code}"
    code = patient.code
    if exam is not None:
        code = st.text_input(
            "Patient's code",
            patient.code,
            max_chars=32,
            key=f"{key}-patient",
            help="Another code makes the visit another patient's, with its clips and accepted values.",
        ).strip()
    meant = is_meant(code, key=key)
    visit = type_visit(key, exam)
    agreed = code == patient.code or _agreed_to_join(code, visit, key)
    label = "Save" if exam else "Add the visit"
    if not (st.button(label, type="primary", disabled=not agreed, key="visit-save") and meant):
        return
    with doing(f"The visit of {code} is {'saved' if exam else 'added'}."):
        if exam is None:
            add_visit(patient.code, visit)
        else:
            typed = replace(
                exam, patient=code, date=visit.date, day=visit.day, indication=visit.indication, note=visit.note
            )
            changed = what_differs(exam, typed)
            if changed.keys() & {"date", "day"}:  # of the two there is but one
                changed |= {"date": visit.date, "day": visit.day}
            describe_exam(
                exam.id,
                lambda standing: replace(standing, **changed),
                application().library,
                actor=actor(),
                now=now(),
            )
            if code != patient.code:  # the address listed what is another patient's now
                st.query_params.from_dict({"patient": code})
