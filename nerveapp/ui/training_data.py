"""Which of the stored outlines are learnt from."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from nerveapp.domain.clip import Image
from nerveapp.ports import AnnotationStore, ModelRegistry
from nerveapp.ui.exam_form import in_words
from nerveapp.ui.words import counted
from nerveapp.workflows.training_set import Candidate, Sampling, candidates, sample

_COUNTS = {
    Sampling.EVERY_KTH: ("k", 5),
    Sampling.PER_SITE: ("Of each site", 500),
    Sampling.SPREAD: ("Of each clip", 50),
}
"""The 500 of each site are the poster's."""


def choose_data(store: AnnotationStore, registry: ModelRegistry) -> list[Candidate]:
    """Draw the choice; an empty list where there is nothing, which is then told."""
    found, locked = candidates(store, registry)
    if not found:
        st.info(
            "No final outlines are stored yet. Correct frames and save them as final, or import outlines on the "
            "Annotations page.",
            icon=":material/info:",
        )
        return []
    sites = Counter((one.clip.exam.nerve, one.clip.exam.site) for one in found)
    raters = Counter(one.entry.rater for one in found)
    site_column, rater_column, sampling_column, count_column = st.columns([2, 1.2, 1.6, 0.8])
    wanted = site_column.multiselect(
        "Nerves and sites",
        list(sites),
        default=list(sites),
        format_func=lambda one: f"{in_words(one[0])}, {in_words(one[1]).lower()} ({sites[one]})",
        key="train-sites",
    )
    drawn_by = rater_column.multiselect("Drawn by", sorted(raters), placeholder="Anybody", key="train-raters")
    sampling = Sampling(sampling_column.selectbox("Frames", [str(one) for one in Sampling], key="train-sampling"))
    count = 0
    if sampling in _COUNTS:
        label, usual = _COUNTS[sampling]
        count = int(count_column.number_input(label, 1, 10_000, usual, key=f"train-count-{sampling.name}"))
    fitting = [
        one
        for one in found
        if (one.clip.exam.nerve, one.clip.exam.site) in wanted and (not drawn_by or one.entry.rater in drawn_by)
    ]
    taken = sample(fitting, sampling, count=count, image=lambda clip, frame: _image(store, clip, frame))
    _counts(taken, locked)
    return taken


@st.cache_data(max_entries=2000, show_spinner="Comparing frames")
def _image(_store: AnnotationStore, clip: str, frame: int) -> Image:
    return _store.image(clip, frame)


def _counts(taken: list[Candidate], locked: tuple[str, ...]) -> None:
    people = {one.clip.person for one in taken}
    st.caption(f"{counted(len(taken), 'frame')} of {counted(len(people), 'person', 'people')}.")
    if locked:
        st.caption(f":material/lock: {', '.join(locked)}: left out, models are judged on them.")
    by_person: dict[str, Counter[str]] = {}
    for one in taken:
        site = f"{in_words(one.clip.exam.nerve)}, {in_words(one.clip.exam.site).lower()}"
        by_person.setdefault(one.clip.subject or f"clip {one.clip.sha256[:8]}", Counter())[site] += 1
    with st.popover("Frames of each person"):
        st.dataframe([{"person": person, **counts} for person, counts in sorted(by_person.items())], hide_index=True)
    for words in _what_is_missing(taken):
        st.caption(f":material/info: {words}")


def _what_is_missing(taken: list[Candidate]) -> list[str]:
    """Say in plain words what stands in the way of a sound training on these."""
    said = []
    people = {one.clip.person for one in taken}
    if any(not one.clip.subject for one in taken):
        said.append("Some clips have no subject code: each of them then counts as a person of its own.")
    if len(people) < 5:
        said.append(f"{counted(len(people), 'person', 'people')}: the score says little about the next person.")
    if len({(one.clip.exam.nerve, one.clip.exam.site) for one in taken}) == 1:
        said.append("All are of one nerve and site: a model trained on them knows no other.")
    if len(taken) < 50:
        said.append("Fewer than 50 frames: start from a model rather than from the pretrained encoder.")
    return said
