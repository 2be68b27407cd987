"""The Visit page: choosing or beginning a visit, its worksheet, what it means, and its report."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from nerveapp.analysis.findings import cell_finding
from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.exam import Exam
from nerveapp.domain.patient import NARROWEST_WRIST_MM, WIDEST_WRIST_MM, Patient
from nerveapp.domain.protocols import PROTOCOLS
from nerveapp.domain.view import Nerve, Side, Site
from nerveapp.domain.worksheet import SIDES, CellState, Worksheet
from nerveapp.errors import LibraryError, NerveAppError
from nerveapp.ports import WorksheetStore
from nerveapp.ui.clips.clip_form import follow, in_words
from nerveapp.ui.clips.library_words import visit_of
from nerveapp.ui.clips.patient_code import is_meant
from nerveapp.ui.library.visits import add_visit, type_visit
from nerveapp.ui.page.actor import actor, ask_who
from nerveapp.ui.page.failures import errors_shown, show_error
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.shell import entered
from nerveapp.ui.visit.clips import offer_dropping
from nerveapp.ui.visit.dialogs import close, show_asked
from nerveapp.ui.visit.protocol import offer_own_protocols
from nerveapp.ui.visit.report_view import show_conclusion, show_pairs, show_report
from nerveapp.ui.visit.worksheet import show_grid
from nerveapp.workflows.library.patients import describe_patient
from nerveapp.workflows.visits.worksheet import protocols, worksheet, write_sheet

_RECENT = 20


def show_visit_page() -> None:
    """Draw the visit that the address names, or the ways to one.

    Raises
    ------
    LibraryError
        If there is no such visit.
    """
    if entered():
        close()
    asked = st.query_params.get("visit", "")
    if not asked:
        _offer_visits()
        return
    exam = application().library.exam(asked)
    if exam is None:
        raise LibraryError("There is no visit under this address.", "It was deleted, or the address is wrong.")
    _show_visit(exam)


def _offer_visits() -> None:
    st.title("Visit", anchor=False)
    begin, recent = st.columns(2, gap="large")
    with begin, st.container(border=True):
        st.subheader("Begin a visit", anchor=False)
        code = st.text_input("Patient's code", max_chars=32, placeholder="such as S012", key="visit-patient").strip()
        title = st.selectbox("Protocol", [one.title for one in protocols(_store())], key="visit-protocol")
        typed = type_visit("visit-begin")
        # Never greyed: what is typed arrives with the press itself. What is asked of it stands below: it would push the
        # button from under the pointer.
        pressed = st.button("Begin", type="primary", key="visit-begin")
        if code and any(
            (one.patient, one.date, one.day) == (code, typed.date, typed.day) for one in application().library.exams()
        ):
            st.caption(f":material/info: {plain(code)} has a visit of this time already; *Begin* adds another.")
        meant = is_meant(code, key="visit-begin")
        if pressed and not code:
            st.warning("Enter the patient's code first.", icon=":material/badge:")
        elif pressed and meant:
            try:
                exam = add_visit(code, typed)
                chosen = next(one for one in protocols(_store()) if one.title == title)
                write_sheet(exam.id, _store(), protocol=chosen.name, actor=actor(), now=now())
            except NerveAppError as error:
                show_error(error)
            else:
                st.query_params["visit"] = exam.id
                st.rerun()
    with recent:
        st.subheader("Visits", anchor=False)
        text = st.text_input("Patient's code", key="visit-search", placeholder="All", label_visibility="collapsed")
        exams = [one for one in application().library.exams() if text.casefold() in one.patient.casefold()]
        if not exams:
            st.caption("None yet.")
        for exam in reversed(exams[-_RECENT:]):
            label = f"{exam.patient} · {visit_of(exam)}"
            # A link to the page one is on leaves the browser's address as it was.
            if st.button(plain(label), icon=":material/assignment:", type="tertiary", key=f"visit-open-{exam.id}"):
                st.query_params["visit"] = exam.id
                st.rerun()
        if len(exams) > _RECENT:
            st.caption(f"The newest {_RECENT} of {len(exams)}; search for others by code.")


def _show_visit(exam: Exam) -> None:
    app = application()
    sheet = worksheet(exam, app.library, _store(), app.annotations, app.analyses)
    patient = app.library.patient(exam.patient) or Patient(exam.patient)
    accepted = sum(cell.state is CellState.ACCEPTED for cell in sheet.cells)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(plain(f"Visit of {exam.patient}, {exam.when}"), anchor=False, width="stretch")
        st.page_link(
            "pages/follow_up.py",
            label="Over time",
            icon=":material/timeline:",
            query_params={"patient": exam.patient},
            width="content",
        )
        ask_who()
        if st.button("Another visit", icon=":material/close:", key="another-visit"):
            st.query_params.clear()
            st.rerun()
    outdated = sum(bool(cell.outdated) for cell in sheet.cells)
    said = [f"{accepted} of {len(sheet.cells)} accepted" + (f", {outdated} outdated" if outdated else "")]
    said += [f"{sum(cell.state is CellState.TO_REVIEW for cell in sheet.cells)} to review"]
    said += [f"{len(sheet.missing)} missing"]
    indication = f" · {plain(exam.indication)}" if exam.indication else ""
    st.markdown(f"{' · '.join(said)}{indication}")
    _choose_protocol(exam, sheet)
    offer_dropping(exam, sheet)
    norms = app.visits.norms.table()
    findings = {cell.view: found for cell in sheet.cells if (found := cell_finding(cell, norms, patient)) is not None}
    watch = show_grid(exam, sheet, findings)
    _describe(exam, sheet, patient)
    show_pairs(sheet)
    show_conclusion(sheet.sheet)
    show_report(exam, accepted=accepted)
    show_asked(exam, sheet.cells)
    watch()


def _choose_protocol(exam: Exam, sheet: Worksheet) -> None:
    known = protocols(_store())
    follow("visit-protocol-now", sheet.protocol.name, of=exam.id)

    def changed() -> None:
        with errors_shown({"visit-protocol-now": sheet.protocol.name}):
            chosen = st.session_state["visit-protocol-now"]
            write_sheet(exam.id, _store(), protocol=chosen, actor=actor(), now=now())

    titles = {one.name: one.title for one in known}
    protocol, own = st.columns([3, 1], vertical_alignment="bottom")
    protocol.selectbox(
        "Protocol", list(titles), format_func=titles.__getitem__, key="visit-protocol-now", on_change=changed
    )
    with own.popover("Own protocols", icon=":material/edit_note:", width="stretch"):
        offer_own_protocols(exam, sheet)
    if sheet.protocol_gone:
        st.caption(
            f":material/info: The protocol of this visit was removed; the sites of “{plain(sheet.protocol.title)}” are "
            "shown, and all that was accepted."
        )
    if sheet.protocol in PROTOCOLS:
        st.caption(plain(sheet.protocol.source) + ".")


def _describe(exam: Exam, sheet: Worksheet, patient: Patient) -> None:
    """Draw what decides the limits of the median nerve at the wrist: the wrist's circumference, and a bifid nerve."""
    if not any((one.view.nerve, one.view.site) == (Nerve.MEDIAN, Site.WRIST) for one in sheet.cells):
        return
    follow("visit-wrist", patient.wrist_mm, of=exam.id)
    follow("visit-bifid", list(sheet.sheet.bifid), of=exam.id)

    def wrist() -> None:
        with errors_shown({"visit-wrist": patient.wrist_mm}):
            measured = st.session_state["visit-wrist"]
            describe_patient(
                exam.patient,
                lambda standing: replace(standing, wrist_mm=measured),
                application().library,
                actor=actor(),
                now=now(),
            )

    def bifid() -> None:
        sides: list[Side] = st.session_state["visit-bifid"]
        with errors_shown({"visit-bifid": list(sheet.sheet.bifid)}):
            chosen = tuple(side for side in SIDES if side in sides)
            write_sheet(exam.id, _store(), bifid=chosen, actor=actor(), now=now())

    first, second = st.columns(2, vertical_alignment="bottom")
    first.number_input(
        "Wrist circumference, mm",
        value=None,
        min_value=NARROWEST_WRIST_MM,
        max_value=WIDEST_WRIST_MM,
        step=1.0,
        format="%.0f",
        key="visit-wrist",
        on_change=wrist,
        help="Gives the personal upper limit of the median nerve at the wrist.",
    )
    second.pills(
        "Median nerve bifid at the wrist",
        SIDES,
        selection_mode="multi",
        format_func=in_words,
        key="visit-bifid",
        on_change=bifid,
    )


def _store() -> WorksheetStore:
    return application().visits.worksheets
