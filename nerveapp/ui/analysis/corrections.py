"""The switch for corrected outlines: they count in every metric of an analysis, or are switched off visibly."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.counted import counted
from nerveapp.errors import NerveAppError
from nerveapp.ports import AnnotationStore, FrameSource
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.analysing.correct import with_corrections
from nerveapp.workflows.analysing.corrections import Corrections, corrections_of

_FOUND, _CORRECTED = "corrections-found", "corrected-analysis"


@dataclass(frozen=True, slots=True)
class _Found:
    """What the store held of an analysis: read anew only where something was drawn since."""

    revision: object
    of: Analysis
    corrections: Corrections


def offer_corrections(analysis: Analysis, frames: FrameSource, store: AnnotationStore | None) -> Analysis:
    """Use the corrected outlines of a clip, with a switch that leaves them out; nothing is drawn where there are none.

    Parameters
    ----------
    analysis : Analysis
        By the model, in the calibration in force.
    frames : FrameSource
        The clip's frames.
    store : AnnotationStore or None
        None where there is no store yet.

    Returns
    -------
    Analysis
        With the corrected outlines where they are used, the same object until either changes; else as it was.
    """
    try:
        found = _found(analysis, store) if store is not None else Corrections()
    except NerveAppError as error:
        st.warning(
            f"Whether this clip has corrected outlines is not known: {plain(error.message)} {plain(error.hint)}",
            icon=":material/database_off:",
        )
        return analysis
    if not found.outlines:
        return analysis
    label = f"Use {_in_words(found, analysis)} {_whose(found)}"
    key = f"use-corrections-{analysis.clip.sha256[:16]}"
    st.session_state.setdefault(key, True)  # `value` would speak against a choice kept from another page
    if st.toggle(plain(label), key=key, help="In the curve, the metrics and the files."):
        return _corrected(analysis, found, frames)
    st.caption(":material/visibility_off: All metrics are the model's alone: the corrected outlines are switched off.")
    return analysis


def corrections_switched_off(analysis: Analysis) -> bool:
    """Whether the clip at hand has corrected outlines of the nerve measured, and its switch is off."""
    known: _Found | None = st.session_state.get(_FOUND)
    return known is not None and known.of is analysis and bool(known.corrections.outlines)


def _found(analysis: Analysis, store: AnnotationStore) -> Corrections:
    revision = store.revision()
    known: _Found | None = st.session_state.get(_FOUND)
    if known is None or known.revision != revision or known.of is not analysis:
        known = st.session_state[_FOUND] = _Found(revision, analysis, corrections_of(analysis, store))
    return known.corrections


def _corrected(analysis: Analysis, found: Corrections, frames: FrameSource) -> Analysis:
    known: tuple[Analysis, Analysis] | None = st.session_state.get(_CORRECTED)
    if known is None or known[0] is not analysis or known[1].corrections != found.outlines:
        known = st.session_state[_CORRECTED] = (analysis, with_corrections(analysis, found.outlines, frames.image))
    return known[1]


def _in_words(found: Corrections, analysis: Analysis) -> str:
    confirmed = sum(one.mask == analysis.masks[one.frame] for one in found.outlines)
    corrected = len(found.outlines) - confirmed
    as_it_was = f"confirmed as {'it was' if confirmed == 1 else 'they were'}"
    parts = (
        counted(corrected, "corrected outline"),
        f"{confirmed} {as_it_was}" if corrected else f"{counted(confirmed, 'outline')} {as_it_was}",
    )
    return " and ".join(words for words, there in zip(parts, (corrected, confirmed), strict=True) if there)


def _whose(found: Corrections) -> str:
    by = f"by {' and '.join(found.raters)}" if found.raters else ""
    agreed = f"{found.adjudicated} adjudicated" if found.adjudicated else ""
    return " ".join(part for part in (by, f"({agreed})" if agreed and by else agreed) if part)
