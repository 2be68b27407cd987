"""Blinded reading: frames of a study, in random order, from an empty outline, without a view of any other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import OWN, Annotation, ClipRecord, FrameKey, Source, State
from nerveapp.domain.reader_study import ReaderStudy
from nerveapp.domain.segmentation import Mask, PackedMask
from nerveapp.ports import AnnotationStore
from nerveapp.workflows.reading.compare import ReadOutline


def new_study(name: str, candidates: Sequence[FrameKey], *, count: int, seed: int, now: datetime) -> ReaderStudy:
    """Draw frames at random for a study, evenly over the clips.

    Parameters
    ----------
    name : str
        A code.
    candidates : sequence of (str, int)
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
    shuffled = [candidates[i] for i in rng.permutation(len(candidates))]
    turn: dict[str, int] = {}
    ranked = []
    for clip, frame in shuffled:
        turn[clip] = turn.get(clip, 0) + 1
        ranked.append((turn[clip], (clip, frame)))
    ranked.sort(key=lambda one: one[0])  # each clip's first, then each clip's second, ...
    return ReaderStudy(uuid.uuid4().hex, name, tuple(key for _, key in ranked[:count]), now)


def left_to_trace(store: AnnotationStore, study: ReaderStudy, *, rater: str, round_number: int) -> list[FrameKey]:
    """Give the frames that a rater has not finished in a round, in this rater's order."""
    done = {
        (one.clip_sha256, one.frame)
        for one in store.latest(rater=rater, states={State.FINAL}, studies=True)
        if (one.study, one.study_round) == (study.id, round_number)
    }
    return [key for key in study.order(rater, round_number) if key not in done]


def tracing_of(
    store: AnnotationStore, study: ReaderStudy, key: FrameKey, *, rater: str, round_number: int
) -> Annotation | None:
    """Give what a rater drew last of a frame in a round, finished or not."""
    own = store.latest(clip_sha256=key[0], frame=key[1], rater=rater, states=OWN, studies=True)
    return next((one for one in own if (one.study, one.study_round) == (study.id, round_number)), None)


def make_study(
    store: AnnotationStore,
    name: str,
    *,
    actor: Actor,
    count: int,
    seed: int,
    now: datetime,
    keep: Callable[[ClipRecord], bool] = lambda _: True,
) -> ReaderStudy:
    """Draw a study from the outlined frames of the clips that `keep` chooses, and store it; see `new_study`.

    Raises
    ------
    AnnotationError
        If the name is no code, or there is no frame.
    StoreError
        If there is a study of this name, or it cannot be stored now.
    RightsError
        If the actor may not.
    """
    actor.require(Right.ANNOTATE)
    study = new_study(name, frames_to_draw_from(store, keep=keep), count=count, seed=seed, now=now)
    store.add_study(study)
    return study


def frames_to_draw_from(
    store: AnnotationStore, *, keep: Callable[[ClipRecord], bool] = lambda _: True
) -> list[FrameKey]:
    """Give the frames that a study can be made of: those with an outline of anybody, of the clips chosen."""
    clips = {clip.sha256 for clip in store.clips() if keep(clip)}
    return sorted({(one.clip_sha256, one.frame) for one in store.entries() if one.clip_sha256 in clips})


def save_tracing(
    store: AnnotationStore,
    study: ReaderStudy,
    key: FrameKey,
    mask: Mask,
    *,
    actor: Actor,
    round_number: int,
    seconds: float,
    now: datetime,
    state: State = State.FINAL,
    identity: str | None = None,
) -> Annotation:
    """Keep what a rater traced blinded; no prediction goes with it, since none was seen.

    Raises
    ------
    AnnotationError
        If the actor has no code.
    StoreError
        If it cannot be stored now.
    RightsError
        If the actor may not.
    """
    actor.require(Right.ANNOTATE)
    made = Annotation(
        id=identity or uuid.uuid4().hex,
        clip_sha256=key[0],
        frame=key[1],
        rater=actor.code,
        state=state,
        source=Source.TRACED,
        mask=PackedMask.pack(mask),
        prediction=None,
        made_at=now,
        seconds=seconds,
        study=study.id,
        study_round=round_number,
    )
    store.save(made)
    return made


def adjudicate(
    store: AnnotationStore, key: FrameKey, agreed: ReadOutline, *, actor: Actor, now: datetime
) -> Annotation:
    """Keep an outline that was agreed upon, and whose it is; it stands beside those of the raters.

    Raises as `save_tracing` does.
    """
    actor.require(Right.ANNOTATE)
    made = Annotation(
        id=uuid.uuid4().hex,
        clip_sha256=key[0],
        frame=key[1],
        rater=actor.code,
        state=State.ADJUDICATED,
        source=Source.CHOSEN,
        mask=agreed.mask,
        prediction=None,
        made_at=now,
        seconds=0.0,
        supersedes=agreed.record,
    )
    store.save(made)
    return made


def whose_agreed(store: AnnotationStore, agreed: Annotation) -> str:
    """Name whose outline an adjudicated one is: the rater's, in a study's round too, or the model's they corrected.

    Raises
    ------
    StoreError
        If what it was chosen from cannot be read.
    """
    chosen = store.annotation(agreed.supersedes) if agreed.supersedes is not None else None
    if chosen is None:
        return "nobody knows whose"
    if chosen.mask != agreed.mask and chosen.prediction is not None:
        return f"the outline of model {chosen.prediction.model}"
    if chosen.state is State.ADJUDICATED:
        return whose_agreed(store, chosen)
    traced = f", traced in round {chosen.study_round} of a study" if chosen.study is not None else ""
    return f"{chosen.rater}'s outline{traced}"
