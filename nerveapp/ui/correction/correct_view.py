"""The Correct page: the editor on one side, what the correction changes and the frames on the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitAPIException

from nerveapp import bootstrap
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.editing import Edit
from nerveapp.errors import NerveAppError
from nerveapp.ports import FrameSource
from nerveapp.ui.components.editor import editor, reported
from nerveapp.ui.correction.annotating import controls, session_for
from nerveapp.ui.correction.canvas_editor import canvas_editor
from nerveapp.ui.correction.consequence_view import show_consequence
from nerveapp.ui.correction.correct_commands import buttons, execute
from nerveapp.ui.correction.correction_curve import show_corrections
from nerveapp.ui.correction.drawn_clip import note_played
from nerveapp.ui.correction.queue_view import explain_empty_queue, explain_flags, show_progress
from nerveapp.ui.correction.subject_form import ask_whose, without_subject
from nerveapp.ui.page.actor import acting_as
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import plain_html
from nerveapp.workflows.annotating.annotation_queue import Queue
from nerveapp.workflows.annotating.annotation_session import AnnotationSession

_EDITOR = "editor"


@dataclass(frozen=True, slots=True)
class Correcting:
    """What the page is given of an analysed clip.

    Parameters
    ----------
    analysis : Analysis
        By the model, in the calibration in force.
    frames : FrameSource
        The clip's frames.
    show_clip : callable
        Draws the player, with what was drawn in a session.
    player_frame : int or None
        Where the player rests on Analyse: this page opens there.
    wanted_frame : int or None
        The frame that was asked for just now.
    """

    analysis: Analysis
    frames: FrameSource
    show_clip: Callable[[AnnotationSession], None]
    player_frame: int | None = None
    wanted_frame: int | None = None


def correct(given: Correcting) -> None:
    """Draw the page."""
    session = _who_and_what(given)
    if session is None:
        return
    session.refresh()
    _work(session, given.show_clip)


def _who_and_what(given: Correcting) -> AnnotationSession | None:
    row = st.container(horizontal=True, vertical_alignment="bottom")  # it wraps: nothing is cut on a narrow screen
    rater = row.text_input(
        "Rater", key="rater", placeholder="Your code", width=150,
        help="A code, no name. Each rater has records of their own.",
    )  # fmt: skip
    rater = rater.strip()
    if not rater:
        st.info("Enter your rater code above to correct, such as R1.", icon=":material/badge:")
        return None
    analysis = given.analysis
    try:
        session = session_for(
            analysis,
            lambda: AnnotationSession(
                analysis,
                bootstrap.application().annotations,
                given.frames,
                acting_as(rater),
                without_subject=without_subject(analysis.clip.sha256),
            ),
            rater=rater,
        )
        with row:
            trouble = ask_whose(session)
            _open_wanted(given, session)
            _choose_queue(session)
    except NerveAppError as error:  # the frame that is open stays open, with what is drawn on it
        show_error(error)
        return None
    if trouble is not None:
        show_error(trouble)
    if session.needs_subject:
        st.info(
            "Whose clip is this? Enter the patient's code above, or mark that there is none: nothing is saved before.",
            icon=":material/person_search:",
        )
        return None
    return session


def _open_wanted(given: Correcting, session: AnnotationSession) -> None:
    """Open the frame that was asked for, or the one the clinician was at where they have moved since."""
    known = controls()
    wanted = given.wanted_frame
    if wanted is None and given.player_frame != known.player_frame:
        wanted = given.player_frame
    known.player_frame = given.player_frame
    if wanted is None or not 0 <= wanted < len(session.analysis.frames):
        return
    session.open(wanted)
    session.queue = Queue.FLAGGED if wanted in session.flagged else Queue.ALL


def _choose_queue(session: AnnotationSession) -> None:
    chosen = st.segmented_control(
        "Go through", list(Queue), default=session.queue, key=f"queue-{session.rater}", required=True, width="content"
    )
    if chosen is not None and chosen is not session.queue:
        session.go_through(chosen)


@st.fragment
def _work(session: AnnotationSession, show_clip: Callable[[AnnotationSession], None]) -> None:
    try:
        _work_on(session)
        if st.toggle(
            "Show the clip",
            key="show-clip",
            help="With your outlines, also those propagated: played through, they are seen and can be accepted. Space "
            "plays and pauses it while you correct.",
        ):
            show_clip(session)
    except NerveAppError as error:  # a fragment runs without its page, which would show it
        show_error(error)


def _work_on(session: AnnotationSession) -> None:
    editor_column, side_column = st.columns([1.7, 1], gap="medium")
    with side_column:
        # Above all that is reported of a frame: they stay at one height, whatever is.
        top, messages = st.container(), st.container()
    with messages:
        if _take_report(session):
            execute(session)
        else:
            # A stroke is not stored: nothing is done over its head, the next Enter tries again.
            controls().pending = None
        explain_empty_queue(session)
    note_played()
    controls().acceptance.see(session.records, [session.frame])
    with editor_column:
        _edit(session)
        show_corrections(session)
    with top:
        buttons(session)
    with side_column:
        explain_flags(session)
        show_consequence(session)
        show_progress(session)
    st.html(
        f"<span data-rater='{plain_html(session.rater)}' data-record='{plain_html(session.record or '')}'></span>"
    )  # for tests


def _edit(session: AnnotationSession) -> None:
    task = session.task
    if task is None:
        return
    picture = session.source.png(session.frame, soon=session.frames()[:40])
    plain = st.toggle(
        "Plain canvas",
        key="plain-canvas",
        on_change=session.refresh,
        help="streamlit-drawable-canvas: brush, eraser, polygon; undo in its bar.",
    )
    if not plain:
        editor(task, picture, key=_EDITOR)
        return
    edit = canvas_editor(task, session.source.image(session.frame), session.mask, seconds=session.spent())
    reported_before = session.unsaved is not None and edit is not None and session.unsaved.id == edit.id
    if edit is not None and edit.id not in session.taken and not reported_before and _draw(session, edit):
        # The outline under the strokes is drawn anew; where the whole page runs just now, with the next stroke.
        with suppress(StreamlitAPIException):
            st.rerun(scope="fragment")


def _draw(session: AnnotationSession, edit: Edit | None) -> bool:
    """Store a stroke, or one that is unsaved; a failure is shown and the outline stays displayed."""
    try:
        if edit is not None:
            session.draw(edit)
        session.settle()
    except NerveAppError as error:
        show_error(error)
        return False
    return True


def _take_report(session: AnnotationSession) -> bool:
    """Take strokes and commands from the editor, in this order, before anything is drawn.

    Returns
    -------
    bool
        Whether all that was drawn is stored.
    """
    if session.task is None:
        return True
    edit, command = reported(session.task, key=_EDITOR)
    stored = _draw(session, edit)
    known = controls()
    if command is not None and command.id != known.last_command:
        known.last_command = command.id
        known.pending, known.point = command.order, command.point
        session.seconds = command.seconds
    return stored
