"""The dialogs of the Visit page: filling a cell, and accepting its value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nerveapp.analysis.rendering import close_up, draw_outline
from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.annotation import Source
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.counted import counted
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ClipFilter, ListedClip
from nerveapp.domain.norms import LARGEST_NERVE_MM2, SMALLEST_NERVE_MM2
from nerveapp.domain.view import View
from nerveapp.domain.worksheet import Cell, CellState
from nerveapp.errors import NerveAppError
from nerveapp.ports import FrameSource
from nerveapp.ui.analysis.accept_view import accepted_in_words, choose_value, offer_accepting, values_to_accept
from nerveapp.ui.clips.library_words import name_of
from nerveapp.ui.page.actor import actor, ask_who_first
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.labels import labels_apart
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_state import frames_of
from nerveapp.ui.page.today import local
from nerveapp.ui.visit.clips import file_clip, receive_for
from nerveapp.workflows.analysing.corrected_analysis import corrected_analysis
from nerveapp.workflows.analysing.corrections import counting
from nerveapp.workflows.visits.accept_value import enter_value, withdraw_value

_ASKED = "visit-asked"
_MOST_CLIPS = 30


@dataclass(frozen=True, slots=True)
class CellDialog:
    """An open dialog; it is kept, as one that is only drawn in the run of its button is gone with the next run.

    Parameters
    ----------
    exam : str
        Id of the visit.
    view : View
        The cell.
    review : bool
        Whether its value is reviewed; else it is filled.
    """

    exam: str
    view: View
    review: bool


def ask(exam: Exam, view: View, *, review: bool) -> None:
    """Open a cell's dialog, in this run of the page."""
    st.session_state[_ASKED] = CellDialog(exam.id, view, review)


def close() -> None:
    """Close the dialog."""
    st.session_state.pop(_ASKED, None)


def show_asked(exam: Exam, cells: tuple[Cell, ...]) -> None:
    """Draw the dialog that is open."""
    asked: CellDialog | None = st.session_state.get(_ASKED)
    if asked is not None and asked.exam != exam.id:  # another visit is open now
        close()
        return
    cell = next((one for one in cells if asked is not None and one.view == asked.view), None)
    if asked is None or cell is None:
        return
    if asked.review and cell.clips:
        _review(exam, cell)
    else:
        _fill(exam, cell)


def _fill(exam: Exam, cell: Cell) -> None:
    missing = cell.state is CellState.MISSING
    title, icon = ("Fill in", ":material/add:") if missing else ("Change", ":material/swap_horiz:")
    st.dialog(title, icon=icon, on_dismiss=close)(_show_filling)(exam, cell)


def _show_filling(exam: Exam, cell: Cell) -> None:
    ask_who_first("fill")
    st.markdown(f"**{cell.view.words}**")
    receive_for(exam, cell.view, done=close)
    library = application().library
    shown = {one.record.sha256 for one in cell.clips}
    clips = [one for one in library.clips(ClipFilter(patient=exam.patient, limit=_MOST_CLIPS)) if _free(one, exam)]
    clips += [one for one in library.clips(ClipFilter(patient="", limit=_MOST_CLIPS)) if one not in clips]
    offered = {one.record.sha256: one for one in clips if one.record.sha256 not in shown}
    labels = labels_apart(offered, lambda clip: _clip_in_words(offered[clip]))
    choice = st.selectbox(
        "Or a clip of the library",
        list(offered),
        index=None,
        format_func=lambda clip: labels.get(clip, clip),  # the one chosen may have gone meanwhile
        placeholder="Of this patient, or of nobody",
        key="fill-clip",
    )
    if choice is not None and st.button("Take this clip", key="fill-take", icon=":material/movie:"):
        _try(lambda: file_clip(choice, exam, cell.view))
    st.divider()
    area = st.number_input(
        "Or an area measured elsewhere, mm²",
        min_value=SMALLEST_NERVE_MM2,
        max_value=LARGEST_NERVE_MM2,
        value=None,
        step=0.1,
        format="%.1f",
        key="fill-area",
        help="Such as with the machine's own calipers. It is marked as entered by hand.",
    )
    enter = st.button("Enter it", key="fill-enter")
    if enter and area is None:
        st.warning("Type the area first.", icon=":material/edit:")
    elif enter and area is not None:
        app = application()
        _try(lambda: enter_value(cell.view, area, exam=exam, store=app.visits.worksheets, actor=actor(), now=now()))
    _offer_withdrawing(cell)


def _clip_in_words(clip: ListedClip) -> str:
    return f"{name_of(clip)} · {clip.record.subject or 'no patient'} · {local(clip.added_at):%Y-%m-%d}"


def _offer_withdrawing(cell: Cell) -> None:
    store, value = application().visits.worksheets, cell.value
    if value is not None and st.button("Take the value back", icon=":material/undo:", key="withdraw"):
        _try(lambda: withdraw_value(value, store=store, actor=actor(), now=now()))


