"""The list of clips on the Library page, and what can be done with those that are chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.counted import counted
from nerveapp.domain.library import ListedClip
from nerveapp.ui.clips.ask_analysis import ask_for_analysis
from nerveapp.ui.clips.library_words import annotated, name_of, state_of, whose
from nerveapp.ui.library.address import AT_ONCE, LibraryFilter
from nerveapp.ui.library.deleting import ask_about_clips
from nerveapp.ui.library.dialogs import Act, OpenDialog, ask, was_done
from nerveapp.ui.page.address import address_of
from nerveapp.ui.page.failures import errors_shown
from nerveapp.ui.page.page_turn import turn_to
from nerveapp.ui.page.plain_text import plain, spoken
from nerveapp.ui.page.session_state import session_state
from nerveapp.ui.page.today import local

_WIDTHS = (0.35, 1.1, 3.4, 3, 2)
_PICK = "library-pick-"
# Rows are lines of a list: close together, with the name where the words below it begin.
_STYLE = (
    ".st-key-library-clips img{max-height:3.6rem;object-fit:contain;background:#000}"
    ".st-key-library-clips [data-testid=stHorizontalBlock]{border-top:1px solid #8884;padding:.4rem 0}"
    ".st-key-library-clips [data-testid=stVerticalBlock]{gap:0}"
    ".st-key-library-clips [data-testid=stPageLink-NavLink]{padding:0;min-height:0}"
    ".st-key-library-clips [data-testid=stPageLink-NavLink] p{white-space:normal;overflow-wrap:anywhere}"
)


def show_clips(wanted: LibraryFilter, turn: Callable[[LibraryFilter], None]) -> None:
    """Draw one page of the list.

    Parameters
    ----------
    wanted : LibraryFilter
    turn : callable
        Lists something else.
    """
    library = application().library
    total = library.count(wanted.clips)
    last = max(0, (total - 1) // AT_ONCE)
    if wanted.page > last:  # the last clip of a page was deleted, or the address is old
        wanted = replace(wanted, page=last)
    clips = library.clips(wanted.clips)
    if not clips:
        empty = (
            "No clip is like this." if wanted.address else "The library is empty: clips opened on Analyse come here."
        )
        st.info(empty, icon=":material/info:")
        return
    if was_done():
        _choose(clips, False)
    _show_bar(clips, wanted, total)
    analysing = {job.request.clip_sha256 for job in application().analyses.active()}
    st.html(f"<style>{_STYLE}</style>")
    with st.container(key="library-clips", gap=None):
        for one in clips:
            _show_clip(one, analysing=one.record.sha256 in analysing)
    if last:
        _show_pages(wanted, last, turn)


def _show_bar(clips: Sequence[ListedClip], wanted: LibraryFilter, total: int) -> None:
    """Say which clips are listed, and offer what can be done with the chosen ones."""
    chosen = tuple(one for one in clips if st.session_state.get(_PICK + one.record.sha256))
    first = wanted.page * AT_ONCE + 1
    part = f", {first} to {first + len(clips) - 1}" if total > len(clips) else ""
    with st.container(horizontal=True, vertical_alignment="center", key="library-bar"):
        st.markdown(
            f"**{counted(len(chosen), 'clip')} chosen**"
            if chosen
            else f"**{counted(total, 'clip')}**{part}, newest first",
            width="stretch",
        )
        everything = len(chosen) == len(clips)
        st.button(
            "Choose none" if everything else "Choose all listed",
            type="tertiary",
            key="library-all",
            on_click=_choose,
            args=(clips, not everything),
        )
        none = not chosen
        kept = [one for one in chosen if one.kept]
        if st.button("Analyse", icon=":material/monitoring:", disabled=not kept, key="clips-analyse"):
            _analyse(kept)
        if st.button("Move to another visit", icon=":material/drive_file_move:", disabled=none, key="clips-move"):
            ask(OpenDialog(Act.MOVE, chosen))
        if st.button("Nerve, site, side", icon=":material/label:", disabled=none, key="clips-view"):
            ask(OpenDialog(Act.VIEW, chosen))
        if st.button("Delete", icon=":material/delete:", disabled=none, key="clips-delete"):
            ask_about_clips(chosen)


def _analyse(clips: Sequence[ListedClip]) -> None:
    """Queue each clip for the model that fits what it shows, and turn to their list; what is done already is shown."""
    app, here = application(), session_state()
    with errors_shown():
        jobs = [ask_for_analysis(one.record.sha256, app.default_model(one.record.view)).id for one in clips]
        here.look_at(batch=tuple(jobs))
        turn_to("pages/analyse.py", address_of(here))


def _choose(clips: Sequence[ListedClip], chosen: bool) -> None:
    for one in clips:
        st.session_state[_PICK + one.record.sha256] = chosen


def _show_clip(clip: ListedClip, *, analysing: bool) -> None:
    record, name = clip.record, name_of(clip)
    pick, picture, called, shows, state = st.columns(_WIDTHS, vertical_alignment="center", gap="small")
    pick.checkbox(f"Choose {spoken(name)}", key=_PICK + record.sha256, label_visibility="collapsed")
    if thumbnail := application().library.thumbnail(record.sha256):
        picture.image(thumbnail, width=88)
    called.page_link("pages/analyse.py", label=f"**{plain(name)}**", query_params={"clip": record.sha256})
    called.markdown(f":small[{plain(whose(clip))}]")
    added = f"added {local(clip.added_at):%Y-%m-%d}"
    shows.markdown(f"{record.view.words}  \n:small[:gray[{counted(record.frame_count, 'frame')} · {added}]]")
    more = ", ".join(one for one in (annotated(clip), "" if clip.kept else "files not kept") if one)
    state.markdown(state_of(clip, analysing=analysing) + (f"  \n:small[:gray[{more}]]" if more else ""))


def _show_pages(wanted: LibraryFilter, last: int, turn: Callable[[LibraryFilter], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="center"):
        if st.button("Newer", icon=":material/chevron_left:", disabled=not wanted.page, key="library-newer"):
            turn(replace(wanted, page=wanted.page - 1))
        st.markdown(f"Page {wanted.page + 1} of {last + 1}", width="content")
        if st.button("Older", icon=":material/chevron_right:", disabled=wanted.page == last, key="library-older"):
            turn(replace(wanted, page=wanted.page + 1))
