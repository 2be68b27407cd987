"""Clips of the library: moving them to another visit, and saying anew what they show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.counted import counted
from nerveapp.domain.library import ListedClip
from nerveapp.domain.view import Nerve, Side, Site, sites_to_choose
from nerveapp.ui.clips.clip_form import NERVES, SIDES, if_other, in_words
from nerveapp.ui.clips.library_words import name_of, visit_of
from nerveapp.ui.clips.patient_code import is_meant
from nerveapp.ui.library.address import AT_ONCE
from nerveapp.ui.library.dialogs import OpenDialog, close, doing
from nerveapp.ui.library.visits import Visit, add_visit, type_visit
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.library.filing import move_clip, set_view

_Part = TypeVar("_Part", bound=Nerve | Site | Side)

_NEW = "new"
_FEW = 3


@st.dialog("Move to another visit", icon=":material/drive_file_move:", on_dismiss=close)
def show_moving(asked: OpenDialog) -> None:
    """Draw the dialog: whose visit, which visit."""
    clips = asked.clips
    st.caption(_named(clips))
    key = f"move-{clips[0].record.sha256}-{len(clips)}"
    code, meant = _ask_whose(key, clips[0].record.subject)
    chosen, visit = _NEW, None
    if code:
        library = application().library
        visits = {exam.id: visit_of(exam) for exam in library.exams(code)} | {_NEW: "A new visit"}
        there = clips[0].record.exam
        ids = list(visits)
        first = ids.index(there) if there in visits else 0
        # The choice begins anew with another patient's visits.
        chosen = st.selectbox("Visit", ids, index=first, format_func=visits.__getitem__, key=f"{key}-visit-{code}")
        visit = type_visit(f"{key}-new") if chosen == _NEW else None
    with st.container(horizontal=True):
        if st.button("Move", type="primary", disabled=not code, key="move-now") and meant:
            with doing(f"{counted(len(clips), 'clip')} moved to a visit of {code}."):
                _move(clips, code, chosen, visit)
        if any(one.record.subject for one in clips) and st.button(
            "Take from patient and visit", key="move-out", help="The clip is then of nobody; it stands for itself."
        ):
            with doing(f"{counted(len(clips), 'clip')} taken from patient and visit."):
                for one in clips:
                    move_clip(one.record.sha256, "", application().library, actor=actor(), now=now())


def _move(clips: Sequence[ListedClip], code: str, chosen: str, visit: Visit | None) -> None:
    exam = chosen if visit is None else add_visit(code, visit).id
    for one in clips:
        move_clip(one.record.sha256, exam, application().library, actor=actor(), now=now())


def _ask_whose(key: str, subject: str) -> tuple[str, bool]:
    """Ask for a patient's code, and whether it is meant; codes that hold what was typed are offered."""
    typed = f"{key}-patient"
    code = st.text_input(
        "Patient's code", subject, key=typed, max_chars=32, placeholder="such as S012", help="Never a name."
    ).strip()
    meant = is_meant(code, key=key)
    if not code or application().library.patient(code) is not None:
        return code, meant
    hits = [one.code for one in application().library.patients(code)[:AT_ONCE]]

    def choose() -> None:
        st.session_state[typed] = st.session_state[f"{key}-hits-{code}"] or code

    if hits:
        st.pills("Known codes", hits, format_func=plain, key=f"{key}-hits-{code}", on_change=choose)
    st.caption(f"{plain(code)} is not in the library yet and is added with its visit.")
    return code, meant


@st.dialog("What the clip shows", icon=":material/label:", on_dismiss=close)
def show_describing(asked: OpenDialog) -> None:
    """Draw the dialog: nerve, site and side of all clips chosen; what differs among them stays unless it is set."""
    clips = asked.clips
    st.caption(_named(clips))
    views = [one.record.view for one in clips]
    places, sides = {(view.nerve, view.site) for view in views}, {view.side for view in views}
    at = views[0] if len(places) == 1 else None
    key = f"view-{clips[0].record.sha256}-{len(clips)}"
    nerve = _choice("Nerve", NERVES, at.nerve if at is not None else None, key=key)
    site: Site | None = None
    if nerve is not None:
        sites = sites_to_choose(nerve)
        begins = None if at is None else at.site if at.site in sites else Site.UNKNOWN
        site = _choice("Site", sites, begins, key=f"{key}-{nerve}")
    side = _choice("Side", SIDES, views[0].side if len(sides) == 1 else None, key=key)
    st.caption("Analyses stay and are measured against the limits of this nerve and site from now on.")
    if st.button("Save", type="primary", key="view-save"):
        with doing(f"{counted(len(clips), 'clip')} described anew."):
            for one in clips:
                drawn = one.record.view
                set_view(
                    one.record.sha256,
                    application().library,
                    nerve=if_other(nerve, drawn.nerve),
                    site=if_other(site, drawn.site),
                    side=if_other(side, drawn.side),
                    actor=actor(),
                    now=now(),
                )


def _choice(label: str, options: Sequence[_Part], all_show: _Part | None, *, key: str) -> _Part | None:
    """Ask for what all clips show; None, to leave what each shows, is offered where they do not show the same."""
    offered: list[_Part | None] = [*options] if all_show else [None, *options]
    return st.selectbox(
        label,
        offered,
        offered.index(all_show),
        format_func=lambda one: "As each is" if one is None else in_words(one),
        key=f"{key}-{label.lower()}",
    )


def _named(clips: Sequence[ListedClip]) -> str:
    names = ", ".join(plain(name_of(one)) for one in clips[:_FEW])
    return names if len(clips) <= _FEW else f"{names} and {counted(len(clips) - _FEW, 'clip')} more"
