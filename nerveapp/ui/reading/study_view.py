"""The Study page: make a reader study, and read its frames blinded."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nerveapp.analysis.pictures import png_of
from nerveapp.clock import now
from nerveapp.domain.annotation import Annotation, FrameKey, State
from nerveapp.domain.counted import counted
from nerveapp.domain.editing import FrameToCorrect, Order
from nerveapp.domain.reader_study import ROUNDS, ReaderStudy
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.view import nerve_and_site
from nerveapp.errors import NerveAppError
from nerveapp.ports import AnnotationStore
from nerveapp.ui.clips.view_filter import choose_by_view
from nerveapp.ui.components.editor import editor, reported
from nerveapp.ui.page.actor import acting_as, actor, ask_who
from nerveapp.ui.page.failures import show_error
from nerveapp.workflows.reading.blinded_reading import (
    frames_to_draw_from,
    left_to_trace,
    make_study,
    save_tracing,
    tracing_of,
)

_ABOUT = (
    "Raters trace the same frames in an order of their own, from an empty outline, without seeing the model, each "
    "other or what they drew before. A second round measures how a rater agrees with themselves. The Compare page "
    "then holds rounds, raters and the model against each other."
)
_KEY = "blinded-reading"
_EDITOR = "blinded-editor"


@dataclass(slots=True)
class BlindedReading:
    """A rater's way through one round of a study."""

    study: ReaderStudy
    rater: str
    round_number: int
    task: FrameToCorrect | None = None
    key: FrameKey = ("", 0)
    again: FrameKey | None = None
    record: str = ""
    last_command: str = ""
    save_pending: bool = False
    seconds: float = 0.0
    mask: Mask = field(default_factory=lambda: np.zeros((1, 1), np.bool_))

    @property
    def order(self) -> tuple[FrameKey, ...]:
        """The frames as this rater meets them in this round."""
        return self.study.order(self.rater, self.round_number)

    def before(self, key: FrameKey | None) -> FrameKey | None:
        """Give the frame that was traced before one, or before the end; None at the start."""
        position = len(self.order) if key is None else self.order.index(key)
        return self.order[position - 1] if position else None

    def open(self, key: FrameKey, size: tuple[int, int], own: Annotation | None) -> None:
        """Show a frame with this round's own tracing at most; neither the clip nor the frame's number is given away."""
        self.key, self.record = key, own.id if own else ""
        self.seconds = own.seconds if own else 0.0
        empty = np.zeros(size, np.bool_)
        self.mask = own.mask.unpack() if own else empty
        hidden = f"{self.study.id}-{key[0][:16]}-{self.round_number}"
        known = (own.id,) if own else ()
        position = self.order.index(key)
        self.task = FrameToCorrect(hidden, position, self.rater, self.mask, empty, known, self.seconds, blind=True)


def show_studies(store: AnnotationStore) -> None:
    """Draw the page: what is traced has all the room below one line of choices."""
    if not store.studies():
        st.write(_ABOUT)
        ask_who()
        with st.expander("Make a study", expanded=True):
            _make(store)
        if store.studies():
            st.rerun()
        return
    who, study_column, round_column, make = st.columns([1, 2, 1, 1], vertical_alignment="bottom")
    with who:
        ask_who()
    with make.popover("Make a study", icon=":material/add:", width="stretch"):
        st.caption(_ABOUT)
        _make(store)
    _trace(store, study_column, round_column)


def _make(store: AnnotationStore) -> None:
    if not frames_to_draw_from(store):
        st.info("Studies are made of frames in the store: correct or import some first.", icon=":material/info:")
        return
    nerve_column, site_column = st.columns(2)
    keep = choose_by_view(nerve_column, site_column, key="study")
    count = len(frames_to_draw_from(store, keep=keep))
    if not count:
        st.info("No frame in the store is of this nerve and site.", icon=":material/info:")
        return
    name_column, count_column = st.columns(2, vertical_alignment="bottom")
    name = name_column.text_input("Name of the study (code)", placeholder="such as wrist-2026", key="study-name")
    chosen = count_column.number_input(
        f"Frames, drawn from {counted(count, 'frame')} with an outline, evenly over the clips",
        1,
        count,
        min(40, count),
        help="Drawn at random from the frames that somebody outlined so far. Which these are was chosen: those flagged "
        "for review first, perhaps. They are no random sample of the clips.",
    )
    missing = [what for what, there in (("its name", name), ("your code, above", actor().code)) if not there]
    if missing:
        st.caption(f"To make it, give {' and '.join(missing)}.")
    if st.button("Make the study", icon=":material/add:", disabled=bool(missing)):
        study = make_study(
            store,
            name,
            actor=actor(),
            count=int(chosen),
            seed=secrets.randbits(32),
            now=now(),
            keep=keep,
        )
        st.toast(f"{counted(len(study.frames), 'frame')} to be traced.", icon=":material/check:")