def _free(clip: ListedClip, exam: Exam) -> bool:
    """Whether a clip may be taken without being missed elsewhere: it is of this visit, or of none."""
    return clip.record.exam in ("", exam.id)


@st.dialog("Review", width="large", icon=":material/fact_check:", on_dismiss=close)
def _review(exam: Exam, cell: Cell) -> None:
    app = application()
    finished = [(clip, job) for clip in cell.clips for job in app.analyses.of_clip(clip.record.sha256)]
    st.markdown(f"**{cell.view.words}**")
    if cell.value is not None:
        st.caption(f"Accepted: {accepted_in_words(cell.value)}.")
    if not finished:
        st.info("Its analysis is not finished.", icon=":material/hourglass:")
        return
    ask_who_first("review")
    clip, job = _choose_analysis(finished, cell)

    def frames(info: ClipInfo) -> FrameSource:
        return frames_of(clip, info, partial(app.open_stored_clip, clip.record.sha256))

    analysis = corrected_analysis(
        job.id,
        analyses=app.analyses,
        annotations=app.annotations,
        frames_of=frames,
    )
    label = "Calibrate it and look at it on Analyse" if analysis.calibration is None else "Open the analysis"
    st.page_link("pages/analyse.py", label=label, icon=":material/open_in_new:", query_params={"analysis": job.id})
    if analysis.view != cell.view:  # in another tab, since the dialog was opened
        st.warning(f"The clip is described anew: {analysis.view.words}. Close this, and review it there.")
        return
    offered = values_to_accept(analysis)
    if not offered:
        st.warning("No nerve was found. Open the analysis and point at it.", icon=":material/search_off:")
        return
    _tell_who_outlined(analysis)
    key = f"review-{job.id}"
    chosen = choose_value(offered, key=key, standing=cell.value)
    picture, beside = st.columns([1.4, 1])
    if clip.kept:
        _show_frame(analysis, frames(analysis.clip), chosen.first_frame, picture, beside)
    with beside:
        if offer_accepting(chosen, analysis, analysis_id=job.id, exam=exam, key=key) is not None:
            close()
            st.rerun()
        _offer_withdrawing(cell)


def _choose_analysis(finished: Sequence[tuple[ListedClip, AnalysisJob]], cell: Cell) -> tuple[ListedClip, AnalysisJob]:
    """Ask which analysis of a cell's clips is looked at, at first that of the accepted value, or else the newest."""
    measured = None if cell.value is None else cell.value.measured
    ids = [job.id for _, job in finished]
    accepted = ids.index(measured.analysis) if measured is not None and measured.analysis in ids else None
    at = accepted or 0
    if len(finished) > 1:
        at = st.selectbox(
            "Analysis",
            range(len(finished)),
            index=at,
            format_func=labels_apart(range(len(finished)), lambda at: _analysis_in_words(*finished[at])).__getitem__,
            key="review-analysis",
        )
    clip, job = finished[at]
    if measured is not None and clip.record.sha256 != measured.clip_sha256:
        st.warning("The accepted value is of another clip than this one.", icon=":material/difference:")
    elif measured is not None and at != accepted:
        st.warning("The accepted value is of another analysis of this clip.", icon=":material/difference:")
    elif any(one is clip for one, _ in finished[:at]):
        st.caption(":material/update: There is a newer analysis of this clip: choose it above.")
    return clip, job


def _analysis_in_words(clip: ListedClip, job: AnalysisJob) -> str:
    asked = job.request
    how = [asked.model, *(["pointed at"] if asked.points else []), *(["flipped"] if asked.test_time_flip else [])]
    return f"{name_of(clip)} · {', '.join(how)} · {local(job.made_at):%Y-%m-%d %H:%M}"


def _tell_who_outlined(analysis: Analysis) -> None:
    """Say whose outlines count in a clip beside the model's; nothing where they are the model's alone."""
    found = counting(analysis.corrections)
    if not found.outlines:
        return
    whose = [*found.raters, *(["agreed upon"] if found.adjudicated else [])]
    imported = sum(one.source is Source.IMPORTED for one in found.outlines)
    brought = f", {imported} of them imported" if imported else ""
    st.info(
        f"In {counted(len(found.outlines), 'frame')} the outline is of a person, not of the model: "
        f"{plain(', '.join(whose))}{brought}. The areas below are of these outlines.",
        icon=":material/draw:",
    )


def _show_frame(
    analysis: Analysis, frames: FrameSource, frame: int, whole: DeltaGenerator, enlarged: DeltaGenerator
) -> None:
    mask = analysis.masks[frame].unpack()
    drawn = draw_outline(frames.image(frame), mask)
    whole.image(drawn, width="stretch", caption=f"Frame {frame}", alt="The frame with its outline")
    enlarged.image(close_up(drawn, mask), width="stretch", caption="Close-up", alt="The outline in close-up")


def _try(act: Callable[[], object]) -> None:
    """Do what a dialog's button is for and close it; on a failure it stays and says so."""
    try:
        act()
    except NerveAppError as error:
        show_error(error)
        return
    close()
    st.rerun()
