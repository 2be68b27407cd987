"""Several clips that came at once: one list with the progress of each."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.counted import counted
from nerveapp.domain.job import JobState
from nerveapp.domain.measurement import area_in_words
from nerveapp.errors import AnalysisError, NerveAppError
from nerveapp.ui.analysis.progress_view import in_words
from nerveapp.ui.page.address import write_address
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_state import SessionState
from nerveapp.workflows.analysing.batch import row_of
from nerveapp.workflows.analysing.corrected_analysis import corrected_analysis
from nerveapp.workflows.annotating.select_annotations import entries_that_count
from nerveapp.workflows.library.stored_frames import StoredFrames
from nerveapp.workflows.models.choose_model import choice_made

_POLL_S = 0.5
_FOUND, _CORRECTED, _READ_AT_ONCE = "batch-found", "batch-corrected", 5
"""So many results are read before the list is drawn: of fifty it would take a page minutes."""


def show_batch(here: SessionState) -> None:
    """Draw the list; it watches as long as one of the analyses is under way.

    Raises
    ------
    AnalysisError
        If there is none of them.
    """
    st.title("Several clips", anchor=False)
    if st.button("More clips", icon=":material/add:", key="another-clip"):
        here.look_at()
        st.query_params.clear()
        st.rerun()
    app = application()
    jobs = [one for one in map(app.analyses.job, here.batch) if one is not None]
    if not jobs:
        raise AnalysisError("There is no analysis under this address.", "It was deleted, or the address is wrong.")
    active = any(one.state.active for one in jobs)
    if active:
        app.analysis_runner.wake()
    st.fragment(_rows, run_every=_POLL_S if active else None)(here)


def _rows(here: SessionState) -> None:
    app, room = application(), _READ_AT_ONCE
    for analysis in here.batch:
        job = app.analyses.job(analysis)
        if job is not None:
            room -= _row(here, job, may_read=room > 0)
    if room <= 0:
        st.rerun()  # shows what is known by now, and reads on


def _row(here: SessionState, job: AnalysisJob, *, may_read: bool) -> bool:
    """Draw a row; says whether its result was read for it, which takes a moment."""
    app = application()
    clip = job.request.clip_sha256
    source = app.library.source(clip)
    picture, name, state, go = st.columns([1, 4, 4, 1.4], vertical_alignment="center")
    if thumbnail := app.library.thumbnail(clip):
        picture.image(thumbnail, width=96)
    record = app.library.clip(clip)
    shows = f"  \n:small[{record.record.view.words}]" if record is not None else ""
    name.markdown(f"**{plain(source.name if source is not None else clip[:8])}**{shows}")
    share = min(1.0, job.frames_done / job.frame_count) if job.frame_count else 0.0
    read = False
    if job.state is JobState.DONE and record is not None:
        said, read = _found(job, record.record, may_read=may_read)
        state.markdown(said)
    else:
        state.progress(share, plain(in_words(job)))
    # A link to the page one is on leaves the browser's address as it was.
    if go.button("Open", icon=":material/monitoring:", key=f"open-{job.id}", width="stretch"):
        here.look_at(clip=clip, analysis=job.id)
        write_address(here)
        st.rerun()
    return read


def _found(job: AnalysisJob, record: ClipRecord, *, may_read: bool) -> tuple[str, bool]:
    """Say what an analysis found, as Analyse does, and whether its result was read for it.

    It is read once for each description of the clip and each state of its corrections.
    """
    known: dict[object, str] = st.session_state.setdefault(_FOUND, {})
    app = application()
    corrected = _corrected(record)
    asked = (job.id, job.made_at, job.nerve, record.view, record.calibration, corrected)
    if asked in known or not may_read:
        return known.get(asked, "Done"), False
    try:
        analysis = corrected_analysis(
            job.id,
            analyses=app.analyses,
            annotations=app.annotations,
            frames_of=lambda info: StoredFrames(info.sha256, app.annotations),
        )
        row = row_of("", analysis)
        beware = choice_made(analysis.model, analysis.view, app.models, app.registry_if_there).warning
    except NerveAppError as error:
        known[asked] = f":material/error: {plain(error.message)}"
        return known[asked], True
    median, _ = row.findings
    area = "no area to be used" if median is None else f"**{area_in_words(median, row.unit)}** in the median"
    by_hand = f" · {counted(len(analysis.corrections), 'frame')} outlined by people" if analysis.corrections else ""
    flagged = f"{row.flagged} of {counted(row.frames, 'frame')} flagged"
    remarks = [one for one in (row.remark, beware) if one]
    told = f"  \n:small[:material/warning: {plain(' '.join(remarks))}]" if remarks else ""
    known[asked] = f"{area} · {flagged}{by_hand}{told}"
    return known[asked], True


def _corrected(record: ClipRecord) -> tuple[str, ...]:
    """Give the ids of people's outlines that count in a clip; asked for anew only where something was drawn since."""
    known: dict[object, tuple[object, tuple[str, ...]]] = st.session_state.setdefault(_CORRECTED, {})
    store = application().annotations
    asked, revision = (record.sha256, record.frame_count), store.revision()
    if asked not in known or known[asked][0] != revision:
        found = entries_that_count(store, clip_sha256=record.sha256)
        known[asked] = (revision, tuple(found[key].id for key in sorted(found) if key[1] < record.frame_count))
    return known[asked][1]
