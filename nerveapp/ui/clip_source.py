"""Getting a clip onto the desk: upload, demo, public stills."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from nerveapp import bootstrap
from nerveapp.errors import NerveAppError
from nerveapp.io.public_stills import ATTRIBUTION, STILLS, PublicStill, fetch, seen_in_training
from nerveapp.ui.desk import Desk, LoadedClip
from nerveapp.ui.plain_text import plain
from nerveapp.ui.shell import show_error
from nerveapp.ui.workspace import drop_folder, fresh_folder, spool
from nerveapp.workflows.inspect import clip_properties

_TURN = "upload-turn"
_REFUSAL = "upload-refusal"
_ARRIVED = "upload-arrived"


def choose_clip(desk: Desk) -> bool:
    """Draw the sources while the desk is empty, else what lies on it.

    Returns
    -------
    bool
        Whether there is a clip to go on with.
    """
    if desk.loaded is None:
        _offer_sources(desk)
        return desk.loaded is not None
    _show_loaded(desk, desk.loaded)
    return desk.loaded is not None


def _offer_sources(desk: Desk) -> None:
    refusal = st.session_state.pop(_REFUSAL, None)
    if refusal is not None:
        show_error(refusal)
    upload_column, demo_column = st.columns([2, 1], gap="large")
    with upload_column:
        key = f"upload-{st.session_state.get(_TURN, 0)}"
        st.file_uploader(
            "Drop a clip here: a video, DICOM, TIFF or NIfTI file, a ZIP of stills, or several stills",
            accept_multiple_files=True,
            key=key,
            on_change=_receive,
            args=(key,),
        )
    with demo_column:
        st.write("Nothing at hand?")
        if st.button("Try the demo clip", icon=":material/play_arrow:", type="primary", width="stretch"):
            desk.load_demo()
            st.rerun()
        with st.popover("Real stills, fetched from the web", icon=":material/public:", width="stretch"):
            st.caption(f"{ATTRIBUTION} Once one is open, it is said which models have seen its person in training.")
            for still in STILLS:
                if st.button(plain(still.title), key=f"still-{still.file}", width="stretch"):
                    _load_still(desk, still)
    arrived: list[Path] | None = st.session_state.pop(_ARRIVED, None)
    if arrived:
        with st.spinner("Reading the clip"):
            try:
                desk.load(arrived, arrived[0].parents[1])
            except NerveAppError as error:
                drop_folder()
                st.session_state[_REFUSAL] = error
        st.rerun()


def _receive(key: str) -> None:
    """Take what was uploaded to disk, before the uploader hands its files to the page: that copies them in memory."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # an empty uploader next time
    uploads = st.session_state.pop(key)
    try:
        st.session_state[_ARRIVED] = spool(uploads, fresh_folder())
    except NerveAppError as error:
        drop_folder()
        st.session_state[_REFUSAL] = error


def _load_still(desk: Desk, still: PublicStill) -> None:
    folder = fresh_folder()
    try:
        models = bootstrap.model_store()
        seen = seen_in_training(still, [models.card(name) for name in models.stored()])
        desk.load([fetch(still, folder)], folder, credit=f"{ATTRIBUTION} {seen}")
    except NerveAppError as error:
        drop_folder()
        show_error(error)
        return
    st.rerun()


def _show_loaded(desk: Desk, loaded: LoadedClip) -> None:
    info = loaded.clip.info
    frames = "1 frame" if info.frame_count == 1 else f"{info.frame_count or 'an unknown number of'} frames"
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain(info.name)}** · {plain(info.format)} · {info.width} × {info.height} · {frames}"
            + (f"  \n:small[{loaded.credit}]" if loaded.credit else ""),
            width="stretch",
        )
        with st.popover("What was read", icon=":material/fact_check:"):
            _show_read(desk, loaded)
        if st.button("Another clip", icon=":material/close:", key="another-clip"):
            desk.clear()
            drop_folder()
            st.rerun()
    for note in info.notes:
        st.caption(f":material/info: {plain(note)}")
    if not info.timed and info.frame_count != 1:
        st.caption(":material/info: The file has no times: its frames are numbered at 1 per second.")


def _show_read(desk: Desk, loaded: LoadedClip) -> None:
    """List what was read of the clip; once it is analysed, of all its frames."""
    info, outcome = loaded.clip.info, desk.outcome
    if outcome is None:
        rows = clip_properties(info)
    else:
        shown = desk.shown
        in_force = "none: areas are in px²" if shown.calibration is None else shown.calibration.words
        rows = (
            *clip_properties(info, frames=len(shown.frames), truncation=shown.truncation),
            ("measured with", in_force),
        )
    table = {"": [plain(name) for name, _ in rows], " ": [plain(value) for _, value in rows]}
    st.table(table, hide_index=True, hide_header=True)
    if len(info.names) > 1:
        st.dataframe({"frame": range(len(info.names)), "file": list(info.names)}, hide_index=True, height=200)
