"""Which of the stored outlines a model is trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from nerveapp.domain.clip import Image
from nerveapp.domain.counted import counted
from nerveapp.domain.view import nerve_and_site
from nerveapp.ports import AnnotationStore, ModelRegistry
from nerveapp.ui.annotations.dataset_browser import people_rows
from nerveapp.ui.page.labels import labels_apart, person_in_words
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.annotating.dataset import Listed, what_is_missing
from nerveapp.workflows.training.training_set import Sampling, candidates, sample

_COUNTS = {
    Sampling.EVERY_KTH: ("k", 5),
    Sampling.PER_SITE: ("Of each site", 500),
    Sampling.SPREAD: ("Of each clip", 50),
}
"""The 500 of each site are the poster's."""


def choose_data(store: AnnotationStore, registry: ModelRegistry) -> list[Listed]:
    """Draw the choice; an empty list where there is nothing, with a note."""
    found, locked = candidates(store, registry)
    if not found:
        st.info(
            "No final outlines are stored yet. Correct frames and save them as final, or import outlines on the "
            "Annotations page.",
            icon=":material/info:",
        )
        return []
    sites = Counter(one.site for one in found)
    raters = Counter(one.entry.rater for one in found)
    site_column, rater_column, people_column = st.columns([2, 1.2, 1.6])
    sampling_column, count_column, _ = st.columns([2, 1.2, 1.6])
    wanted = site_column.multiselect(
        "Nerves and sites",
        list(sites),
        default=list(sites),
        format_func=lambda one: f"{nerve_and_site(*one)} ({sites[one]})",
        key="train-sites",
    )
    drawn_by = rater_column.multiselect("Drawn by", sorted(raters), placeholder="Anybody", key="train-raters")
    people = Counter(one.clip.person for one in found)
    named = labels_apart(sorted(people), lambda person: f"{person_in_words(person)} ({people[person]})")
    left_out = people_column.multiselect(
        "Leave out",
        list(named),
        format_func=named.__getitem__,
        placeholder="Nobody",
        key="train-left-out",
        help="People on whom nothing is trained this time. To keep them for the comparison of models, lock them on "
        "the Models page.",
    )
    sampling = Sampling(sampling_column.selectbox("Frames", [str(one) for one in Sampling], key="train-sampling"))
    count = 0
    if sampling in _COUNTS:
        label, usual = _COUNTS[sampling]
        count = int(count_column.number_input(label, 1, 10_000, usual, key=f"train-count-{sampling.name}"))
    fitting = [
        one
        for one in found
        if one.site in wanted and one.clip.person not in left_out and (not drawn_by or one.entry.rater in drawn_by)
    ]
    taken = sample(fitting, sampling, count=count, image=lambda clip, frame: _image(store, clip, frame))
    _counts(taken, locked, left_out)
    return taken


@st.cache_data(max_entries=2000, show_spinner="Comparing frames")
def _image(_store: AnnotationStore, clip: str, frame: int) -> Image:
    return _store.image(clip, frame)


def _counts(taken: list[Listed], locked: Sequence[str], left_out: Sequence[str]) -> None:
    people = {one.clip.person for one in taken}
    summary, popover = st.columns([3, 1], vertical_alignment="center")
    lines = [f"**{counted(len(taken), 'frame')} of {counted(len(people), 'person')}.**"]
    if locked:
        lines.append(f":material/lock: {plain(', '.join(locked))}: left out, models are judged on them.")
    if left_out:
        lines.append(
            f":material/person_off: {plain(', '.join(map(person_in_words, left_out)))}: left out of this training."
        )
    lines += [f":material/info: {plain(words)}" for words in what_is_missing(taken)]
    summary.caption("  \n".join(lines))
    with popover.popover("Frames of each person", width="stretch"):
        st.dataframe(people_rows(taken), hide_index=True)
