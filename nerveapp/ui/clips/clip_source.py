"""Getting clips into the library: uploads, the demo, public stills."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.demo import DEMO_CLIP, demo_calibration
from nerveapp.domain.actor import Actor
from nerveapp.domain.clip_source import Origin
from nerveapp.domain.counted import counted
from nerveapp.domain.library import ListedClip
from nerveapp.domain.public_still import ATTRIBUTION, STILLS, STILLS_VIEW, PublicStill, seen_in_training
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.errors import NerveAppError
from nerveapp.ui.clips.ask_analysis import ask_for_analysis
from nerveapp.ui.clips.library_words import name_of, whose
from nerveapp.ui.clips.what_came import note_known, refuse
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.address import write_address
from nerveapp.ui.page.charts import load_charts
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_end import is_also_anothers, when_the_session_ends
from nerveapp.ui.page.session_state import SessionState
from nerveapp.ui.page.today import local
from nerveapp.ui.page.uploads import drop_folder, fresh_folder, spool
from nerveapp.workflows.library.acquire import acquire_clip, are_stills
from nerveapp.workflows.library.retain import release

_TURN = "upload-turn"
_ARRIVED = "upload-arrived"


def offer_sources(here: SessionState) -> None:
    """Draw the ways in which a clip comes; turns to what came."""
    upload_column, demo_column = st.columns([2, 1], gap="large")
    with upload_column:
        key = f"upload-{st.session_state.get(_TURN, 0)}"
        st.file_uploader(
            "Drop clips here: video, DICOM, TIFF or NIfTI files, ZIPs of stills, or stills",
            accept_multiple_files=True,
            key=key,
            on_change=_receive,
            args=(key,),
        )
        st.caption(application().settings.retention.words)
    with demo_column:
        st.write("Nothing at hand?")
        if st.button("Try the demo clip", icon=":material/play_arrow:", type="primary", width="stretch"):
            open_demo(here)
            _show(here)
        with st.popover("Real stills, fetched from the web", icon=":material/public:", width="stretch"):
            st.caption(f"{ATTRIBUTION} Once one is open, the models that were trained on its person are named.")
            for still in STILLS:
                if st.button(plain(still.title), key=f"still-{still.file}", width="stretch"):
                    _open_still(here, still)
    _take_in(here)
    load_charts()


def open_demo(here: SessionState) -> None:
    """Turn to the synthetic demo clip and start analysing it."""
    clip = acquire(
        [DEMO_CLIP],
        Origin.DEMO,
        name="Demo clip (synthetic)",
        credit="Made by NerveApp: no person was scanned. Its true areas are known.",
        demo=True,
        view=View(Nerve.MEDIAN, Site.WRIST),
    )
    here.look_at(clip=clip, analysis=_analyse(clip))


def _take_in(here: SessionState) -> None:
    """Take what was uploaded into the library; several stills are asked about first."""
    arrived: list[Path] | None = st.session_state.get(_ARRIVED)
    if not arrived:
        return
    if len(arrived) > 1:
        with st.spinner("Reading the files"):
            stills = are_stills(arrived, application().clips)
        if stills:
            _ask_about_stills(here, arrived)
            return
    _take(here, [[path] for path in arrived])


def _ask_about_stills(here: SessionState, arrived: list[Path]) -> None:
    with st.container(border=True):
        st.markdown(f"**{counted(len(arrived), 'still')}.** Frames of one person at one site, or separate pictures?")
        st.caption("Frames of one clip are measured as a series; pictures of several people must be kept apart.")
        with st.container(horizontal=True):
            if st.button("One clip, in the order of the names", key="stills-one", icon=":material/animated_images:"):
                _take(here, [arrived])
            if st.button("Separate pictures", key="stills-apart", icon=":material/photo_library:"):
                _take(here, [[path] for path in arrived])
            if st.button("Discard", key="stills-none"):
                st.session_state.pop(_ARRIVED)
                drop_folder()
                st.rerun()


def _take(here: SessionState, groups: list[list[Path]]) -> None:
    """Put each group of files into the library as a clip; several clips are queued at once."""
    clips = []
    with st.spinner("Reading the clip" if len(groups) == 1 else f"Reading {len(groups)} clips"):
        for paths in groups:
            try:
                clips.append(acquire(paths, Origin.UPLOAD))
            except NerveAppError as error:
                named = error if len(groups) == 1 else type(error)(f"{paths[0].name}: {error.message}", error.hint)
                refuse(named)
    st.session_state.pop(_ARRIVED)
    drop_folder()
    if len(groups) == 1 and clips:
        here.look_at(clip=clips[0])
    elif clips:
        here.look_at(batch=tuple(_analyse(clip) for clip in clips))
    _show(here)


def _show(here: SessionState) -> None:
    """Run the page again over what came: a bare address would show nothing."""
    write_address(here)
    st.rerun()


def acquire(
    paths: Sequence[Path],
    origin: Origin,
    *,
    name: str | None = None,
    credit: str = "",
    demo: bool = False,
    view: View | None = None,
) -> str:
    """Put files into the library as one clip; gives its hash, raises NerveAppError."""
    app, known = application(), list[ListedClip]()
    clip = acquire_clip(
        paths,
        app.clips,
        app.library,
        app.objects,
        origin=origin,
        name=name,
        credit=credit,
        calibration=demo_calibration() if demo else None,
        view=view,
        on_known=known.append,
        actor=actor(),
        now=now(),
    )
    sha256 = clip.info.sha256
    let_go_at_the_end(sha256)
    for one in known if origin is Origin.UPLOAD else ():
        note_known(
            f"{plain(clip.info.name)} is in the library already: {plain(name_of(one))}, {plain(whose(one))}, "
            f"{one.record.view.words}, added {local(one.added_at):%Y-%m-%d}."
        )
    return sha256


def let_go_at_the_end(clip: str) -> None:
    """Let a clip that this session brought go with it, where the server keeps none."""
    when_the_session_ends(_named(clip), partial(_let_go, clip))


def _named(clip: str) -> str:
    return f"clip-{clip}"


def _let_go(clip: str) -> None:
    """Let a clip's files go where none are kept, with the last session that brought them.

    A sweep takes those that are worked on.
    """
    app = application()
    worked_on = any(job.request.clip_sha256 == clip for job in app.analyses.active())
    if not worked_on and not is_also_anothers(_named(clip)):
        release(clip, app.library, app.objects, app.settings.retention, actor=Actor(), now=now())


def _analyse(clip: str) -> str:
    """Queue an analysis by the model that fits the clip's view; gives its id."""
    app = application()
    record = app.annotations.clip(clip)
    view = record.view if record is not None else View()
    return ask_for_analysis(clip, app.default_model(view)).id


def _receive(key: str) -> None:
    """Take what was uploaded to disk, before the uploader hands its files to the page: that copies them in memory."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # an empty uploader next time
    uploads = st.session_state.pop(key, None)  # gone where the page was left meanwhile
    if not uploads:
        return
    try:
        st.session_state[_ARRIVED] = spool(uploads, fresh_folder())
    except NerveAppError as error:
        drop_folder()
        refuse(error)


def _open_still(here: SessionState, still: PublicStill) -> None:
    app = application()
    try:
        seen = seen_in_training(still, [app.models.card(name) for name in app.models.stored()])
        path = app.public_stills.fetch(still, fresh_folder())
        here.look_at(clip=acquire([path], Origin.PUBLIC, credit=f"{ATTRIBUTION} {seen}", view=STILLS_VIEW))
    except NerveAppError as error:
        show_error(error)
        return
    finally:
        drop_folder()
    _show(here)
