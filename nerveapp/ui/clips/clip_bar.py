"""The clip at hand: its name and state, what was read of it, and what a result is of."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip import ClipInfo
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_state import SessionState
from nerveapp.workflows.analysing.inspect import clip_properties
from nerveapp.workflows.models.choose_model import choice_made


def show_clip(here: SessionState, info: ClipInfo, analysis: Analysis | None) -> None:
    """Draw the clip in a bar."""
    app = application()
    source = app.library.source(here.clip)
    frames = "1 frame" if info.frame_count == 1 else f"{info.frame_count or 'an unknown number of'} frames"
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        name, credit = (source.name, plain(source.credit)) if source is not None else (info.name, "")
        with st.container(key="small-title", gap=None):
            st.title(plain(name), anchor=False)  # what the page is of: the shell's style writes it as large as the rest
            told = (plain(info.format), f"{info.width} × {info.height}", frames, *([credit] if credit else []))
            st.markdown(f":small[{' · '.join(told)}]")
        with st.popover("What was read", icon=":material/fact_check:"):
            _show_read(info, analysis)
        if st.button("Another clip", icon=":material/close:", key="another-clip"):
            here.look_at()
            st.query_params.clear()
            st.rerun()
    for note in info.notes:
        st.caption(f":material/info: {plain(note)}")
    if not info.timed and info.frame_count != 1:
        st.caption(":material/info: The file has no times: its frames are numbered at 1 per second.")


def show_subject(record: ClipRecord, analysis: Analysis) -> None:
    """Say above a result what it is of."""
    app = application()
    patient = f"Patient {plain(record.subject)}" if record.subject else "No patient's code"
    visit = ""
    if record.exam and (exam := app.library.exam(record.exam)) is not None:
        visit = f" · visit {exam.when}"
    model = analysis.model
    score = choice_made(model, record.view, app.models, app.registry_if_there).score_words
    calibration = analysis.calibration
    spacing = "uncalibrated, areas in px²"
    if calibration is not None:
        rows, columns = f"{calibration.row_spacing_mm:.4f}", f"{calibration.column_spacing_mm:.4f}"
        spacing = f"{rows if rows == columns else f'{rows} × {columns}'} mm per pixel ({calibration.origin.in_words})"
    with st.container(key="subject"):
        st.markdown(
            f"**{patient}**{visit} · **{record.view.words}** · {plain(analysis.model.title)}"
            f", {plain(score)} · {spacing}"
        )


def _show_read(info: ClipInfo, analysis: Analysis | None) -> None:
    """List what was read of the clip; once it is analysed, of all its frames."""
    if analysis is None:
        rows = clip_properties(info)
    else:
        in_force = "none: areas are in px²" if analysis.calibration is None else analysis.calibration.words
        rows = (
            *clip_properties(info, frames=len(analysis.frames), truncation=analysis.truncation),
            ("measured with", in_force),
        )
    table = {"": [plain(name) for name, _ in rows], " ": [plain(value) for _, value in rows]}
    st.table(table, hide_index=True, hide_header=True)
    if len(info.names) > 1:
        st.dataframe({"frame": range(len(info.names)), "file": list(info.names)}, hide_index=True, height=200)
