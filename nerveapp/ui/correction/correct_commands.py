"""The buttons of the Correct page, and what they and the editor's keys do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from nerveapp import bootstrap
from nerveapp.domain.counted import counted
from nerveapp.domain.editing import Order
from nerveapp.errors import ModelError, NerveAppError
from nerveapp.ports import Tracker
from nerveapp.ui.correction.annotating import controls
from nerveapp.ui.correction.propagation_words import frames_in_words, propagation_in_words
from nerveapp.ui.page.failures import show_error
from nerveapp.workflows.annotating.annotation_queue import Queue
from nerveapp.workflows.annotating.annotation_session import AnnotationSession
from nerveapp.workflows.annotating.disagreement import LEAST_AGREEMENT
from nerveapp.workflows.annotating.withdraw import can_withdraw, withdraw

_LARGER = {Order.PROPOSE: 0, Order.SMALLER: -1, Order.LARGER: 1}
"""What is asked for where somebody pointed, by how many sizes it is larger than what is displayed."""

_REACHES: dict[str, int | None] = {"through the clip": None, "100 frames each way": 100, "20 frames each way": 20}


def buttons(session: AnnotationSession) -> None:
    """Draw the buttons; each leaves a command for the next run."""
    known = controls()

    def ask(order: Order) -> None:
        known.pending, session.seconds = order, session.spent()

    def go() -> None:
        known.pending, known.target = Order.GO, int(st.session_state["goto"])

    st.button(
        "Save, next", type="primary", icon=":material/check:", width="stretch", help="Enter",
        on_click=ask, args=(Order.SAVE,),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Propagate", icon=":material/double_arrow:", width="stretch", on_click=ask, args=(Order.PROPAGATE,),
            help="C: saves the outline and follows it both ways, as drafts to review; it ends where the nerve is lost "
            "and before frames that you have drawn or reviewed.",
        )  # fmt: skip
        st.selectbox("How far", list(_REACHES), key="propagate-reach", width=190, label_visibility="collapsed")
    disagreements = session.comparisons.disagreements(session.records)
    st.button(
        "Next disagreement", icon=":material/difference:", width="stretch", disabled=not disagreements, on_click=ask,
        args=(Order.DISAGREEMENT,), help=f"D: where a propagated outline disagrees with the model's (Dice below "
        f"{LEAST_AGREEMENT}), to the worst frame of the next stretch",
    )  # fmt: skip
    _offer_acceptance(session, ask)
    if can_withdraw(session):
        st.button(
            f"Withdraw frame {session.frame}", icon=":material/undo:", width="stretch", type="tertiary",
            on_click=ask, args=(Order.WITHDRAW,),
            help="The outline of this frame stays as a draft; it counts nowhere until you save it again.",
        )  # fmt: skip
    back, number, on = st.columns([1, 2, 1], vertical_alignment="bottom")
    back.button("←", width="stretch", help="Previous frame (left arrow)", on_click=ask, args=(Order.PREVIOUS,))
    st.session_state["goto"] = session.frame
    last = len(session.analysis.frames) - 1
    number.number_input("Frame", 0, last, key="goto", on_change=go, help=f"0 is the first frame, {last} the last.")
    on.button("→", width="stretch", help="Next frame (right arrow)", on_click=ask, args=(Order.NEXT,))


def _offer_acceptance(session: AnnotationSession, ask: Callable[[Order], None]) -> None:
    """Draw the buttons that accept the propagated drafts seen, and take that back; none where there are no drafts."""
    acceptance = controls().acceptance
    if any(one.unreviewed for one in session.records.values()):
        ready = acceptance.ready(session)
        st.button(
            f"Accept {frames_in_words(ready)}" if ready else "Accept what you have seen", icon=":material/done_all:",
            width="stretch", disabled=not ready, on_click=ask, args=(Order.ACCEPT,), key="accept-seen",
            help="A: saves as final the propagated outlines that you have stepped through, or played in the clip "
            "below, and that agree with the model's; where they disagree you decide frame by frame.",
        )  # fmt: skip
    if acceptance.accepted:
        st.button(
            f"Take back {frames_in_words([one.frame for one in acceptance.accepted])}", icon=":material/undo:",
            width="stretch", type="tertiary", on_click=ask, args=(Order.TAKE_BACK,), key="take-back",
            help="They are drafts to review again; those drawn upon since stay as they are.",
        )  # fmt: skip


def execute(session: AnnotationSession) -> None:
    """Do what a key or a button asked for."""
    known = controls()
    order, known.pending = known.pending, None
    try:
        if order is not None:
            _CARRIED_OUT[order](session)
    except NerveAppError as error:
        show_error(error)


def _save(session: AnnotationSession) -> None:
    frame = session.frame
    overtaken = session.finish()
    more = session.next_in_queue()
    _report(f"Frame {frame} is saved." + ("" if more else " The queue is done."))
    if overtaken:
        st.warning(
            f"Frame {frame} was drawn upon or saved in another window meanwhile. That outline is kept in the "
            "store; this one, saved last, counts.",
            icon=":material/tab:",
        )


def _withdraw(session: AnnotationSession) -> None:
    if withdraw(session):
        _report(f"The outline of frame {session.frame} is a draft again and counts nowhere.")


def _take_back(session: AnnotationSession) -> None:
    frames = controls().acceptance.take_back(session)
    st.info(f"{_sentence(frames)} to be reviewed again." if frames else "Nothing is left to take back.")


def _point(order: Order, session: AnnotationSession) -> None:
    if not session.point(_tracker(session), controls().point, larger=_LARGER[order]):
        nothing = "Nothing like a nerve" if order is Order.PROPOSE else f"No {order} outline"
        st.info(f"{nothing} is seen there.", icon=":material/search_off:")


def _next_disagreement(session: AnnotationSession) -> None:
    if not session.next_disagreement():
        st.info("No other propagated outline of this clip disagrees with the model's.", icon=":material/join_inner:")


def _accept(session: AnnotationSession) -> None:
    frames = controls().acceptance.accept(session)
    if frames:
        _report(f"{_sentence(frames)} accepted as propagated.")
    else:
        st.info(
            "No propagated outline to accept: step or play through them first. Those that disagree with the model's "
            "are saved one by one.",
            icon=":material/visibility:",
        )


def _sentence(frames: Sequence[int]) -> str:
    return f"{frames_in_words(frames).capitalize()} {'is' if len(frames) == 1 else 'are'}"


def _tracker(session: AnnotationSession) -> Tracker:
    """Give what follows and is pointed with; raises ModelError where the model cannot."""
    model = session.analysis.model
    segmenter = bootstrap.application().segmenters.segmenter(model.name)
    if segmenter.card.sha256 != model.sha256:
        raise ModelError(
            f"Another model bears the name {model.name} now than when the clip was analysed.",
            "Analyse the clip anew, then correct that analysis.",
        )
    tracker = segmenter.tracker
    if tracker is None:
        raise ModelError(
            f"The model {model.title} outlines single frames: it can neither be pointed with nor follow a nerve.",
            "Analyse the clip with another model, or draw the outlines.",
        )
    return tracker


def _report(text: str) -> None:
    st.success(text, icon=":material/check:")


def _propagate(session: AnnotationSession) -> None:
    """Propagate with a bar and a Stop: pressing it ends this run at the next step, what was reached stays."""
    tracker = _tracker(session)
    bar = st.progress(0.0, "Propagating the outline")
    stop = st.empty()
    stop.button("Stop propagating", icon=":material/stop:")

    def on_progress(done: int, total: int) -> None:
        bar.progress(done / total, f"Propagated to {done} of at most {total} frames")

    frame, before = session.frame, session.record
    saved = f"Frame {frame} is saved as final."
    try:
        frames = _REACHES.get(st.session_state.get("propagate-reach", ""))
        report = session.propagate(tracker, on_progress, frames=frames)
    except NerveAppError:
        if session.record != before:
            st.info(saved, icon=":material/check:")
        raise
    bar.empty()
    stop.empty()
    if report.first == report.last:
        st.info(f"{saved} {propagation_in_words(report)}", icon=":material/info:")
    else:
        _report(f"{saved} {propagation_in_words(report)} {_to_review(session)}")


def _to_review(session: AnnotationSession) -> str:
    review = f"Review them under “{Queue.PROPAGATED}”"
    count = len(session.comparisons.disagreements(session.records))
    if not count:
        return f"{review}."
    verb = "disagrees" if count == 1 else "disagree"
    return f"{counted(count, 'propagated outline')} {verb} with the model's: D goes there. {review}."


_CARRIED_OUT: dict[Order, Callable[[AnnotationSession], None]] = {
    Order.SAVE: _save,
    Order.WITHDRAW: _withdraw,
    Order.PROPAGATE: _propagate,
    Order.ACCEPT: _accept,
    Order.TAKE_BACK: _take_back,
    **{order: partial(_point, order) for order in _LARGER},
    Order.DISAGREEMENT: _next_disagreement,
    Order.GO: lambda session: session.open(controls().target),
    Order.NEXT: lambda session: session.step(1),
    Order.PREVIOUS: lambda session: session.step(-1),
}
