"""The clip beside the editor, with what the rater drew and propagated: played through, drafts are seen."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import streamlit as st

from nerveapp.domain.annotation import Annotation
from nerveapp.domain.measurement import area_in_words
from nerveapp.ui.analysis.results import scene_of, show_scene
from nerveapp.ui.components.player import Parts, Scene, frames_seen, parts_of
from nerveapp.ui.correction.annotating import controls
from nerveapp.workflows.annotating.annotation_session import AnnotationSession

PLAYER_KEY = "clip-beside"
_TRACED = "drawn-contours"
_REMEMBERED = 4
"""So many states of the records are known by name: the browser may still tell of one that was sent before."""


def show_drawn_clip(analysis_id: str, session: AnnotationSession) -> None:
    """Draw the player with the rater's outlines where there are any, and the model's elsewhere."""
    base = scene_of(analysis_id, session.analysis)
    show_scene(_with_drawn(base, session), session.analysis, key=PLAYER_KEY, start_frame=session.frame)


def note_played() -> None:
    """Note which propagated drafts the browser has shown in the player."""
    known = controls()
    outlines, frames = frames_seen(PLAYER_KEY)
    known.acceptance.see(known.played.get(outlines, {}), frames)


def _with_drawn(base: Scene, session: AnnotationSession) -> Scene:
    records = dict(session.records)
    if not records:
        return base
    known = controls()
    outlines = hashlib.blake2b("".join(one.id for one in records.values()).encode(), digest_size=12).hexdigest()
    known.played.pop(outlines, None)
    known.played[outlines] = records
    while len(known.played) > _REMEMBERED:
        del known.played[next(iter(known.played))]
    parts, captions = list(base.contours), list(base.captions)
    for frame, one in records.items():
        parts[frame], captions[frame] = _parts(one), _caption(one, session)
    return replace(base, contours=tuple(parts), captions=tuple(captions), outlines=outlines)


def _parts(one: Annotation) -> Parts:
    """Trace an outline, once a record."""
    known: dict[str, Parts] = st.session_state.setdefault(_TRACED, {})
    if one.id not in known:
        known[one.id] = parts_of(one.mask.unpack())
    return known[one.id]


def _caption(one: Annotation, session: AnnotationSession) -> str:
    area = session.comparisons.of(one).area
    unit = "px²" if session.analysis.calibration is None else "mm²"
    size = "no nerve" if one.no_nerve else "" if area is None else area_in_words(area, unit)
    return ", ".join(filter(None, (size, one.source.in_words)))
