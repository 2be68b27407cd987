"""Which stored outlines count: conditions on the table of annotations."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

from nerveapp.domain.annotation import Source, State
from nerveapp.io.store.tables import ANNOTATIONS


def newest(
    states: Collection[State], *wanted: ColumnElement[bool], clip_sha256: str | None = None
) -> ColumnElement[bool]:
    """Condition of being the newest of its rater, frame, study and round among those of the states.

    A propagated draft takes back what it supersedes, see `Annotation.unreviewed`; a withdrawn one all final ones of its
    rater and frame before it, and a withdrawn adjudication all that its rater adjudicated, itself too.
    """
    columns = ANNOTATIONS.c
    place = (columns.clip_sha256, columns.frame, columns.rater, columns.study_id, columns.study_round)
    fitting = [columns.state.in_([state.value for state in states]), ~_withdrawn(State.ADJUDICATED), *wanted]
    if State.DRAFT not in states:  # else the draft itself is the newest
        fitting += stands(clip_sha256)
    return columns.sequence.in_(select(func.max(columns.sequence)).where(*fitting).group_by(*place))


def stands(clip_sha256: str | None = None) -> list[ColumnElement[bool]]:
    """Conditions of being an outline that nobody took back or withdrew, if it was finished; of one clip or of all."""
    not_taken_back = ANNOTATIONS.c.id.not_in(_taken_back(clip_sha256))
    return [not_taken_back, ~_withdrawn(State.FINAL), ~_withdrawn(State.ADJUDICATED)]


def _taken_back(clip_sha256: str | None) -> Select[Any]:
    later = ANNOTATIONS.alias().c
    drafts = [later.state == State.DRAFT.value, later.source == Source.PROPAGATED.value]
    of_clip = [later.clip_sha256 == clip_sha256] if clip_sha256 is not None else []
    return select(later.supersedes).where(*of_clip, *drafts, later.supersedes.is_not(None))


def _withdrawn(state: State) -> ColumnElement[bool]:
    """Condition of being an outline of the state that its rater withdrew: a record of that came then, or is this."""
    columns, later = ANNOTATIONS.c, ANNOTATIONS.alias().c
    same_place = [later[name] == columns[name] for name in ("clip_sha256", "frame", "rater")]
    made = State.DRAFT if state is State.FINAL else state
    since = [later.source == Source.WITHDRAWN.value, later.state == made.value, later.sequence >= columns.sequence]
    return exists().where(*same_place, columns.state == state.value, columns.study_id.is_(None), *since)
