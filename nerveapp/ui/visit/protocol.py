"""Protocols of one's own: making, changing and removing them."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.counted import counted
from nerveapp.domain.exam import Exam
from nerveapp.domain.protocols import CARPAL_TUNNEL, LONGEST_TITLE, PROTOCOLS, Protocol, Station
from nerveapp.domain.view import SITES, Site
from nerveapp.domain.worksheet import Worksheet
from nerveapp.errors import NerveAppError
from nerveapp.ports import WorksheetStore
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.failures import errors_shown, show_error
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.visits.worksheet import remove_protocol, save_protocol, write_sheet

_STATIONS = tuple(Station(nerve, site) for nerve, sites in SITES.items() for site in sites if site is not Site.OTHER)


def offer_own_protocols(exam: Exam, sheet: Worksheet) -> None:
    """Draw a form that saves a protocol as a template and uses it for this visit, and the ones there are."""
    st.caption("A protocol is a list of sites. It is kept as a template for other visits.")
    title = st.text_input("Title", max_chars=LONGEST_TITLE, key="protocol-title").strip()
    chosen = st.multiselect(
        "Sites, in their order",
        _STATIONS,
        default=list(sheet.protocol.stations),
        format_func=lambda one: one.words,
        key=f"protocol-stations-{sheet.protocol.name}",
    )
    store = application().visits.worksheets
    if st.button("Save and use", type="primary", disabled=not (title and chosen), key="protocol-save"):
        try:
            protocol = save_protocol(
                title, tuple(chosen), store, instead_of=sheet.protocol.name, actor=actor(), now=now()
            )
            write_sheet(exam.id, store, protocol=protocol.name, actor=actor(), now=now())
        except NerveAppError as error:
            show_error(error)
        else:
            st.rerun()
    if sheet.protocol not in PROTOCOLS:
        _offer_removal(sheet.protocol, store)
    st.caption(f"In use for the visit of {plain(exam.patient)}: {plain(sheet.protocol.title)}.")


def _offer_removal(protocol: Protocol, store: WorksheetStore) -> None:
    """Draw a button that removes a protocol, once what that does to visits was read."""
    if not st.button(f"Remove “{plain(protocol.title)}”", icon=":material/delete:", key="protocol-remove"):
        return
    visits = store.visits_with(protocol.name)
    show = "shows" if visits == 1 else "show"
    st.warning(
        f"{counted(visits, 'visit')} of this protocol {show} the sites of “{plain(CARPAL_TUNNEL.title)}” then. All "
        "that was accepted stays.",
        icon=":material/delete:",
    )
    st.button("Remove it for ever", type="primary", key="protocol-remove-yes", on_click=_remove, args=(protocol.name,))


def _remove(name: str) -> None:
    with errors_shown():
        remove_protocol(name, application().visits.worksheets, actor=actor())
