"""Deleting: what goes is listed, a second press is asked for, and afterwards what went is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ListedClip
from nerveapp.errors import NerveAppError
from nerveapp.ui.clips.library_words import name_of
from nerveapp.ui.library.address import LibraryFilter
from nerveapp.ui.library.dialogs import Act, OpenDialog, ask, close, finish
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_state import session_state
from nerveapp.workflows.library.delete import WHAT_STAYS, delete


def ask_about_clips(clips: Sequence[ListedClip]) -> None:
    """Ask whether clips are to go; raises LibraryError if one is gone already."""
    library = application().library
    found = ((name_of(one), library.what_goes(clip=one.record.sha256)) for one in clips)
    ask(OpenDialog(Act.DELETE, goes=tuple(found)))


def ask_about_visit(exam: Exam) -> None:
    """Ask whether a visit is to go with its clips; raises LibraryError if it is gone already."""
    goes = application().library.what_goes(exam=exam.id)
    ask(OpenDialog(Act.DELETE, goes=((f"Visit {exam.when} of {exam.patient}", goes),)))


def ask_about_patient(code: str) -> None:
    """Ask whether a patient is to go with visits and clips; raises LibraryError if gone already."""
    ask(OpenDialog(Act.DELETE, goes=((f"Patient {code}", application().library.what_goes(patient=code)),)))


@st.dialog("Delete for ever?", icon=":material/delete:", on_dismiss=close)
def show_deleting(asked: OpenDialog) -> None:
    """Draw the dialog."""
    for name, goes in asked.goes:
        st.markdown(f"**{plain(name)}**: {plain(goes.words)}")
    st.caption(f"{WHAT_STAYS} Deleting cannot be undone; the library's log keeps codes and counts.")
    with st.container(horizontal=True):
        if st.button("Delete for ever", type="primary", icon=":material/delete_forever:", key="delete-for-ever"):
            _delete(asked)
        if st.button("Keep", key="delete-not"):
            close()
            st.rerun()


def _delete(asked: OpenDialog) -> None:
    """Delete one after the other; what went before a failure is reported beside it."""
    app, here, reports = application(), session_state(), list[str | NerveAppError]()
    for name, goes in asked.goes:
        try:
            delete(goes, app.library, app.objects, actor=actor(), now=now())
        except NerveAppError as error:
            reports.append(error)
            break
        reports.append(f"Deleted {name}: {goes.words}.")
    if here.clip and app.library.clip(here.clip) is None:
        here.look_at()
    wanted = LibraryFilter.read(st.query_params)
    if wanted.patient and app.library.patient(wanted.patient) is None:  # what was listed is there no more
        st.query_params.from_dict(replace(wanted, patient=None, visit="", page=0).address)
    finish(*reports)
