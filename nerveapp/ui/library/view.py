"""The Library page: patients, visits and clips, found by what the address says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.view import Nerve, Side, Site
from nerveapp.ui.clips.clip_form import follow, in_words
from nerveapp.ui.clips.library_words import EVERYBODY
from nerveapp.ui.library.address import LibraryFilter
from nerveapp.ui.library.clips import show_clips
from nerveapp.ui.library.deleting import show_deleting
from nerveapp.ui.library.dialogs import Act, OpenDialog, asked_now, close, show_reports
from nerveapp.ui.library.filing import show_describing, show_moving
from nerveapp.ui.library.patients import show_patient_form, show_patients
from nerveapp.ui.library.visits import show_visit
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.shell import entered

_LOG_LINES = 20
_TEXT, _NERVE, _SITE, _SIDE, _NOBODY = (f"library-{one}" for one in ("text", "nerve", "site", "side", "nobody"))
_DIALOGS: dict[Act, Callable[[OpenDialog], None]] = {
    Act.MOVE: show_moving,
    Act.VIEW: show_describing,
    Act.PATIENT: show_patient_form,
    Act.VISIT: show_visit,
    Act.DELETE: show_deleting,
}


def show_library() -> None:
    """Draw the page."""
    if entered():
        close()
    wanted = LibraryFilter.read(st.query_params)
    show_reports()
    _ask(wanted)
    show_patients(wanted, _turn)
    show_clips(wanted, _turn)
    _show_log()
    st.caption(f"{application().settings.retention.words} {EVERYBODY}")
    if (asked := asked_now()) is not None:
        _DIALOGS[asked.act](asked)


def _turn(wanted: LibraryFilter) -> None:
    st.query_params.from_dict(wanted.address)
    st.rerun()


def _ask(wanted: LibraryFilter) -> None:
    """Draw the filters; what is typed or chosen goes into the address."""
    for key, value in (
        (_TEXT, wanted.text),
        (_NERVE, wanted.nerve),
        (_SITE, wanted.site),
        (_SIDE, wanted.side),
        (_NOBODY, wanted.patient == ""),
    ):
        follow(key, value)

    def changed() -> None:
        state = st.session_state
        patient = "" if state[_NOBODY] else wanted.patient or None
        asked = LibraryFilter(state[_TEXT].strip(), patient, wanted.visit, state[_NERVE], state[_SITE], state[_SIDE])
        st.query_params.from_dict((replace(asked, visit="") if patient != wanted.patient else asked).address)

    text, nerve, site, side, nobody = st.columns([3, 1.4, 1.4, 1.4, 1.6], vertical_alignment="bottom")
    text.text_input("Search", key=_TEXT, placeholder="Patient's code, clip's name, nerve, site", on_change=changed)
    for column, label, words, key in (
        (nerve, "Nerve", Nerve, _NERVE),
        (site, "Site", Site, _SITE),
        (side, "Side", Side, _SIDE),
    ):
        column.selectbox(
            label, list(words), index=None, format_func=in_words, placeholder="Any", key=key, on_change=changed
        )
    nobody.checkbox("Of no patient", key=_NOBODY, on_change=changed, help="Clips without a patient's code.")


def _show_log() -> None:
    with st.expander("What was done last", icon=":material/history:"):
        lines = application().library.log(_LOG_LINES)
        if not lines:
            st.caption("Nothing yet.")
        for line in lines:
            st.markdown(f":small[{line.at:%Y-%m-%d %H:%M} UTC · {plain(line.actor or 'no code')} · {plain(line.what)}]")