def _trace(store: AnnotationStore, study_column: DeltaGenerator, round_column: DeltaGenerator) -> None:
    study = study_column.selectbox("Study", store.studies(), format_func=lambda one: one.name)
    round_number = round_column.selectbox("Round", ROUNDS)
    rater = actor().code
    if not rater:
        st.caption("Give your code to start: what you trace is kept under it.")
        return
    known: BlindedReading | None = st.session_state.get(_KEY)
    if known is None or (known.study, known.rater, known.round_number) != (study, rater, round_number):
        known = st.session_state[_KEY] = BlindedReading(study, rater, round_number)
    _read(store, known)


@st.fragment
def _read(store: AnnotationStore, reading: BlindedReading) -> None:
    try:
        _read_on(store, reading)
    except NerveAppError as error:  # a fragment runs without its page, which would show it
        show_error(error)


def _read_on(store: AnnotationStore, reading: BlindedReading) -> None:
    try:
        _take_report(store, reading)
    except NerveAppError as error:  # the editor stays, and what it shows is taken again with the next key
        reading.save_pending = False
        show_error(error)
    left = left_to_trace(store, reading.study, rater=reading.rater, round_number=reading.round_number)
    total = len(reading.study.frames)
    traced = f"{total - len(left)} of {total} traced"
    key = reading.again or (left[0] if left else None)
    if key is None:
        reading.task = None
        st.success(f"{traced}: this round is done. Thank you.", icon=":material/check:")
        with st.container(horizontal=True, vertical_alignment="center"):
            _back(reading, key)
            st.page_link("pages/compare.py", label="Compare the readers", icon=":material/compare:")
        return
    image = store.image(*key)
    if reading.task is None or reading.key != key:
        own = tracing_of(store, reading.study, key, rater=reading.rater, round_number=reading.round_number)
        reading.open(key, image.shape[:2], own)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Save, next", type="primary", icon=":material/check:", on_click=_ask_to_save, args=(reading,), help="Enter"
        )
        _back(reading, key)
        wanted = ""
        if (clip := store.clip(key[0])) is not None and clip.view.placed:
            wanted = f"To be traced: **{nerve_and_site(clip.view.nerve, clip.view.site)}** · "
        st.markdown(f"{wanted}{traced}", width="content")
    if reading.task is not None:
        editor(reading.task, png_of(image), key=_EDITOR)
    if reading.save_pending and not reading.record:
        st.warning("Trace the nerve first, or press N if there is none.", icon=":material/draw:")
    reading.save_pending = False
    st.caption("Enter saves too. N marks a frame without a nerve.")


def _back(reading: BlindedReading, key: FrameKey | None) -> None:
    before = reading.before(key)
    st.button(
        "Back",
        icon=":material/undo:",
        disabled=before is None,
        on_click=_open_again,
        args=(reading, before),
        help="The frame before, as you traced it in this round.",
    )


def _open_again(reading: BlindedReading, key: FrameKey) -> None:
    reading.again = key


def _take_report(store: AnnotationStore, reading: BlindedReading) -> None:
    if reading.task is None:
        return
    edit, command = reported(reading.task, key=_EDITOR)
    if edit is not None and edit.id != reading.record:
        reading.mask, reading.seconds = edit.mask, edit.seconds
        _save(store, reading, State.DRAFT, edit.id)
        reading.record = edit.id  # taken means stored
    if command is not None and command.id != reading.last_command:
        reading.last_command, reading.seconds = command.id, command.seconds
        reading.save_pending = reading.save_pending or command.order is Order.SAVE
    if reading.save_pending and reading.record:
        _save(store, reading, State.FINAL, None)
        reading.task, reading.again, reading.save_pending = None, None, False


def _ask_to_save(reading: BlindedReading) -> None:
    reading.save_pending = True


def _save(store: AnnotationStore, reading: BlindedReading, state: State, identity: str | None) -> None:
    save_tracing(
        store,
        reading.study,
        reading.key,
        reading.mask,
        actor=acting_as(reading.rater),
        round_number=reading.round_number,
        seconds=reading.seconds,
        now=now(),
        state=state,
        identity=identity,
    )
