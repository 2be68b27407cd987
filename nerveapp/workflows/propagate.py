"""Propagating a correction to the neighbouring frames of its clip, as drafts to review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nerveapp.analysis.propagation import PropagatedOutline, propagate_outline
from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.domain.clip import Clip, Image
from nerveapp.errors import CancelledError
from nerveapp.ports import AnnotationStore
from nerveapp.workflows.annotate import new_annotation

PROPAGATED_FRAMES = 20
"""How far an outline is propagated to each side at most."""


class Ending(StrEnum):
    """Why propagation ended on one side."""

    LIMIT = "as far as outlines are propagated"
    CLIP = "the clip has no further frame"
    DRAWN = "the next frame is drawn or reviewed already"
    DIVERGED = "the outline diverges from the model's in the next frame"


@dataclass(frozen=True, slots=True)
class PropagationReport:
    """How far an outline was propagated.

    Parameters
    ----------
    start : int
        The corrected frame.
    first, last : int
        The outermost frames reached; the corrected frame itself if none was.
    before, after : Ending
        Why propagation ended there.
    """

    start: int
    first: int
    last: int
    before: Ending
    after: Ending


def propagate(
    clip: Clip,
    analysis: Analysis,
    corrected: Annotation,
    store: AnnotationStore,
    *,
    actor: Actor,
    now: datetime,
    frames: int = PROPAGATED_FRAMES,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PropagationReport:
    """Propagate a corrected outline forward and back, and save each frame reached as a draft not yet reviewed.

    Frames that this rater has drawn or reviewed are not touched: propagation ends before them.

    Parameters
    ----------
    clip : Clip
    analysis : Analysis
        Of the clip.
    corrected : Annotation
        Where to start.
    store : AnnotationStore
    actor : Actor
        Whose outline it is.
    now : datetime
    frames : int
        How far at most, on each side.
    on_progress : callable
        Called with frames done and frames in all.
    cancelled : callable
        Asked after each frame.

    Raises
    ------
    CancelledError
        If `cancelled` said so; what was propagated before is kept.
    """
    actor.require(Right.ANNOTATE)
    start = corrected.frame
    known = store.latest(clip_sha256=corrected.clip_sha256, rater=corrected.rater)
    drawn = {one.frame for one in known if one.source is not Source.PROPAGATED or one.state is not State.DRAFT} - {
        start
    }
    drafts = {one.frame: one.id for one in known}
    images = dict(_frames_between(clip, start - frames, start + frames))
    done = 0

    def follow(direction: int) -> tuple[int, Ending]:
        nonlocal done
        numbers = _free_frames(start, direction, frames, drawn, len(analysis.frames))
        reached = start
        for one in _propagated(corrected, images, analysis, numbers):
            store.save(_as_draft(analysis, one, corrected, drafts.get(one.frame), now), images[one.frame])
            reached = one.frame
            done += 1
            on_progress(done, 2 * frames)
            if cancelled():
                raise CancelledError("Propagation was stopped.", "The frames reached before are kept as drafts.")
        if numbers and reached != numbers[-1]:
            return reached, Ending.DIVERGED
        if len(numbers) == frames:
            return reached, Ending.LIMIT
        return reached, Ending.DRAWN if reached + direction in drawn else Ending.CLIP

    last, after = follow(1)
    first, before = follow(-1)
    return PropagationReport(start, first, last, before, after)


def _frames_between(clip: Clip, first: int, last: int) -> Iterator[tuple[int, Image]]:
    for frame in clip.frames():
        if frame.index > last:
            return
        if frame.index >= first:
            yield frame.index, frame.image


def _free_frames(start: int, direction: int, frames: int, drawn: set[int], count: int) -> list[int]:
    numbers = []
    for number in range(start + direction, start + direction * (frames + 1), direction):
        if number in drawn or not 0 <= number < count:
            break
        numbers.append(number)
    return numbers


def _propagated(
    corrected: Annotation, images: dict[int, Image], analysis: Analysis, numbers: Sequence[int]
) -> Iterable[PropagatedOutline]:
    here = corrected.frame
    following = ((number, to_grey(images[number]), analysis.masks[number].unpack()) for number in numbers)
    return propagate_outline(corrected.mask.unpack(), (to_grey(images[here]), analysis.masks[here].unpack()), following)


def _as_draft(
    analysis: Analysis, one: PropagatedOutline, corrected: Annotation, supersedes: str | None, now: datetime
) -> Annotation:
    return new_annotation(
        analysis,
        one.frame,
        one.mask,
        rater=corrected.rater,
        state=State.DRAFT,
        now=now,
        seconds=0.0,
        supersedes=supersedes,
        source=Source.PROPAGATED,
    )
