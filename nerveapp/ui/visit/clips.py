"""Clips of a visit: dropping them, and putting each into its cell."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.clip_source import Origin
from nerveapp.domain.counted import counted
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ListedClip
from nerveapp.domain.view import View
from nerveapp.domain.view_name import view_of_name
from nerveapp.domain.worksheet import CellState, Worksheet
from nerveapp.errors import NerveAppError
from nerveapp.ui.clips.ask_analysis import ask_for_analysis
from nerveapp.ui.clips.clip_source import acquire
from nerveapp.ui.clips.library_words import name_of
from nerveapp.ui.clips.what_came import refuse, tell_what_came
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.uploads import folder_of_its_own, spool
from nerveapp.workflows.library.filing import move_clip, place_clip

_TURN, _ARRIVED, _MOVED = "visit-upload-turn", "visit-arrived", "visit-moved"
_ELSEWHERE = "visit-elsewhere"
"""Clips that came into a visit and are filed elsewhere, with the cell that each is meant for, by visit and clip."""
_KINDS = "Video, DICOM, TIFF or NIfTI files, or ZIPs of stills; each is a clip."


@dataclass(frozen=True, slots=True)
class _Arrived:
    """Files that were dropped and are not all filed yet: into which visit, and for which of its cells, if for one.

    They lie in a folder of their own: others may be dropped meanwhile.
    """

    exam: Exam
    view: View | None
    folder: Path
    paths: list[Path]


def place(clip: str, view: View, exam: Exam) -> None:
    """Put a clip of the library into a cell and have it analysed by the model that fits; raises NerveAppError."""
    app = application()
    place_clip(clip, view, exam, app.library, actor=actor(), now=now())
    ask_for_analysis(clip, app.default_model(view))


def offer_dropping(exam: Exam, sheet: Worksheet) -> None:
    """Draw where clips are dropped, and those that are in no cell yet."""
    tell_what_came()
    _tell_moved(exam)
    asked: dict[tuple[str, str], View | None] = st.session_state.get(_ELSEWHERE, {})
    for (visit, clip), view in list(asked.items()):
        if visit == exam.id:
            _ask_about_moving(clip, view, exam)
    _uploader("Drop the clips of this visit here", exam, None)
    if _take_arrived() is not None:
        st.rerun()
    if sheet.others:
        _offer_placing(exam, sheet)


def receive_for(exam: Exam, view: View, *, done: Callable[[], None]) -> None:
    """Draw where a clip of one cell is dropped; `done` is called once it is in its place."""
    tell_what_came()
    _uploader("Drop a clip here", exam, view)
    came = _take_arrived()
    if came is None:
        return
    if (exam.id, view) in came:
        done()
    st.rerun()


def file_clip(clip: str, exam: Exam, view: View | None = None, *, sure: bool = False) -> None:
    """File a clip under a visit: in a cell, or in the one that its name tells of, if it does; say what it leaves.

    One that is another patient's, or in another visit, stays there until somebody says that it belongs here.
    """
    library = application().library
    found = library.clip(clip)
    if not sure and found is not None and _elsewhere(found, exam):
        st.session_state.setdefault(_ELSEWHERE, {})[exam.id, clip] = view
        return
    if view is None and found is not None:
        named = view_of_name(found.name)
        view = named if named.complete else None
    if view is None:
        move_clip(clip, exam.id, library, actor=actor(), now=now())
    else:
        place(clip, view, exam)
    if found is not None:
        _say_if_moved(found, exam, view)


def _elsewhere(clip: ListedClip, exam: Exam) -> bool:
    """Whether a clip is another patient's, or in another visit of this one."""
    return clip.record.subject not in ("", exam.patient) or (clip.exam is not None and clip.exam.id != exam.id)


def _ask_about_moving(clip: str, view: View | None, exam: Exam) -> None:
    """Ask whether a clip that is filed elsewhere belongs here."""
    found = application().library.clip(clip)
    if found is None or not _elsewhere(found, exam):
        del st.session_state[_ELSEWHERE][exam.id, clip]
        return
    name, whose = f":material/warning: **{plain(name_of(found))}**", found.record.subject
    at = f"in the visit of {found.exam.when}" if found.exam is not None else ""
    if whose == exam.patient:
        said = f"{name} is {plain(at)} already. Does it belong here, and no longer there?"
        words = "Move it here", "Leave it there"
    else:
        said = f"{name} is patient {plain(whose)}'s{plain(at and f', {at}')}. Is it {plain(exam.patient)}'s after all?"
        words = f"Move it to {plain(exam.patient)}", f"Leave it with {plain(whose)}"
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(said, width="stretch")
        move = st.button(words[0], key=f"elsewhere-move-{clip}")
        leave = st.button(words[1], key=f"elsewhere-leave-{clip}")
    if move or leave:
        del st.session_state[_ELSEWHERE][exam.id, clip]
        if move:
            _refusing(partial(file_clip, sure=True), clip, exam, view)
        st.rerun()


def _say_if_moved(before: ListedClip, exam: Exam, view: View | None) -> None:
    """Say on the next run of the page if a clip that was filed anew has left another visit, or another cell."""
    if before.exam is None:
        return
    name, left = plain(name_of(before)), before.record.view
    if before.exam.id != exam.id:
        visit = plain(f"the visit of {before.exam.patient}, {before.exam.when}")
        words = f"{name} was in {visit}. It is in this visit now, and in that one no more."
    elif view is not None and left.complete and left != view:
        words = f"{name} was filed as {left.words}. It is filed as {view.words} now."
    else:
        return
    st.session_state.setdefault(_MOVED, {}).setdefault(exam.id, []).append(words)


