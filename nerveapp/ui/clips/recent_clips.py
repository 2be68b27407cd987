"""The clips that came last: with pictures on Home, as links where a page has none to show."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.library import ClipFilter, ListedClip
from nerveapp.ui.clips.library_words import annotated, name_of, state_of, whose
from nerveapp.ui.page.page_turn import turn_to
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.today import local

_MOST = 8
_IN_A_ROW = 4
_STYLE = (
    ".st-key-recent-clips img,.nerve-no-picture{width:100%;height:7.5rem;object-fit:contain;background:#000;"
    "border-radius:.4rem}"
    ".st-key-recent-clips [data-testid=stPageLink-NavLink]{padding:0}"
    ".st-key-recent-clips [data-testid=stPageLink-NavLink] p{white-space:normal;overflow-wrap:anywhere}"
)
_NO_PICTURE = "<div class='nerve-no-picture'></div>"


def recent_clips() -> tuple[ListedClip, ...]:
    """Give the clips that came last, newest first."""
    return application().library.clips(ClipFilter(limit=_MOST))


def link_recent_clips(page: str) -> None:
    """Draw links to the clips that came last, each opened on a page, and to all there are; nothing where none is.

    Parameters
    ----------
    page : str
        Its script, relative to main.py.
    """
    clips = recent_clips()
    if not clips:
        return
    st.markdown("Or one that is here already:")
    with st.container(horizontal=True, key="recent-links"):
        for clip in clips:
            label = f"{plain(name_of(clip))} :small[{plain(whose(clip))}]"
            st.page_link(page, label=label, query_params={"clip": clip.record.sha256}, icon=":material/movie:")
        st.page_link("pages/library.py", label="All clips and patients", icon=":material/folder_shared:")


def show_recent_clips(clips: Sequence[ListedClip]) -> None:
    """Draw them, and a search by patient's code that opens the Library page."""
    st.html(f"<style>{_STYLE}</style>")
    heading, search = st.columns([2, 1], vertical_alignment="bottom")
    heading.subheader("Recent clips", anchor=False)
    text = search.text_input(
        "Search", key="home-search", placeholder="Search by patient's code", label_visibility="collapsed"
    ).strip()
    if text:
        turn_to("pages/library.py", {"text": text})
    analysing = {job.request.clip_sha256 for job in application().analyses.active()}
    with st.container(key="recent-clips"):
        for start in range(0, len(clips), _IN_A_ROW):
            for column, clip in zip(st.columns(_IN_A_ROW), clips[start : start + _IN_A_ROW], strict=False):
                with column.container(border=True, height="stretch", gap="xsmall"):
                    _show_clip(clip, analysing=clip.record.sha256 in analysing)
    st.page_link("pages/library.py", label="All clips and patients", icon=":material/folder_shared:")


def _show_clip(clip: ListedClip, *, analysing: bool) -> None:
    if thumbnail := application().library.thumbnail(clip.record.sha256):
        st.image(thumbnail, width="stretch")
    else:
        st.html(_NO_PICTURE)
    st.page_link("pages/analyse.py", label=f"**{plain(name_of(clip))}**", query_params={"clip": clip.record.sha256})
    state = ", ".join(one for one in (state_of(clip, analysing=analysing), annotated(clip)) if one)
    lines = (plain(whose(clip)), clip.record.view.words, f"added {local(clip.added_at):%Y-%m-%d}", f"**{state}**")
    st.markdown("  \n".join(f":small[{line}]" for line in lines))
