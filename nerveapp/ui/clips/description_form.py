"""Correcting what is stored of a clip: whose it is and what it shows. Every description stays, with who gave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

import streamlit as st

from nerveapp.clock import now
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.view import sites_to_choose
from nerveapp.errors import NerveAppError
from nerveapp.ports import AnnotationStore, Library
from nerveapp.ui.clips.clip_form import NERVES, SIDES, if_other, in_words
from nerveapp.ui.clips.patient_code import is_meant
from nerveapp.ui.page.actor import acting_as
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.library.filing import describe_clip

_CHOSEN, _DONE = "described-clip", "described-now"


def show_description_form(store: AnnotationStore, library: Library, clips: Sequence[ClipRecord]) -> None:
    """Draw the form for one of the clips, and how it was described before."""
    by_hash = {clip.sha256: clip for clip in clips}
    clip = by_hash[_chosen({one: f"{clip.subject or 'no code'} · {one[:8]}" for one, clip in by_hash.items()})]
    sha256 = clip.sha256
    if st.session_state.pop(_DONE, None) == sha256:
        st.success("The description is saved.", icon=":material/check:")
    history = store.descriptions(sha256)
    # A form of its own for each description: what is stored fills it in, never what was typed for another clip.
    key = f"describe-{sha256[:16]}-{len(history)}"
    subject_column, nerve_column, site_column, side_column, rater_column = st.columns([1, 1, 1, 1, 1])
    subject = subject_column.text_input("Patient code", clip.subject, placeholder="such as S012", key=f"{key}-subject")
    nerve = nerve_column.selectbox(
        "Nerve", NERVES, index=NERVES.index(clip.view.nerve), format_func=in_words, key=f"{key}-nerve"
    )
    sites = list(sites_to_choose(nerve))
    if clip.view.nerve is nerve and clip.view.site not in sites:
        sites.append(clip.view.site)
    first = sites.index(clip.view.site) if clip.view.site in sites else 0
    site = site_column.selectbox("Site", sites, index=first, format_func=in_words, key=f"{key}-site-{nerve}")
    side = side_column.selectbox(
        "Side", SIDES, index=SIDES.index(clip.view.side), format_func=in_words, key=f"{key}-side"
    )
    rater = rater_column.text_input("Described by (code)", placeholder="Your code", key=f"{key}-rater")
    agreed = not clip.exam or subject == clip.subject or _agreed_to_leave(clip, library, key)
    agreed = is_meant(subject, key=key) and agreed
    if st.button("Save the description", icon=":material/edit:", disabled=not (rater and agreed), key="describe-now"):
        try:
            describe_clip(
                sha256,
                library,
                subject=None if subject == clip.subject else subject,
                nerve=if_other(nerve, clip.view.nerve),
                site=if_other(site, clip.view.site),
                side=if_other(side, clip.view.side),
                actor=acting_as(rater),
                now=now(),
            )
        except NerveAppError as error:
            show_error(error)
        else:
            st.session_state[_DONE] = sha256
            st.rerun()
    st.dataframe(
        [
            {
                "from (UTC)": f"{one.at:%Y-%m-%d %H:%M}",
                "by": one.rater or "not known",
                "patient": one.clip.subject or "no code",
                "nerve": in_words(one.clip.view.nerve),
                "site": in_words(one.clip.view.site),
                "side": in_words(one.clip.view.side),
                "calibration": one.clip.calibration.origin.value if one.clip.calibration else "none",
            }
            for one in reversed(history)
        ],
        hide_index=True,
    )


def _agreed_to_leave(clip: ClipRecord, library: Library, key: str) -> bool:
    """Ask whether a clip may leave its visit, which is of the patient it had."""
    exam = library.exam(clip.exam)
    visit = "its visit" if exam is None else f"the visit of {plain(exam.patient)}, {exam.when}"
    st.warning(
        f"The clip leaves {visit}; a value accepted there of this clip is outdated then.", icon=":material/move_item:"
    )
    return st.checkbox("Take it out of the visit", key=f"{key}-leave")


def _chosen(labels: Mapping[str, str]) -> str:
    """Ask for one of the clips by its label, and give its hash."""
    known = list(labels)
    before = st.session_state.get(_CHOSEN, "")
    # A selector goes on showing the label it was chosen by while it keeps its key: other labels need another one.
    sha256 = st.selectbox(
        "Clip",
        known,
        index=known.index(before) if before in labels else 0,
        format_func=labels.__getitem__,
        key=f"describe-clip-{crc32(' '.join(labels.values()).encode()):08x}",
    )
    st.session_state[_CHOSEN] = sha256
    return sha256