def _tell_moved(exam: Exam) -> None:
    """Draw what left another visit or cell until somebody has read it: the page draws itself anew meanwhile."""
    moved: dict[str, list[str]] = st.session_state.get(_MOVED, {})
    for words in moved.get(exam.id, ()):
        st.info(words, icon=":material/drive_file_move:")
    if exam.id in moved and st.button("I have read it", key="visit-moved-read", type="tertiary"):
        del moved[exam.id]
        st.rerun()


def _offer_placing(exam: Exam, sheet: Worksheet) -> None:
    """Draw the clips of the visit that are in no cell, each with the cell that it may go to."""
    free = [one.view for one in sheet.cells if one.state is CellState.MISSING]
    cells = [*free, *(one.view for one in sheet.cells if one.view not in free)]
    with st.container(border=True, key="visit-unplaced"):
        st.markdown(f"**{counted(len(sheet.others), 'clip')} without a cell.** Where does each belong?")
        st.page_link(
            "pages/library.py",
            label="What is not of this visit is moved or taken out in the library",
            icon=":material/folder_shared:",
            query_params={"patient": exam.patient},
        )
        chosen = {}
        for one in sheet.others:
            chosen[one.record.sha256] = _choose_cell(one, cells)
        wanted = {clip: view for clip, view in chosen.items() if view is not None}
        label = f"Place {counted(len(wanted), 'clip')}"
        if st.button(label, type="primary", disabled=not wanted, key="visit-place", icon=":material/input:"):
            for clip, view in wanted.items():
                _refusing(place, clip, view, exam)
            st.rerun()


def _choose_cell(clip: ListedClip, cells: list[View]) -> View | None:
    picture, name, cell = st.columns([0.6, 2, 2], vertical_alignment="center")
    if thumbnail := application().library.thumbnail(clip.record.sha256):
        picture.image(thumbnail, width=88)
    name.markdown(f"{plain(name_of(clip))}  \n:small[:gray[{_as_described(clip.record.view, cells)}]]")
    chosen: View | None = cell.selectbox(
        f"Cell of {name_of(clip)}",
        cells,
        index=None,
        format_func=lambda one: one.words,
        placeholder="Choose nerve, site and side",
        key=f"place-{clip.record.sha256}",
        label_visibility="collapsed",
    )
    return chosen


def _as_described(view: View, cells: Collection[View]) -> str:
    """Say what a clip shows as far as it is known, and why it is in no cell."""
    if not view.complete:
        return view.words
    return f"{view.words}: not in the protocol of this visit" if view not in cells else view.words


def _uploader(label: str, exam: Exam, view: View | None) -> None:
    """Draw where clips of a visit are dropped, or of a view the one of its cell."""
    several = view is None
    key = f"visit-upload-{st.session_state.get(_TURN, 0)}-{several}"
    st.file_uploader(
        label, accept_multiple_files=several, key=key, on_change=_receive, args=(key, exam, view), help=_KINDS
    )


def _receive(key: str, exam: Exam, view: View | None) -> None:
    """Take what was uploaded to disk, before the uploader hands its files to the page: that copies them in memory."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # an empty uploader next time
    uploads = st.session_state.pop(key, None)
    if not uploads:
        return
    folder = folder_of_its_own()
    try:
        paths = spool(uploads if isinstance(uploads, list) else [uploads], folder)
    except NerveAppError as error:
        shutil.rmtree(folder, ignore_errors=True)
        refuse(error)
    else:
        st.session_state.setdefault(_ARRIVED, []).append(_Arrived(exam, view, folder, paths))


def _take_arrived() -> list[tuple[str, View | None]] | None:
    """Put what was uploaded into the library, each file as a clip of the visit that it was dropped into.

    Whatever is pressed meanwhile ends this run of the page. The next one, of whichever visit, goes on with the file
    that was being read: none is forgotten before it is filed.

    Returns
    -------
    list of (str, View or None), or None
        Visit and cell that each clip came for; None where nothing was uploaded.
    """
    waiting: list[_Arrived] = st.session_state.get(_ARRIVED, [])
    if not waiting:
        return None
    came = []
    with st.spinner(f"Reading {counted(sum(len(one.paths) for one in waiting), 'clip')}"):
        while waiting:
            arrived = waiting[0]
            while arrived.paths:
                if _take_first(arrived):
                    came.append((arrived.exam.id, arrived.view))
            waiting.pop(0)
            shutil.rmtree(arrived.folder, ignore_errors=True)
    return came


def _take_first(arrived: _Arrived) -> bool:
    """Read and file the first of the files that arrived; tells whether it is a clip."""
    path, clip = arrived.paths[0], ""
    try:
        clip = acquire([path], Origin.UPLOAD)
    except NerveAppError as error:
        refuse(type(error)(f"{path.name}: {error.message}", error.hint))
    except Exception:
        arrived.paths.pop(0)  # or else it would break down each page from now on
        raise
    else:
        _refusing(file_clip, clip, arrived.exam, arrived.view)
    arrived.paths.pop(0)
    return bool(clip)


def _refusing(act: Callable[..., None], *of: object) -> None:
    """Do something; what is refused is said on the next run of the page."""
    try:
        act(*of)
    except NerveAppError as error:
        refuse(error)
