"""Tracing the frames of a reader study: in random order, from an empty outline, without a view of any other."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.domain.reader_study import Place, ReaderStudy
from nerveapp.domain.segmentation import Mask, PackedMask
from nerveapp.ports import AnnotationStore


def new_study(name: str, places: Sequence[Place], *, count: int, seed: int, now: datetime) -> ReaderStudy:
    """Draw frames at random for a study, evenly over the clips.

    Parameters
    ----------
    name : str
        A code.
    places : sequence of (str, int)
        Frames in the store.
    count : int
        How many at most.
    seed : int
        Of the draw.
    now : datetime
        With a time zone.

    Raises
    ------
    AnnotationError
        If the name is no code, or there is no frame.
    """
    rng = np.random.default_rng(seed)
    shuffled = [places[i] for i in rng.permutation(len(places))]
    turn: dict[str, int] = {}
    ranked = []
    for clip, frame in shuffled:
        turn[clip] = turn.get(clip, 0) + 1
        ranked.append((turn[clip], (clip, frame)))
    ranked.sort(key=lambda one: one[0])  # each clip's first, then each clip's second, ...
    return ReaderStudy(uuid.uuid4().hex, name, tuple(place for _, place in ranked[:count]), now)


def left_to_trace(store: AnnotationStore, study: ReaderStudy, *, rater: str, round_number: int) -> list[Place]:
    """Give the frames that a rater has not finished in a round, in this rater's order."""
    done = {
        (one.clip_sha256, one.frame)
        for one in store.latest(rater=rater, states={State.FINAL}, studies=True)
        if (one.study, one.study_round) == (study.id, round_number)
    }
    return [place for place in study.order(rater, round_number) if place not in done]


def draft_of(
    store: AnnotationStore, study: ReaderStudy, place: Place, *, rater: str, round_number: int
) -> Annotation | None:
    """Give what a rater has drawn of a frame in a round and not finished."""
    drafts = store.latest(clip_sha256=place[0], frame=place[1], rater=rater, states={State.DRAFT}, studies=True)
    return next((one for one in drafts if (one.study, one.study_round) == (study.id, round_number)), None)


def traced(
    study: ReaderStudy,
    place: Place,
    mask: Mask,
    *,
    rater: str,
    round_number: int,
    seconds: float,
    now: datetime,
    state: State = State.FINAL,
    identity: str | None = None,
) -> Annotation:
    """Make the record of a blind tracing; no prediction goes with it, since none was seen."""
    return Annotation(
        id=identity or uuid.uuid4().hex,
        clip_sha256=place[0],
        frame=place[1],
        rater=rater,
        state=state,
        source=Source.TRACED,
        mask=PackedMask.pack(mask),
        prediction=None,
        made_at=now,
        seconds=seconds,
        study=study.id,
        study_round=round_number,
    )


def adjudicated(place: Place, mask: PackedMask, *, rater: str, now: datetime) -> Annotation:
    """Make the record of an outline that was agreed upon; it stands beside those of the raters."""
    return Annotation(
        id=uuid.uuid4().hex,
        clip_sha256=place[0],
        frame=place[1],
        rater=rater,
        state=State.ADJUDICATED,
        source=Source.TRACED,
        mask=mask,
        prediction=None,
        made_at=now,
        seconds=0.0,
    )
