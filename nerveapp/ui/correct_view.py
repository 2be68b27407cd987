"""The Correct page: the editor on one side, what the correction changes and the frames on the other."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import streamlit as st
from streamlit.errors import StreamlitAPIException

from nerveapp import bootstrap
from nerveapp.errors import NerveAppError
from nerveapp.ui.canvas_editor import canvas_editor
from nerveapp.ui.consequence_view import show_consequence
from nerveapp.ui.desk import Desk
from nerveapp.ui.editor import Edit, editor, reported
from nerveapp.ui.frame_shelf import FrameShelf
from nerveapp.ui.plain_text import plain_html
from nerveapp.ui.player import player
from nerveapp.ui.propagation_words import propagation_in_words
from nerveapp.ui.queue_view import explain_empty_queue, show_progress
from nerveapp.ui.results import scene_of
from nerveapp.ui.shell import show_error
from nerveapp.ui.sitting import Queue, Sitting, sitting_for
from nerveapp.workflows.annotate import note_subject

_EDITOR = "editor"
_TYPED = "subject-typed"


def correct(desk: Desk) -> None:
    """Draw the page for the analysed clip on the desk."""
    sitting = _who_and_what(desk)
    if sitting is None or desk.outcome is None:
        return
    sitting.refresh()
    _work(sitting)
    if st.toggle("Show the clip", key="show-clip", help="Space plays and pauses it while you correct."):
        player(desk.outcome.film.read_bytes(), scene_of(desk.outcome, desk.shown), key="clip-beside")


def _who_and_what(desk: Desk) -> Sitting | None:
    loaded = desk.loaded
    if loaded is None or desk.outcome is None:
        raise ValueError("expected an analysed clip")
    rater_column, subject_column, queue_column = st.columns([0.8, 0.8, 3.4], vertical_alignment="bottom")
    rater = rater_column.text_input(
        "Rater", key="rater", placeholder="R1", help="A code, no name. Each rater has records of their own."
    )
    if not rater:
        st.info("Say who you are to correct: type your rater code above, such as R1.", icon=":material/badge:")
        return None
    analysis = desk.shown
    try:
        store = bootstrap.annotation_store()
        sitting = sitting_for(
            analysis, lambda: Sitting(analysis, store, FrameShelf(loaded.clip, loaded.folder), rater), rater=rater
        )
        with subject_column:
            _ask_whose(sitting)
    except NerveAppError as error:
        show_error(error)
        return None
    with queue_column:
        try:
            _go_to_wanted(desk, sitting)
            _choose_queue(sitting)
        except NerveAppError as error:  # the frame that is open stays open, with what is drawn on it
            show_error(error)
    return sitting


def _ask_whose(sitting: Sitting) -> None:
    """Ask for the subject: filled in from what the store knows of this very clip, and noted once it is typed."""
    sha256 = sitting.analysis.clip.sha256
    key = f"subject-{sha256[:16]}"
    known = sitting.store.clip(sha256)
    stored = known.subject if known is not None else ""
    st.session_state.setdefault(key, stored)

    def typed() -> None:
        st.session_state[_TYPED] = sha256

    subject = st.text_input(
        "Subject",
        key=key,
        placeholder="S012",
        on_change=typed,
        help="A study code, never a name. It keeps people apart in training.",
    )
    if stored and not subject:
        st.caption(f"Stored as {stored}; a code is taken off on the Annotations page.")
    if st.session_state.get(_TYPED) == sha256:
        try:
            note_subject(sitting.analysis, subject, sitting.store, rater=sitting.rater, now=datetime.now(UTC))
            del st.session_state[_TYPED]
        except NerveAppError as error:  # told until it is mended
            show_error(error)


def _go_to_wanted(desk: Desk, sitting: Sitting) -> None:
    if desk.to_correct is None:
        return
    sitting.open(desk.to_correct)
    sitting.queue = Queue.FLAGGED if desk.to_correct in sitting.doubtful else Queue.ALL
    desk.to_correct = None


def _choose_queue(sitting: Sitting) -> None:
    chosen = st.segmented_control(
        "Go through", list(Queue), default=sitting.queue, key=f"queue-{sitting.rater}", required=True
    )
    if chosen is not None and chosen is not sitting.queue:
        sitting.settle()
        sitting.queue = chosen
        frames = sitting.frames()
        if frames:
            sitting.open(frames[0])


@st.fragment
def _work(sitting: Sitting) -> None:
    try:
        _work_on(sitting)
    except NerveAppError as error:  # a fragment runs without its page, which would say so
        show_error(error)


def _work_on(sitting: Sitting) -> None:
    editor_column, side_column = st.columns([1.7, 1], gap="medium")
    with side_column:
        # Above all that is said of a frame: they stay at one height, whatever is said.
        buttons, said = st.container(), st.container()
    with said:
        if _take_report(sitting):
            _obey(sitting)
        else:
            sitting.wish = ""  # a stroke is not stored: nothing is done over its head, the next Enter tries again
        explain_empty_queue(sitting)
    with editor_column:
        _edit(sitting)
    with buttons:
        _buttons(sitting)
    with side_column:
        show_consequence(sitting)
        show_progress(sitting)
    st.html(
        f"<span data-rater='{plain_html(sitting.rater)}' data-record='{plain_html(sitting.record or '')}'></span>"
    )  # for tests


def _edit(sitting: Sitting) -> None:
    task = sitting.task
    if task is None:
        return
    picture = sitting.shelf.png(sitting.frame, soon=sitting.frames()[:40])
    plain = st.toggle(
        "Plain canvas",
        key="plain-canvas",
        on_change=sitting.refresh,
        help="streamlit-drawable-canvas: brush, eraser, polygon; undo in its bar.",
    )
    if not plain:
        editor(task, picture, key=_EDITOR)
        return
    edit = canvas_editor(task, sitting.shelf.image(sitting.frame), sitting.mask, seconds=sitting.spent())
    told = sitting.pending is not None and edit is not None and sitting.pending.id == edit.id
    if edit is not None and edit.id not in sitting.taken and not told and _draw(sitting, edit):
        # The outline under the strokes is drawn anew; where the whole page runs just now, with the next stroke.
        with suppress(StreamlitAPIException):
            st.rerun(scope="fragment")


def _draw(sitting: Sitting, edit: Edit | None) -> bool:
    """Store a stroke, or one that is pending; a failure is told and the outline stays on show."""
    try:
        if edit is not None:
            sitting.draw(edit)
        sitting.settle()
    except NerveAppError as error:
        show_error(error)
        return False
    return True


def _take_report(sitting: Sitting) -> bool:
    """Take strokes and commands from the editor, in this order, before anything is drawn.

    Returns
    -------
    bool
        Whether all that was drawn is stored.
    """
    if sitting.task is None:
        return True
    edit, command = reported(sitting.task, key=_EDITOR)
    stored = _draw(sitting, edit)
    if command is not None and command.id != sitting.obeyed:
        sitting.obeyed = command.id
        sitting.wish, sitting.point = command.name, command.point
        sitting.seconds = command.seconds
    return stored


def _buttons(sitting: Sitting) -> None:
    def wish(name: str) -> None:
        sitting.wish, sitting.seconds = name, sitting.spent()

    def go() -> None:
        sitting.wish, sitting.wanted = "go", int(st.session_state["goto"])

    left, right = st.columns(2)
    left.button(
        "Save, next", type="primary", icon=":material/check:", width="stretch", help="Enter",
        on_click=wish, args=("save",),
    )  # fmt: skip
    right.button(
        "Carry to neighbours", icon=":material/double_arrow:", width="stretch", on_click=wish, args=("carry",),
        help="C: along the movement of the tissue, up to 20 frames to each side, as drafts to review",
    )  # fmt: skip
    back, number, on = st.columns([1, 2, 1], vertical_alignment="bottom")
    back.button("←", width="stretch", help="Previous frame (left arrow)", on_click=wish, args=("previous",))
    st.session_state["goto"] = sitting.frame
    number.number_input("Frame", 0, len(sitting.analysis.frames) - 1, key="goto", on_change=go)
    on.button("→", width="stretch", help="Next frame (right arrow)", on_click=wish, args=("next",))


def _obey(sitting: Sitting) -> None:
    """Do what a key or a button asked for."""
    name, sitting.wish = sitting.wish, ""
    try:
        if name == "save":
            frame = sitting.frame
            sitting.finish()
            more = sitting.next_in_queue()
            _say(f"Frame {frame} is saved." + ("" if more else " The queue is done."))
        elif name == "carry":
            _carry(sitting)
        elif name == "propose":
            proposer = bootstrap.proposer(sitting.analysis.model.name)
            if not sitting.propose(proposer):
                st.info("Nothing like a nerve is seen there.", icon=":material/search_off:")
        elif name == "go":
            sitting.open(sitting.wanted)
        elif name:
            sitting.step(1 if name == "next" else -1)
    except NerveAppError as error:
        show_error(error)


def _say(text: str) -> None:
    st.success(text, icon=":material/check:")


def _carry(sitting: Sitting) -> None:
    """Carry with a bar and a Stop: pressing it ends this run at the next step, what was carried stays."""
    bar = st.progress(0.0, "Carrying the outline")
    stop = st.empty()
    stop.button("Stop carrying", icon=":material/stop:")

    def tell(done: int, total: int) -> None:
        bar.progress(done / total, f"Carried to {done} frames")

    frame, before = sitting.frame, sitting.record
    saved = f"Frame {frame} is saved as final."
    try:
        report = sitting.carry(tell)
    except NerveAppError:
        if sitting.record != before:
            st.info(saved, icon=":material/check:")
        raise
    bar.empty()
    stop.empty()
    if report.first == report.last:
        st.info(f"{saved} {propagation_in_words(report)}", icon=":material/info:")
    else:
        _say(f"{saved} {propagation_in_words(report)} Review them under “{Queue.PROPAGATED}”.")
