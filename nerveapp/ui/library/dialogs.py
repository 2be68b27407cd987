"""What is asked in a dialog of the Library page, and what is reported once it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

import streamlit as st

from nerveapp.domain.exam import Exam
from nerveapp.domain.library import Deletion, ListedClip
from nerveapp.domain.patient import Patient
from nerveapp.errors import NerveAppError
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import plain

_ASKED = "library-asked"
_REPORTS = "library-reports"
_DONE = "library-done"

_Described = TypeVar("_Described", Patient, Exam)


class Act(StrEnum):
    """What a dialog is for."""

    MOVE = "move"
    VIEW = "view"
    PATIENT = "patient"
    VISIT = "visit"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class OpenDialog:
    """An open dialog.

    It is kept, as a dialog that is only drawn in the run of its button is gone with the next run of the page.

    Parameters
    ----------
    act : Act
    clips : tuple of ListedClip
        That are to be moved or described.
    patient : Patient or None
        Who is described, or has a visit.
    exam : Exam or None
        The visit that is described; None for a new one.
    goes : tuple of (str, Deletion)
        What is deleted, by name, as it was found when it was asked about.
    """

    act: Act
    clips: tuple[ListedClip, ...] = ()
    patient: Patient | None = None
    exam: Exam | None = None
    goes: tuple[tuple[str, Deletion], ...] = ()


def ask(asked: OpenDialog) -> None:
    """Open a dialog, in this run of the page."""
    st.session_state[_ASKED] = asked


def asked_now() -> OpenDialog | None:
    """Give the dialog that is open."""
    found: OpenDialog | None = st.session_state.get(_ASKED)
    return found


def close() -> None:
    """Close the dialog."""
    st.session_state.pop(_ASKED, None)


def what_differs(before: _Described, after: _Described) -> dict[str, Any]:
    """Give what was typed anew in a form: the rest may have been described otherwise in another tab meanwhile."""
    values = {one.name: getattr(after, one.name) for one in fields(after)}
    return {name: value for name, value in values.items() if value != getattr(before, name)}


@contextmanager
def doing(report: str) -> Iterator[None]:
    """Do what a dialog's button is for, close the dialog and report; on a failure the dialog stays and reports it."""
    try:
        yield
    except NerveAppError as error:
        show_error(error)
        return
    finish(report)


def finish(*reports: str | NerveAppError) -> None:
    """Close the dialog and report on the page what was done, or what failed."""
    st.session_state[_REPORTS] = [*st.session_state.get(_REPORTS, ()), *reports]
    st.session_state[_DONE] = True
    close()
    st.rerun()


def was_done() -> bool:
    """Say, once, whether what was asked is done: what was chosen for it is not meant for the next thing too."""
    return bool(st.session_state.pop(_DONE, False))


def show_reports() -> None:
    """Report once what was done last."""
    reports = st.session_state.pop(_REPORTS, ())
    if done := [plain(one) for one in reports if isinstance(one, str)]:
        st.success("  \n".join(done), icon=":material/check:")
    for failure in (one for one in reports if isinstance(one, NerveAppError)):
        show_error(failure)
