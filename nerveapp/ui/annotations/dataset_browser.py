"""Every outline in the store: chosen by filters, counted by person and site, listed, and looked at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import streamlit as st

from nerveapp.analysis.rendering import close_up, draw_outline
from nerveapp.domain.annotation import Entry, FrameKey, Source, State
from nerveapp.domain.clip import Image
from nerveapp.domain.counted import counted
from nerveapp.domain.view import Nerve, Site, nerve_and_site
from nerveapp.ports import AnnotationStore, Library
from nerveapp.ui.clips.clip_form import in_words
from nerveapp.ui.clips.clip_names import called
from nerveapp.ui.clips.description_form import show_description_form
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.annotating.dataset import Listed, OutlineFilter, frames_by_person, what_is_missing

_COLUMNS, _ROWS = 6, 3


def show_dataset(
    store: AnnotationStore, library: Library, everything: Sequence[Listed], counting: Mapping[FrameKey, Entry]
) -> None:
    """Draw filters, counts and what they leave of all that is listed; `counting` has the outlines that count."""
    if not everything:
        st.info("No outlines are stored yet. Correct some, or import them below.", icon=":material/draw:")
        return
    wanted = _filters(everything)
    found = [one for one in everything if wanted.fits(one)]
    frame_keys, people = {one.frame_key for one in found}, {one.clip.person for one in found}
    st.caption(
        f"**{counted(len(found), 'outline')} of {counted(len(frame_keys), 'frame')}, "
        f"{counted(len({clip for clip, _ in frame_keys}), 'clip')}, {counted(len(people), 'person')}.**"
    )
    clips, persons, frames, pictures = st.tabs(["Clips", "People and sites", "Frames", "Pictures"])
    with clips:
        st.dataframe(_clip_rows(found, counting), hide_index=True)
        with st.expander("Correct what is stored of a clip", icon=":material/edit:"):
            clips_described = list({one.clip.sha256: one.clip for one in everything}.values())
            show_description_form(store, library, clips_described)
    with persons:
        st.dataframe(people_rows(found), hide_index=True)
        st.caption("  \n".join(f":material/info: {plain(words)}" for words in what_is_missing(found)))
    with frames:
        st.dataframe(
            [_frame_row(one, counting.get(one.frame_key)) for one in found],
            hide_index=True,
            height=min(420, 36 * (len(found) + 1) + 3),
        )
    with pictures:
        _pictures(store, found)


def people_rows(found: Sequence[Listed]) -> list[dict[str, str | int]]:
    """Give a row per person with the frames of each site, and one with the sums."""
    counts = frames_by_person(found)
    sites = sorted({site for row in counts.values() for site in row})
    rows: list[dict[str, str | int]] = [
        {"person": person, **{nerve_and_site(*site): row[site] for site in sites}} for person, row in counts.items()
    ]
    sums = Counter[tuple[Nerve, Site]]()
    for row in counts.values():
        sums.update(row)
    return [*rows, {"person": "all", **{nerve_and_site(*site): sums[site] for site in sites}}]


def _filters(everything: Sequence[Listed]) -> OutlineFilter:
    subjects, sites, sides, raters, states = st.columns([1.2, 1.6, 0.9, 1, 1])
    return OutlineFilter(
        subjects=subjects.multiselect(
            "Subjects", sorted({one.subject for one in everything}), placeholder="All", key="browse-subjects"
        ),
        sites=sites.multiselect(
            "Nerves and sites",
            sorted({one.site for one in everything}),
            placeholder="All",
            format_func=lambda site: nerve_and_site(*site),
            key="browse-sites",
        ),
        sides=sides.multiselect(
            "Sides",
            sorted({one.clip.view.side for one in everything}),
            placeholder="All",
            format_func=in_words,
            key="browse-sides",
        ),
        raters=raters.multiselect(
            "Raters", sorted({one.entry.rater for one in everything}), placeholder="All", key="browse-raters"
        ),
        states=states.multiselect(
            "States",
            sorted({one.entry.state for one in everything}),
            placeholder="All",
            format_func=lambda state: State(state).value,
            key="browse-states",
        ),
    )


def _clip_rows(found: list[Listed], counting: Mapping[FrameKey, Entry]) -> list[dict[str, str | int]]:
    of_clip: defaultdict[str, list[Listed]] = defaultdict(list)
    for one in found:
        of_clip[one.clip.sha256].append(one)
    rows: list[dict[str, str | int]] = []
    for ones in of_clip.values():
        clip = ones[0].clip
        drafts = sum(one.entry.state is State.DRAFT for one in ones)
        propagated = sum(one.entry.state is State.DRAFT and one.entry.source is Source.PROPAGATED for one in ones)
        rows.append(
            {
                "subject": clip.subject or "no code",
                "nerve": in_words(clip.view.nerve),
                "site": in_words(clip.view.site),
                "side": in_words(clip.view.side),
                "clip": called(clip),
                "frames": clip.frame_count,
                "final": len(ones) - drafts,
                "drafts": drafts - propagated,
                "propagated": propagated,
                "frames that count": len({one.frame_key for one in ones} & set(counting)),
                "raters": ", ".join(sorted({one.entry.rater for one in ones})),
                "mm": "yes" if clip.calibration else "no",
            }
        )
    return rows


def _frame_row(one: Listed, counting: Entry | None) -> dict[str, str | int]:
    view, entry = one.clip.view, one.entry
    return {
        "subject": one.clip.subject or "no code",
        "clip": called(one.clip),
        "frame": entry.frame,
        "nerve": in_words(view.nerve),
        "site": in_words(view.site),
        "side": in_words(view.side),
        "rater": entry.rater,
        "state": entry.state.value,
        "how": entry.source.in_words,
        "which counts": _which_counts(entry, counting),
        "made (UTC)": f"{entry.made_at:%Y-%m-%d %H:%M}",
    }


def _which_counts(entry: Entry, counting: Entry | None) -> str:
    """Say by which outline of the frame areas are measured and models learn, seen from one that is listed."""
    if counting is None:
        return "none"
    if counting.id == entry.id:
        return "this one"
    if counting.state is State.ADJUDICATED:
        return f"adjudicated by {counting.rater}"
    return "the one saved before" if counting.rater == entry.rater else f"{counting.rater}'s"


def _pictures(store: AnnotationStore, found: list[Listed]) -> None:
    each = _COLUMNS * _ROWS
    pages = -(-len(found) // each)
    number = 1
    if pages > 1:
        number = int(st.number_input(f"Page (of {pages})", 1, pages, 1, key=f"browse-page-{pages}", width=160))
    for start in range((number - 1) * each, min(number * each, len(found)), _COLUMNS):
        for column, one in zip(st.columns(_COLUMNS), found[start : start + _COLUMNS], strict=False):
            picture, outlined = _drawn(store, one.entry.id)
            said = f"{one.subject}, frame {one.entry.frame}, {one.entry.rater}, {one.entry.state.value}"
            column.image(picture, width="stretch", caption=plain(said if outlined else f"{said}: no nerve"))


@st.cache_data(max_entries=2000, show_spinner=False)
def _drawn(_store: AnnotationStore, annotation_id: str) -> tuple[Image, bool]:
    """Draw an outline on its frame, and say if there is one; a record never changes, so its id says it all."""
    one = _store.annotation(annotation_id)
    mask = one.mask.unpack()
    return close_up(draw_outline(_store.image(one.clip_sha256, one.frame), mask), mask), bool(mask.any())
